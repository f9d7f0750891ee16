import type { TraceHeader } from "../header.js";
import { tableOfRows } from "../table.js";
import { wordHasValue, wordKind, wordPlace, wordRegister } from "../word.js";
import { isUnseen } from "./cutter.js";
import { sctlrEl1, showsValue } from "./once.js";
import { createWindowStream, type WindowChunks } from "./stream.js";
import type { TraceWindows } from "./trace-windows.js";

/** What windows are made of: a trace's events, of which values are looked at for SCTLR_EL1 alone. */
interface EventSource {
  readonly header: Pick<TraceHeader, "places" | "registers">;
  readonly blocks: { readonly length: number };
  columns(block: number): { readonly words: Uint32Array; readonly valuesLo: Uint32Array };
}

/** The windows of a trace, made of its events: what a writer of version 2 stores. All are kept in memory. */
export function windowsOfEvents(trace: EventSource): TraceWindows {
  const { places, registers } = trace.header;
  const sctlr = registers.indexOf(sctlrEl1);
  const kept: WindowChunks[] = [];
  const stream = createWindowStream((chunks) => kept.push(chunks));
  for (let block = 0; block < trace.blocks.length; block++) {
    const { words, valuesLo } = trace.columns(block);
    let value = 0;
    for (const word of words) {
      const kind = wordKind(word);
      const register = wordRegister(word);
      const place = wordPlace(word);
      const lo = wordHasValue(word) ? valuesLo[value++] : -1;
      const vcpu = places[2 * place + 1];
      if (vcpu < 0) continue;
      if (!isUnseen(kind)) stream.add(kind, register, places[2 * place], vcpu);
      if (register === sctlr && wordHasValue(word) && showsValue.has(kind)) stream.sctlr(vcpu, lo);
    }
  }
  const { dictionaries, once } = stream.finish();
  const blocks = tableOfRows(
    kept.map(({ segmentation, counts, literals }) => ({
      segmentation,
      literals,
      windows: counts.reduce((sum, each) => sum + each, 0),
    })),
  );
  return { dictionaries, once, blocks, read: (block) => kept[block] };
}
