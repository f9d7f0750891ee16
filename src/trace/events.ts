import type { BlockColumns } from "./block-reader.js";
import { corrupt } from "./corrupt.js";
import type { Trace } from "./reader.js";
import { wordHasValue, wordKind, wordPlace, wordRegister } from "./word.js";

/** An event with everything that is known of it, for those who read one at a time. */
export interface TraceEvent {
  readonly kind: number;
  /** Index in the trace's dictionary, 0 for none. */
  readonly register: number;
  readonly place: number;
  /** Clock units of its pCPU. */
  readonly time: number;
  readonly hasValue: boolean;
  /** The value's halves, 0 to 2^32 - 1; 0 where there is none. */
  readonly lo: number;
  readonly hi: number;
}

/** Every event of a trace, in order. */
export function* traceEvents(trace: Trace): Generator<TraceEvent> {
  for (let block = 0; block < trace.blocks.length; block++) {
    const columns = trace.columns(block);
    const { words, valuesLo, valuesHi } = columns;
    const times = absoluteTimes(trace, block, columns);
    let value = 0;
    for (let at = 0; at < words.length; at++) {
      const word = words[at];
      const hasValue = wordHasValue(word);
      yield {
        kind: wordKind(word),
        register: wordRegister(word),
        place: wordPlace(word),
        time: times[at],
        hasValue,
        lo: hasValue ? valuesLo[value] : 0,
        hi: hasValue ? valuesHi[value] : 0,
      };
      if (hasValue) value++;
    }
  }
}

/**
 * When the events of a block were, in clock units of their pCPUs.
 * @throws TraplineError "corrupt" where one has no time
 */
export function absoluteTimes(
  { header: { places, pcpus }, path, blocks }: Pick<Trace, "header" | "path" | "blocks">,
  block: number,
  { head, words, times }: Pick<BlockColumns, "head" | "words" | "times">,
): Float64Array {
  const clock = new Float64Array(pcpus.length).fill(Number.NaN);
  for (const { pcpu, time } of head.bases) clock[pcpu] = time;
  const found = new Float64Array(words.length);
  for (let at = 0; at < words.length; at++) {
    const pcpu = places[2 * wordPlace(words[at])];
    const time = clock[pcpu] + times[at];
    if (!(time >= 0 && time <= Number.MAX_SAFE_INTEGER)) {
      const { offset } = blocks.row(block);
      throw corrupt(`the time of event ${at} is wrong`, { file: path, block, offset });
    }
    clock[pcpu] = time;
    found[at] = time;
  }
  return found;
}
