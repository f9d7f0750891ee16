import { version } from "../version.js";

/** Before every key in Redis. */
export const prefix = "trapline";

/** One queue a version: a worker never sees the jobs of another one. */
export const shardQueue = `shards-${version}`;

/** The queue of a run's parent job; `run` is unlike any other, now and before. */
export const mergeQueue = (run: string): string => `merge-${run}`;

export const runKey = (run: string): string => `${prefix}:run:${run}`;
export const resultsKey = (run: string): string => `${prefix}:results:${run}`;
/** Held by the run that has the name. */
export const nameKey = (name: string): string => `${prefix}:name:${name}`;
/** Who was heard of and when: workers, and runs. */
export const workersKey = `${prefix}:workers`;
export const runsKey = `${prefix}:runs`;
