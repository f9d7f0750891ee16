import { corrupt } from "../corrupt.js";
import type { Trace } from "../reader.js";
import { wordHasValue, wordKind, wordPlace, wordRegister } from "../word.js";
import { createWindowComparer } from "./compare.js";
import { sctlrEl1, showsValue } from "./once.js";

/**
 * Holds the windows that a trace stores against those of its events. Reads everything. Throws TraplineError
 * "corrupt", which names what differs first.
 */
export function checkWindows(trace: Trace): void {
  const { places, registers } = trace.header;
  const sctlr = registers.indexOf(sctlrEl1);
  const comparer = createWindowComparer(trace);
  for (let block = 0; block < trace.blocks.length; block++) {
    const { words, valuesLo } = trace.columns(block);
    let value = 0;
    for (const word of words) {
      const [kind, register, place] = [wordKind(word), wordRegister(word), wordPlace(word)];
      const lo = wordHasValue(word) ? valuesLo[value++] : -1;
      const vcpu = places[2 * place + 1];
      if (vcpu < 0) continue;
      comparer.add(kind, register, places[2 * place], vcpu);
      if (register === sctlr && wordHasValue(word) && showsValue.has(kind)) comparer.sctlr(vcpu, lo);
    }
  }
  const [first] = comparer.finish();
  if (first !== undefined) throw corrupt(differs(first), { file: trace.path });
}

export const differs = (what: string): string => `${what} in the stored windows and in the events differ`;
