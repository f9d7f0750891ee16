import type { Trace } from "../../trace/reader.js";
import { traceStretches } from "../stretches.js";
import { integer, text, type Cell, type Table } from "../table.js";

/**
 * A row for each load and each run of a vCPU, when it ends: between the points at which a kernel saves and restores.
 * `begin` and `end` are in clock units of the pCPU; one is empty where the recording begins or ends within.
 */
export const windowTable = (trace: Trace): Table => ({
  columns: [
    text("window"),
    // Index in the trace's list of vCPUs, and the source's number of the pCPU.
    integer("vcpu"),
    integer("pcpu"),
    integer("begin"),
    integer("end"),
    integer("entries"),
    integer("exits"),
    integer("writes"),
    integer("emulatedWrites"),
    // Of the last full exit.
    text("reason"),
  ],
  rows: rows(trace),
});

function* rows(trace: Trace): Generator<readonly Cell[]> {
  const { pcpus } = trace.header;
  for (const each of traceStretches(trace)) {
    const { what, vcpu, pcpu, begin, end, entries, exits, writes, emulatedWrites, reason } = each;
    yield [
      what,
      vcpu,
      pcpus[pcpu].pcpu,
      begin,
      end,
      entries,
      exits,
      writes,
      emulatedWrites,
      reason === "" ? undefined : reason,
    ];
  }
}
