import { pathTo } from "./policy-graph.js";
import type { WorstGroup, WorstGuest } from "./worst-group.js";

/** Rounds of each guest that a trace holds: what comes before the first, and between two kinds, is soon outweighed. */
const leastRounds = 50;
const leastWindows = 2000;
/** A stretch that comes so rarely is shown less often. */
const mostWindows = 1_000_000;

/** Windows with which each guest has gone round often enough. */
export const windowsFor = (guests: readonly WorstGuest[]): number =>
  Math.min(
    mostWindows,
    Math.max(
      leastWindows,
      ...guests.flatMap(({ rounds }) =>
        rounds.map(({ writes, share }) => Math.ceil((leastRounds * writes.length) / share)),
      ),
    ),
  );

/**
 * Writes of a guest in each of `count` windows. The way into a round, and from one to the other, is the shortest
 * that the policy's graph has. Rounds take turns in long stretches, as their shares say.
 */
export function windowsOf({ graph: { edges } }: WorstGroup, { rounds }: WorstGuest, count: number): number[] {
  // The graph begins after a window that is not written.
  const windows = [0];
  let node = 0;
  const go = (way: readonly number[]): void => {
    for (const edge of way) {
      windows.push(edges[edge].writes);
      node = edges[edge].to;
    }
  };
  rounds.forEach(({ cycle, share }, number) => {
    const first = edges[cycle[0]].from;
    go(pathTo(edges, node, (each) => each === first) ?? []);
    if (number === rounds.length - 1) while (windows.length < count) go(cycle);
    else for (let left = Math.round((share * count) / cycle.length); left > 0; left--) go(cycle);
  });
  return windows.slice(0, count);
}
