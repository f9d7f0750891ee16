/** Damage to recordings, the same for a seed on every machine. */

import { stateOfSeed, xoshiro128 } from "#src/prices/random.js";

export interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Lines and words for what is text, else pieces of 4 bytes. */
  readonly text: boolean;
}

/** A number below a limit. */
type Below = (limit: number) => number;
type Damage = (bytes: Buffer, below: Below) => Buffer;

const newline = 0x0a;
const lineLimit = 4096;

/** Whole lines, or pieces of 64 bytes. */
function pieceAt(bytes: Buffer, text: boolean, below: Below): readonly [from: number, to: number] {
  const at = below(bytes.length);
  if (!text) {
    const from = at & ~63;
    return [from, Math.min(bytes.length, from + 64)];
  }
  const from = bytes.lastIndexOf(newline, Math.max(0, at - 1)) + 1;
  const end = bytes.indexOf(newline, at);
  return [Math.min(from, at), Math.min(end < 0 ? bytes.length : end + 1, from + lineLimit)];
}

const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

const cut: Damage = (bytes, below) => {
  const from = below(4) === 0 ? below(bytes.length) : 0;
  return bytes.subarray(from, from + below(bytes.length - from + 1));
};

const flip: Damage = (bytes, below) => {
  const copy = Buffer.from(bytes);
  for (let left = 1 + below(16); left > 0; left--) copy[below(copy.length)] ^= 1 << below(8);
  return copy;
};

const swap =
  (text: boolean): Damage =>
  (bytes, below) => {
    let copy = bytes;
    for (let left = 1 + below(6); left > 0; left--) {
      const [first, second] = [pieceAt(copy, text, below), pieceAt(copy, text, below)].toSorted(
        (a, b) => a[0] - b[0],
      );
      if (first[1] > second[0]) continue;
      copy = join(
        copy.subarray(0, first[0]),
        copy.subarray(...second),
        copy.subarray(first[1], second[0]),
        copy.subarray(...first),
        copy.subarray(second[1]),
      );
    }
    return copy;
  };

const repeat =
  (text: boolean): Damage =>
  (bytes, below) => {
    const [from, to] = pieceAt(bytes, text, below);
    return join(
      bytes.subarray(0, to),
      ...Array.from({ length: 1 + below(8) }, () => bytes.subarray(from, to)),
      bytes.subarray(to),
    );
  };

/** A word between blanks, commas or the like, with where it is in the bytes. */
function wordAt(bytes: Buffer, below: Below, shape: RegExp): readonly [from: number, to: number] | undefined {
  const [from, to] = pieceAt(bytes, true, below);
  const words = [...bytes.toString("latin1", from, to).matchAll(shape)];
  if (words.length === 0) return undefined;
  const { index, 0: word } = words[below(words.length)];
  return [from + index, from + index + word.length];
}

const emptyWord: Damage = (bytes, below) => {
  const word = wordAt(bytes, below, /[^\s,:()]+/g);
  return word === undefined ? bytes : join(bytes.subarray(0, word[0]), bytes.subarray(word[1]));
};

const numbers: readonly string[] = [
  "0",
  "-1",
  "4294967296",
  "9007199254740992",
  "18446744073709551616",
  "ffffffffffffffff",
  "1e309",
  "9".repeat(400),
];

const overflowWord: Damage = (bytes, below) => {
  const word = wordAt(bytes, below, /[0-9a-f]*\d[0-9a-f]*/g);
  if (word === undefined) return bytes;
  const number = Buffer.from(numbers[below(numbers.length)], "latin1");
  return join(bytes.subarray(0, word[0]), number, bytes.subarray(word[1]));
};

const widths = [1, 2, 4, 8] as const;

const fill =
  (value: (below: Below) => number): Damage =>
  (bytes, below) => {
    const copy = Buffer.from(bytes);
    const width = widths[below(widths.length)];
    const at = below(copy.length) & ~(width - 1);
    copy.fill(value(below), at, Math.min(at + width, copy.length));
    return copy;
  };

const zero = fill(() => 0);
const ones = fill((below) => (below(3) === 0 ? 0x7f : 0xff));

const kinds: Readonly<Record<"text" | "binary", Readonly<Record<string, Damage>>>> = {
  text: {
    cut,
    "bits flipped": flip,
    "lines swapped": swap(true),
    "line repeated": repeat(true),
    "field emptied": emptyWord,
    "number overflowed": overflowWord,
  },
  binary: {
    cut,
    "bits flipped": flip,
    "pieces swapped": swap(false),
    "piece repeated": repeat(false),
    "field emptied": zero,
    "number overflowed": ones,
  },
};

/** One to three of the damages, and what they are. */
export function mutate(
  { bytes, text }: Sample,
  seed: number,
): { readonly bytes: Buffer; readonly what: string } {
  const words = xoshiro128(stateOfSeed(seed));
  const below: Below = (limit) => Math.floor((words() / 2 ** 32) * limit);
  const list = Object.entries(kinds[text ? "text" : "binary"]);
  let copy = Buffer.from(bytes);
  const what: string[] = [];
  // Every kind has its turn; the others come on top of it.
  for (let left = 1 + below(3), turn = seed; left > 0; left--, turn = below(list.length)) {
    const [name, damage] = list[turn % list.length];
    if (copy.length > 0) copy = Buffer.from(damage(copy, below));
    what.push(name);
  }
  return { bytes: copy, what: what.join(", ") };
}
