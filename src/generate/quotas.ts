import type { Activity, Pool } from "./model.js";

/** Numbers from 0 up to 1, without 1. */
export type Draw = () => number;

/** A whole number that is `value` on average. */
export function rounded(value: number, draw: Draw): number {
  const whole = Math.floor(value);
  return whole + (draw() < value - whole ? 1 : 0);
}

/**
 * Draws from a pool without putting back: after as many draws as it holds each value came as often as it is there.
 * An empty pool is filled again.
 */
export function poolDraw(pool: Pool, draw: Draw): () => number {
  const values = pool.map(([value]) => value);
  const left = pool.map(() => 0);
  let total = 0;
  return () => {
    if (total <= 0) {
      pool.forEach(([, count], at) => (left[at] = count));
      total = left.reduce((sum, each) => sum + each, 0);
    }
    let at = draw() * total;
    let last = 0;
    for (let number = 0; number < left.length; number++) {
      if (left[number] <= 0) continue;
      last = number;
      if (at < left[number]) break;
      at -= left[number];
    }
    const taken = Math.min(1, left[last]);
    left[last] -= taken;
    total -= taken;
    return values[last];
  };
}

/**
 * In which windows of a phase an activity is. Of all sequences of `windows` windows with so many active ones in so
 * many rounds, each is as likely as any other: that is a Markov chain of two states under the condition that its
 * sufficient statistics are those asked for. Windows and rounds are therefore met exactly, whatever the seed.
 */
export function activeWindows(
  windows: number,
  { windows: share, bursts }: Pick<Activity, "windows" | "bursts">,
  draw: Draw,
): () => boolean {
  let active = Math.min(windows, rounded(share, draw));
  let idle = windows - active;
  // Each round but the first needs an idle window before it.
  let rounds = active === 0 ? 0 : Math.max(1, Math.min(rounded(bursts, draw), active, idle + 1));
  let inRound = false;
  return () => {
    if (inRound) {
      // Of the ways to put the active windows that are left into this round and the others, so many end it here.
      const ends = active === 0 || (rounds > 0 && draw() < rounds / active);
      if (!ends) {
        active--;
        return true;
      }
      inRound = false;
      if (idle === 0) return false;
      idle--;
      return false;
    }
    if (rounds > 0 && draw() < rounds / (idle + 1)) {
      rounds--;
      active--;
      inRound = true;
      return true;
    }
    idle = Math.max(0, idle - 1);
    return false;
  };
}

/** One taker's part of what is left for `takers` of them: as a geometric distribution gives it out; the last has all. */
export function partOf(left: number, takers: number, draw: Draw): number {
  if (takers <= 1) return left;
  for (let taken = 0; taken < left; taken++) {
    if (draw() < (takers - 1) / (left - taken + takers - 1)) return taken;
  }
  return left;
}

/** Gives out `total` in parts, one for each of about `takers` who come. */
export function parts(total: number, takers: number, draw: Draw): () => number {
  let left = rounded(total, draw);
  let waiting = Math.max(1, Math.round(takers));
  return () => {
    const taken = partOf(left, waiting--, draw);
    left -= taken;
    return taken;
  };
}
