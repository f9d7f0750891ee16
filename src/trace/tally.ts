import { exitReason, isTrappedWrite } from "./exits.js";
import type { ExitRow, TallyRow } from "./header.js";
import { Kind } from "./kinds.js";
import { packWord, placeShift, wordKind, wordPlace, wordRegister } from "./word.js";

/** Counts that do not depend on windows, kept while a trace is written so that nobody has to read it for them. */
export interface Tally {
  add(
    kind: number,
    register: number,
    place: number,
    vcpu: number,
    time: number,
    hasValue: boolean,
    lo: number,
    hi: number,
  ): void;
  /** Sorted by kind, register, place. */
  rows(): TallyRow[];
  exits(): ExitRow[];
  /** Clock units between a vCPU's entries and the exits that ended them on the same pCPU. */
  guestTime(vcpu: number): number;
}

/** Low bits of a word without its value flag: kind and register. */
const cellMask = (1 << placeShift) - 1;

/** Places that are counted in a table of their own; the rest, seldom any, share a map that is slower. */
const mostTables = 32;

export function createTally(): Tally {
  const tables: Float64Array[] = [];
  /** Words that have a count in a table, so that nobody has to look for them in tables that are mostly empty. */
  const counted: number[] = [];
  const counts = new Map<number, number>();
  /** By reason, and then by the rest, which together have too many bits for one number. */
  const exitCounts = new Map<number, Map<number, number>>();
  /** By vCPU: where and when it was entered last and has not left since. */
  const entered: ({ readonly place: number; readonly time: number } | undefined)[] = [];
  const inGuest: number[] = [];
  return {
    add(kind, register, place, vcpu, time, hasValue, lo, hi) {
      const word = packWord(kind, register, place, false);
      if (place < mostTables) {
        if ((tables[place] ??= new Float64Array(cellMask + 1))[word & cellMask]++ === 0) counted.push(word);
      } else counts.set(word, (counts.get(word) ?? 0) + 1);
      if (kind === Kind.entry) {
        if (vcpu >= 0) entered[vcpu] = { place, time };
      } else if (kind === Kind.lost) {
        // Whoever was in the guest may have left and come back since.
        entered.fill(undefined);
      } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
        if (vcpu >= 0) {
          const entry = entered[vcpu];
          entered[vcpu] = undefined;
          // A recording may begin inside a guest or lose events: without its own entry an exit spans no known
          // time, and clocks of two pCPUs cannot be subtracted.
          const span = entry?.place === place ? time - entry.time : 0;
          if (span > 0) inGuest[vcpu] = Math.min((inGuest[vcpu] ?? 0) + span, Number.MAX_SAFE_INTEGER);
        }
        const fast = kind === Kind.fastExit ? 1 : 0;
        const write = isTrappedWrite(hasValue, lo, hi) ? 1 : 0;
        const reason = exitReason(hasValue, lo, hi);
        const exit = packWord(fast | (write << 1), register, place, false);
        let ofReason = exitCounts.get(reason);
        if (ofReason === undefined) exitCounts.set(reason, (ofReason = new Map()));
        ofReason.set(exit, (ofReason.get(exit) ?? 0) + 1);
      }
    },
    rows() {
      const rows = counted.map((word): TallyRow => {
        const place = wordPlace(word);
        return [wordKind(word), wordRegister(word), place, tables[place][word & cellMask]];
      });
      for (const [word, count] of counts) {
        rows.push([wordKind(word), wordRegister(word), wordPlace(word), count]);
      }
      return rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    },
    exits() {
      const rows = [...exitCounts].flatMap(([reason, ofReason]) =>
        [...ofReason].map(([exit, count]): ExitRow => {
          const flags = wordKind(exit);
          return [
            wordPlace(exit),
            (flags & 1) === 1 ? 1 : 0,
            reason,
            wordRegister(exit),
            flags > 1 ? 1 : 0,
            count,
          ];
        }),
      );
      return rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3] || a[4] - b[4]);
    },
    guestTime: (vcpu) => inGuest[vcpu] ?? 0,
  };
}
