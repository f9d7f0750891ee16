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
  const { places } = trace.header;
  for (let block = 0; block < trace.blocks.length; block++) {
    const { head, words, times, valuesLo, valuesHi } = trace.columns(block);
    const clock = new Map(head.bases.map(({ pcpu, time }) => [pcpu, time]));
    let value = 0;
    for (let at = 0; at < words.length; at++) {
      const word = words[at];
      const place = wordPlace(word);
      const pcpu = places[2 * place];
      const time = (clock.get(pcpu) ?? Number.NaN) + times[at];
      if (!(time >= 0 && time <= Number.MAX_SAFE_INTEGER)) {
        const { offset } = trace.blocks.row(block);
        throw corrupt(`the time of event ${at} is wrong`, { file: trace.path, block, offset });
      }
      clock.set(pcpu, time);
      const hasValue = wordHasValue(word);
      yield {
        kind: wordKind(word),
        register: wordRegister(word),
        place,
        time,
        hasValue,
        lo: hasValue ? valuesLo[value] : 0,
        hi: hasValue ? valuesHi[value] : 0,
      };
      if (hasValue) value++;
    }
  }
}
