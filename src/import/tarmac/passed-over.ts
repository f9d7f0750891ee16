import { toText } from "./text.js";

/** Counts of lines that are of no use here, by kind. */
export interface PassedOver {
  count(kind: string, times?: number): void;
  /** A line whose kind stands at [from, to): `MR8`, `MW4X` and `MR1` count together. */
  line(bytes: Uint8Array, from: number, to: number): void;
  readonly counts: () => Readonly<Record<string, number>>;
  /** Kinds with their counts in the order in which they came first. */
  readonly list: () => readonly (readonly [string, number])[];
}

/** Real logs have about twenty kinds; the number is bounded because the text is not trusted. */
const mostKinds = 64;

/** @param most - Of a part of a text all kinds are kept: which are too many, the text as a whole tells. */
export function createPassedOver(most = mostKinds): PassedOver {
  const kinds = new Map<string, { count: number }>();
  /** Kinds of up to four letters by their bytes: memory lines are half of a full log. */
  const short = new Map<number, { count: number }>();

  function counterOf(kind: string): { count: number } {
    let counter = kinds.get(kind);
    if (counter === undefined) {
      if (kinds.size >= most && kind !== "other") return counterOf("other");
      counter = { count: 0 };
      kinds.set(kind, counter);
    }
    return counter;
  }

  return {
    count(kind, times = 1) {
      counterOf(kind).count += times;
    },
    line(bytes, from, to) {
      let key = 0;
      for (let at = from; at < to; at++) key = (key << 8) | bytes[at];
      let counter = to - from <= 4 ? short.get(key) : undefined;
      if (counter === undefined) {
        counter = counterOf(toText(bytes, from, to).replace(/\d+X?$|:$/, ""));
        if (to - from <= 4 && short.size < 4 * mostKinds) short.set(key, counter);
      }
      counter.count++;
    },
    list: () => [...kinds].map(([kind, { count }]): [string, number] => [kind, count]),
    counts: () =>
      Object.fromEntries(
        [...kinds]
          .map(([kind, { count }]): [string, number] => [kind, count])
          .toSorted(([a], [b]) => (a < b ? -1 : 1)),
      ),
  };
}
