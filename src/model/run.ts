import { placeShift } from "../trace/word.js";
import { Word } from "./layout.js";
import type { PointRows, Program } from "./program.js";

/** Runs events over a region: the hot loop. It touches typed arrays alone and allocates nothing. */
export type Runner = (words: Uint32Array, from: number, to: number, region: Uint32Array) => void;

const lowHalf = 0xffff;
const accessWords = 5;

// Words from a context's first armed mask to its others, and from its dirty mask.
const armedIfArmed = Word.armedIfArmed - Word.armed;
const dirty = Word.dirty - Word.armed;
const dirtyIfArmed = Word.dirtyIfArmed - Word.armed;
const trapIfArmed = Word.trapIfArmed - Word.armed;
const dirtyIfDirty = Word.dirtyIfDirty - Word.dirty;

/** A runner for a program. Each worker makes one per task, so that the loop sees its tables as constants. */
export function createRunner({ guestAt, hostAt, actions, accesses, points }: Program): Runner {
  return (words, from, to, region) => {
    for (let at = from; at < to; at++) {
      const word = words[at];
      // Most of a recording is what its own kernel saved and restored, which no policy looks at.
      const action = actions[word & lowHalf];
      if (action === 0) continue;
      const place = word >>> placeShift;
      const guest = guestAt[place];
      if (guest < 0) continue;
      if (action < 0) {
        pass(points[~action], ~action, region, guest, hostAt[place]);
        continue;
      }
      const end = accesses[action];
      for (let row = action + 1; row < end; row += accessWords) {
        const armed = guest + accesses[row];
        const bit = accesses[row + 1];
        if ((region[armed] & bit) !== 0) {
          region[guest + accesses[row + 2]]++;
          region[armed] &= ~bit;
          region[armed + dirty] |= bit;
        } else if ((region[armed + armedIfArmed] & bit) !== 0) {
          region[armed + trapIfArmed] |= bit;
          region[guest + accesses[row + 3]] = accesses[row + 4];
          region[armed + armedIfArmed] &= ~bit;
          region[armed + dirtyIfArmed] |= bit;
        } else if (bit === 0) {
          region[guest + accesses[row + 2]]++;
        }
      }
    }
  };
}

/** A point, for every policy that does something there: saves come before arming. */
function pass(
  { saves, hostSaves, arms }: PointRows,
  kind: number,
  region: Uint32Array,
  guest: number,
  host: number,
): void {
  region[guest + kind]++;
  region[host + kind]++;
  for (let row = 0; row < saves.length; row += 3) {
    saveGroups(region, guest + saves[row], guest + saves[row + 1], saves[row + 2]);
  }
  for (let row = 0; row < hostSaves.length; row += 3) {
    saveGroups(region, host + hostSaves[row], host + hostSaves[row + 1], hostSaves[row + 2]);
  }
  for (let row = 0; row < arms.length; row += 2) {
    const armed = guest + arms[row];
    region[armed] |= arms[row + 1];
    region[armed + armedIfArmed] &= ~arms[row + 1];
  }
}

/** Saves the groups of `mask` that are dirty. `at` is their dirty mask, `counters` the counter of its bit 0. */
function saveGroups(region: Uint32Array, at: number, counters: number, mask: number): void {
  const sure = region[at] & mask;
  for (let left = sure; left !== 0; left &= left - 1) region[counters + 31 - Math.clz32(left & -left)]++;
  region[at] &= ~mask;
  const ifDirty = region[at + dirtyIfDirty] & mask;
  const ifArmed = region[at + dirtyIfArmed - dirty] & mask;
  if ((ifDirty | ifArmed) === 0) return;
  const first = at - dirty;
  // A group that is dirty for sure was saved above, whatever it was before.
  region[first + Word.saveIfDirty] |= ifDirty & ~ifArmed & ~sure;
  region[first + Word.saveIfArmed] |= ifArmed & ~ifDirty & ~sure;
  region[first + Word.saveIfEither] |= ifDirty & ifArmed & ~sure;
  region[first + Word.dirtyIfDirty] &= ~mask;
  region[first + Word.dirtyIfArmed] &= ~mask;
}
