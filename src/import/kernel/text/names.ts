import { toText } from "../../tarmac/text.js";
import { hostEvents } from "../event-table.js";

/** Events by the bytes of their names, and how often those came that are not read. */
export interface EventNames {
  /** The row of `event-table.ts`; -1 for any other name, which is counted. */
  find(bytes: Uint8Array, from: number, to: number): number;
  /** One more of what is passed over and is no event. */
  pass(what: string): void;
  passedOver(): Readonly<Record<string, number>>;
}

interface Name {
  readonly bytes: Uint8Array;
  readonly kind: number;
  count: number;
}

/** A recording has some dozens of names; one of thousands is damaged, and its names are not worth keeping. */
const mostNames = 256;

export function createEventNames(): EventNames {
  const buckets: Name[][] = [];
  const names: Name[] = [];
  const passed = new Map<string, number>();

  function add(bytes: Uint8Array, kind: number): Name {
    const name = { bytes, kind, count: 0 };
    (buckets[hash(bytes, 0, bytes.length)] ??= []).push(name);
    names.push(name);
    return name;
  }
  hostEvents.forEach(({ name }, kind) => add(Buffer.from(name, "latin1"), kind));

  const pass = (what: string): void => void passed.set(what, (passed.get(what) ?? 0) + 1);

  return {
    find(bytes, from, to) {
      const bucket = buckets[hash(bytes, from, to)];
      if (bucket !== undefined) {
        for (const name of bucket) {
          if (!isSame(name.bytes, bytes, from, to)) continue;
          name.count++;
          return name.kind;
        }
      }
      if (names.length < mostNames) add(new Uint8Array(bytes.subarray(from, to)), -1).count++;
      else pass("other event");
      return -1;
    },
    pass,
    passedOver() {
      const counts = names
        .filter(({ kind, count }) => kind < 0 && count > 0)
        .map(({ bytes, count }): [string, number] => [printable(bytes), count]);
      return Object.fromEntries(
        [...counts, ...passed].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
      );
    },
  };
}

/** Length, first, middle and last bytes: tells the names of KVM's events apart. */
function hash(bytes: Uint8Array, from: number, to: number): number {
  const middle = (from + to) >>> 1;
  return (
    ((to - from) * 31 + bytes[to - 1] * 17 + bytes[middle] * 7 + bytes[Math.max(from, to - 4)] * 3) & 0x3ff
  );
}

function isSame(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}

const printable = (bytes: Uint8Array): string =>
  toText(bytes, 0, Math.min(bytes.length, 60)).replace(/[^\x20-\x7e]/g, "?");
