import type { Times } from "./model.js";
import { poolDraw, rounded, type Draw } from "./quotas.js";

/** Draws times: whole clock units whose mean is that of the distribution. */
export function timeDraw({ parts, exact = false }: Times, draw: Draw): () => number {
  if (exact) {
    const often = parts.toSorted((a, b) => b.weight - a.weight);
    const pool = often.map(({ weight }, at) => [at, weight] as const);
    const next = poolDraw(pool, draw);
    return often.length === 0 ? () => 0 : () => within(often[next()], draw);
  }
  const sums = new Float64Array(parts.length);
  let total = 0;
  parts.forEach(({ weight }, at) => (sums[at] = total += weight));
  if (total === 0) return () => 0;
  return () => {
    const at = draw() * total;
    let low = 0;
    let high = parts.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle] > at) high = middle;
      else low = middle + 1;
    }
    return within(parts[low], draw);
  };
}

const within = ({ mean, width }: Times["parts"][number], draw: Draw): number =>
  rounded(width === 0 ? mean : mean + (2 * draw() - 1) * width, draw);

/** Parts of an exponential distribution. */
const exponentialParts = 64;

/** An exponential distribution in parts of the same probability, each with its exact mean. */
export function exponential(mean: number): Times {
  // The integral of x e^-x is -(x + 1) e^-x.
  const below = (share: number): number => -Math.log(1 - share);
  const tail = (share: number): number => (share >= 1 ? 0 : (below(share) + 1) * (1 - share));
  return {
    parts: Array.from({ length: exponentialParts }, (_, at) => {
      const [from, to] = [at / exponentialParts, (at + 1) / exponentialParts];
      const middle = (tail(from) - tail(to)) * exponentialParts;
      const width = Math.min(middle - below(from), to === 1 ? middle : below(to) - middle);
      return { weight: 1, mean: mean * middle, width: mean * width };
    }),
  };
}

/** The same distribution with all times `factor` times as long. */
export const scaled = ({ parts, ...rest }: Times, factor: number): Times => ({
  ...rest,
  parts: parts.map(({ weight, mean, width }) => ({ weight, mean: mean * factor, width: width * factor })),
});

/** The mean; 0 of nothing. */
export function meanTime({ parts }: Times): number {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return total === 0 ? 0 : parts.reduce((sum, { weight, mean }) => sum + weight * mean, 0) / total;
}

/** A histogram of times as they come: eight classes to an octave, each with its own mean. Memory does not grow. */
export interface TimeHistogram {
  add(time: number): void;
  times(): Times;
}

export function timeHistogram(): TimeHistogram {
  const classes = new Map<number, { count: number; sum: number; low: number; high: number }>();
  return {
    add(time) {
      const key =
        time < 8
          ? time
          : 8 * Math.floor(Math.log2(time)) + Math.floor(8 * (time / 2 ** Math.floor(Math.log2(time)) - 1));
      const found = classes.get(key);
      if (found === undefined) classes.set(key, { count: 1, sum: time, low: time, high: time });
      else {
        found.count++;
        found.sum += time;
        found.low = Math.min(found.low, time);
        found.high = Math.max(found.high, time);
      }
    },
    times() {
      const list = [...classes.values()].toSorted((a, b) => a.low - b.low);
      return {
        exact: true,
        parts: list.map(({ count, sum, low, high }) => {
          const mean = sum / count;
          return { weight: count, mean, width: Math.min(mean - low, high - mean) };
        }),
      };
    },
  };
}
