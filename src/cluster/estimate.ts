/** What work on a cluster takes, measured; seconds. */
export interface Costs {
  /** Of a worker thread, for a window that is looked at once. */
  readonly perWindow: number;
  /** Of a worker thread, for a shard beside its windows: to check and prepare the trace, to pack what it counted. */
  readonly perShard: number;
  /** Of Redis, for a job from its submission to its end. It does one thing at a time. */
  readonly perJob: number;
  /** Of whoever submits, to put a job in and take its result out. */
  readonly perSubmit: number;
  /** Of whoever submits, to add what a shard counted to the rest. */
  readonly perMerge: number;
  /** Of whoever submits, once: to plan, to connect, to print. */
  readonly fixed: number;
}

/**
 * Costs that no trace has to do with. Redis took 0.49 ms of its processor a job (300 jobs, redis-server 7.0.15); those of
 * the submitter and of the start are assumed, and not yet measured.
 */
export const queueCosts = { perJob: 0.0005, perSubmit: 0.0012, fixed: 1.5 } as const;

export type Bottleneck = "workers" | "Redis" | "submitter" | "longest shard" | "start";

export interface Estimate {
  readonly workers: number;
  readonly events: number;
  readonly shardWindows: number;
  readonly shards: number;
  readonly seconds: number;
  readonly bottleneck: Bottleneck;
}

/** Sizes that are tried: a result of a smaller shard takes longer to hand over than to count. */
const leastShift = 16;
const mostShift = 30;

/**
 * Seconds for so much work at a shard size: shards are counted, handed over and merged at the same time, so the slowest
 * of the three is what it takes. What cannot be shared out, the longest shard, is the least that the counting takes.
 */
export function estimateAt(
  { perWindow, perShard, perJob, perSubmit, perMerge, fixed }: Costs,
  work: { readonly windows: number; readonly events: number; readonly leastShards: number },
  workers: number,
  shardWindows: number,
): Estimate {
  const shards = Math.max(1, work.leastShards, Math.ceil(work.windows / shardWindows));
  const oneShard = perShard + perWindow * Math.min(shardWindows, work.windows);
  // Some worker has one more than the others.
  const rounds = Math.ceil(shards / workers);
  const counting =
    rounds === 1 ? oneShard : (shards * perShard + work.windows * perWindow) / workers + oneShard / 2;
  const parts: readonly (readonly [Bottleneck, number])[] = [
    [rounds === 1 ? "longest shard" : "workers", counting],
    ["Redis", shards * perJob],
    ["submitter", shards * (perSubmit + perMerge)],
    ["start", fixed],
  ];
  const [bottleneck] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  const seconds = fixed + Math.max(...parts.slice(0, 3).map(([, each]) => each));
  return { workers, events: work.events, shardWindows, shards, seconds, bottleneck };
}

/** The same at the shard size that takes the least time. */
export function estimateBest(
  costs: Costs,
  work: { readonly windows: number; readonly events: number; readonly leastShards: number },
  workers: number,
): Estimate {
  let best: Estimate | undefined;
  for (let shift = leastShift; shift <= mostShift; shift++) {
    const found = estimateAt(costs, work, workers, 2 ** shift);
    if (best === undefined || found.seconds < best.seconds) best = found;
  }
  if (best === undefined) throw new RangeError("no shard size was tried");
  return best;
}
