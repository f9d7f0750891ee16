import { kindCount } from "./kinds.js";
import { kindMask, placeShift, registerShift, valueFlag } from "./word.js";

const lowHalf = 0xffff;

/**
 * How many of a block's words have a value; -1 if a word names a kind, register or place that there is not.
 * Differences are or-ed, so that one sign bit answers for all words.
 */
export function countValues(words: Uint32Array, registers: number, places: number): number {
  const lastKind = kindCount - 1;
  // The register is the top field of the low half: with everything below it set, the half bounds it.
  const lastLow = (registers << registerShift) - 1;
  const lastPlace = places - 1;
  // Locals, because an imported name is looked up again for every word, half as long again in all.
  const kind = kindMask;
  const place = placeShift;
  const flag = valueFlag;
  let excess = 0;
  let flagged = 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    excess |= (lastKind - (word & kind)) | (lastLow - (word & lowHalf)) | (lastPlace - (word >>> place));
    flagged += word & flag;
  }
  return excess < 0 ? -1 : flagged / flag;
}
