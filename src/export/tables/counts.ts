import type { ResultFile } from "../../replay/result-file.js";
import { modelsOf } from "../../report/modelled.js";
import { integer, text, type Cell, type Table } from "../table.js";

/**
 * The counts of a replay: a row for each policy, context and register, and where the result has them for each vCPU.
 * What is of all traces has neither a trace nor a vCPU. `modelled`: what of the row no machine did.
 */
export const countTable = (result: ResultFile): Table => ({
  columns: [
    text("policy"),
    text("trace"),
    integer("vm"),
    integer("mpidr"),
    integer("thread"),
    text("context"),
    text("register"),
    integer("traps"),
    integer("saves"),
    integer("elided"),
    integer("restores"),
    text("modelled"),
  ],
  rows: rows(result),
});

/** Trace, VM, MPIDR and thread of what is of all. */
const ofAll = [undefined, undefined, undefined, undefined] as const;

function* rows({ traces, policies }: ResultFile): Generator<readonly Cell[]> {
  const all = modelsOf(traces).join("; ");
  const marks = new Map(traces.map(({ path, modelled }) => [path, modelled]));
  for (const { policy, registers, vcpus = [] } of policies) {
    for (const { context, register, traps, saves, elided, restores } of registers) {
      const mark = all === "" ? undefined : all;
      yield [policy, ...ofAll, context, register, traps, saves, elided, restores, mark];
    }
    for (const { trace, vm, mpidr, thread, registers: own } of vcpus) {
      for (const { context, register, traps, saves, elided, restores } of own) {
        const counts = [traps, saves, elided, restores];
        yield [policy, trace, vm, mpidr, thread, context, register, ...counts, marks.get(trace)];
      }
    }
  }
}
