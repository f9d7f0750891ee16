import { registerName } from "../../registers/lookup.js";
import { traceEvents } from "../../trace/events.js";
import { kindName } from "../../trace/kinds.js";
import type { Trace } from "../../trace/reader.js";
import { bits, integer, text, type Cell, type Table } from "../table.js";

/** Every event of a trace in its order; nothing that the trace holds of it is left out. */
export const eventTable = (trace: Trace): Table => ({
  columns: [
    // In clock units of its pCPU.
    integer("time"),
    // The source's number of the pCPU.
    integer("pcpu"),
    // Index in the trace's list of vCPUs; none for an event that is about no guest.
    integer("vcpu"),
    text("kind"),
    text("register"),
    bits("value"),
  ],
  rows: rows(trace),
});

function* rows(trace: Trace): Generator<readonly Cell[]> {
  const { places, pcpus, registers } = trace.header;
  const names = registers.map((encoding) => (encoding < 0 ? undefined : registerName(encoding)));
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    yield [
      time,
      pcpus[places[2 * place]].pcpu,
      vcpu < 0 ? undefined : vcpu,
      kindName(kind),
      names[register],
      hasValue ? `0x${hex(hi)}${hex(lo)}` : undefined,
    ];
  }
}

const hex = (half: number): string => half.toString(16).padStart(8, "0");
