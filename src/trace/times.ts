import type { BlockColumns } from "./block-reader.js";
import { wordPlace } from "./word.js";

/**
 * The time of each event of a block, and the number of the first event whose time is none: below 0, above 2^53 - 1, or
 * of a pCPU that has no base time; -1 where all are right.
 */
export function blockTimes(
  { head, words, times }: Pick<BlockColumns, "head" | "words" | "times">,
  places: readonly number[],
): { readonly all: Float64Array; readonly wrong: number } {
  const clock: number[] = [];
  for (const { pcpu, time } of head.bases) clock[pcpu] = time;
  const all = new Float64Array(words.length);
  for (let at = 0; at < words.length; at++) {
    const pcpu = places[2 * wordPlace(words[at])];
    const time = (clock[pcpu] ?? Number.NaN) + times[at];
    if (!(time >= 0 && time <= Number.MAX_SAFE_INTEGER)) return { all, wrong: at };
    clock[pcpu] = time;
    all[at] = time;
  }
  return { all, wrong: -1 };
}
