import type { ValueModel } from "./model.js";
import { emptyMemory, remember } from "./values.js";

/** The values of a phase's writes, as they are counted. */
export interface ValueCounts {
  opening: (readonly [lo: number, hi: number])[];
  writes: number;
  repeated: number;
  known: number;
  base: readonly [lo: number, hi: number] | undefined;
  vary: [lo: number, hi: number];
}

/** Counts the values of one register of one vCPU. */
export interface ValueMeter {
  /** A write's value. `counts`: of the phase at hand; until it has some, they are kept here. */
  add(counts: ValueCounts | undefined, lo: number, hi: number): void;
  /** Counts for a phase that begins with what was kept. */
  take(): ValueCounts;
}

/** First values of a vCPU that a fit keeps in their order: a boot sets SCTLR_EL1 so many times. */
const mostOpening = 32;

const emptyCounts = (): ValueCounts => ({
  opening: [],
  writes: 0,
  repeated: 0,
  known: 0,
  base: undefined,
  vary: [0, 0],
});

export function createValueMeter(): ValueMeter {
  const memory = emptyMemory();
  let kept = emptyCounts();
  return {
    add(given, lo, hi) {
      const counts = given ?? kept;
      const first = memory.count === 0;
      const isRepeated = !first && memory.lo === lo && memory.hi === hi;
      const isKnown = !isRepeated && memory.past.some((each) => each[0] === lo && each[1] === hi);
      if (memory.count++ < mostOpening) counts.opening.push([lo, hi]);
      counts.writes++;
      if (isRepeated) counts.repeated++;
      else if (isKnown) counts.known++;
      else {
        counts.base ??= [lo, hi];
        counts.vary[0] = (counts.vary[0] | (lo ^ counts.base[0])) >>> 0;
        counts.vary[1] = (counts.vary[1] | (hi ^ counts.base[1])) >>> 0;
        remember(memory, lo, hi);
      }
      counts.base ??= [lo, hi];
      [memory.lo, memory.hi] = [lo, hi];
    },
    take() {
      const counts = kept;
      kept = emptyCounts();
      return counts;
    },
  };
}

/** What was counted, as the model that gives the same shares. */
export function valueModel({
  opening,
  writes,
  repeated,
  known,
  base,
  vary,
}: ValueCounts): ValueModel | undefined {
  if (writes === 0 || base === undefined) return undefined;
  return { opening, repeat: repeated / writes, known: known / writes, base, vary };
}
