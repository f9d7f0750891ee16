import { fetchTime } from "./fetch-time.js";

/** Windows that the slowest machine looks at in a second, and milliseconds that a worker may take beside. */
const leastWindowsPerSecond = 1e6;
const leastTimeout = 60_000;
/** A timer that is set for longer goes off at once. */
const mostTimeout = 2 ** 31 - 1;

/**
 * Milliseconds that a worker may take for a shard.
 * @param work - As `workOf` tells it
 * @param fetched - The identity of a trace that is to be fetched first, with requests that have limits of their own
 */
export const shardTimeout = (work: number, fetched: string | undefined): number =>
  Math.min(mostTimeout, leastTimeout + (1000 * work) / leastWindowsPerSecond + fetchTime(fetched));
