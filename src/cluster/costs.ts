/** What work on a cluster takes; seconds of one core, and bytes. */
export interface Costs {
  /** Of a worker thread, for a window that is counted by number: for information, `Work` has the seconds. */
  readonly perWindow: number;
  /** Of a worker thread, for a shard beside its windows: to check the trace, to go through counters and pack them. */
  readonly perShard: number;
  /** Of a worker thread, to open and prepare a trace: once, as long as its shards follow each other. */
  readonly perPrepare: number;
  /** The same, for an event of the trace: its index has a row for some ten thousand. */
  readonly perEventOpened: number;
  /** Of a worker thread, between the end of a shard and the beginning of the next one. */
  readonly perDelivery: number;
  /** Of Redis, for a job from its submission to its end. It does one thing at a time. */
  readonly perJob: number;
  /** Of whoever submits, to put a job in and take its result out. */
  readonly perSubmit: number;
  /** Of whoever submits, to unpack what a shard counted and add it to the rest. */
  readonly perMerge: number;
  /** Of whoever submits, for a trace: to plan it, and to make rows of its counts. */
  readonly perTrace: number;
  /** Once: to start, to connect, to end. */
  readonly fixed: number;
  /** Bytes of a shard's answer. */
  readonly answerBytes: number;
}

/**
 * Costs that no plan has to do with. Source: `npm run cluster-costs` (docs/scale.md has the run): processor time for each
 * of 400 jobs of next to no work, by differences of runs, with redis-server 7.0.15 and Node 20 on two cores that nobody
 * else used; `perDelivery` is all that a worker process used for one, its tiny trace prepared among it.
 */
export const queueCosts = {
  perJob: 0.0004,
  perSubmit: 0.0009,
  perDelivery: 0.0025,
  perEventOpened: 1.5e-11,
  fixed: 0.37,
} as const satisfies Partial<Costs>;
