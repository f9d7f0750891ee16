import { units } from "../clock.js";
import type { Seen } from "../line.js";
import { createParser } from "../parser.js";
import { createRecords } from "../records.js";
import { Field, type Slot } from "./slot.js";

/** Bits of `Field.seen`. */
const seenBits = { cpu: 1, es: 2, gem5: 4 } as const;

/**
 * Makes the records of a part that was read into its slot. Lines before the first that bears a time are left out,
 * and those for which the slot has no room: whoever takes the part reads them.
 */
export function parsePart(slot: Slot, unit: number): void {
  const { head, sizes, text, records: words } = slot;
  const records = createRecords(words);
  const parser = createParser(records, { unit: units[unit], mostKinds: Number.POSITIVE_INFINITY });
  const [start, end] = [head[Field.start], head[Field.end]];
  const from = parser.findTimed(text.bytes, start, end);
  const to = parser.read(text, from, end);
  const kinds = Buffer.from(
    parser.passedOver
      .list()
      .map(([kind, count]) => `${kind}\t${count}`)
      .join("\n"),
  );
  // So many kinds that they do not fit are not Tarmac: nothing of this part is of use.
  const fits = kinds.length <= 4 * (words.length - records.length);
  if (fits) new Uint8Array(words.buffer, words.byteOffset + 4 * records.length, kinds.length).set(kinds);
  const { seen, last, clock } = parser;
  head[Field.recordedFrom] = from;
  head[Field.recordedTo] = fits ? to : from;
  head[Field.words] = records.length;
  head[Field.passedOver] = kinds.length;
  head[Field.lines] = parser.lines();
  head[Field.ordinary] = records.ordinary;
  head[Field.system] = records.system;
  head[Field.seen] =
    (seen.cpu ? seenBits.cpu : 0) | (seen.es ? seenBits.es : 0) | (seen.gem5 ? seenBits.gem5 : 0);
  head[Field.lastCpu] = last.cpu;
  head[Field.inMemory] = last.inMemory ? 1 : 0;
  sizes[1] = clock.now();
}

/** Adds what a part has seen to what was seen before. */
export function addSeen(seen: Seen, bits: number): void {
  seen.cpu ||= (bits & seenBits.cpu) !== 0;
  seen.es ||= (bits & seenBits.es) !== 0;
  seen.gem5 ||= (bits & seenBits.gem5) !== 0;
}

/** The kinds of lines that a part passed over, with their counts, in the order in which they came first. */
export function passedOverOf(words: Int32Array, length: number, bytes: number): readonly [string, number][] {
  // Nearly always there is none.
  if (bytes === 0) return [];
  const text = Buffer.from(words.buffer, words.byteOffset + 4 * length, bytes).toString();
  return text.split("\n").map((line): [string, number] => {
    const [kind, count] = line.split("\t");
    return [kind, Number(count)];
  });
}
