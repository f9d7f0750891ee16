import type { Costs } from "./costs.js";

/** A stretch of windows of one trace and segmentation, which can be cut into shards of any size. */
export interface Stretch {
  readonly windows: number;
  /** Seconds of a thread. */
  readonly seconds: number;
}

/** What a plan is to do, as far as time depends on it. */
export interface Work {
  readonly events: number;
  readonly traces: number;
  readonly stretches: readonly Stretch[];
  /** Seconds of each shard that goes through a whole trace: carried groups, and oracles. */
  readonly wholes: readonly number[];
  /** Bytes of traces that all shards read. */
  readonly bytes: number;
}

/** What may be scarce beside workers; without a figure it is not. */
export interface Limits {
  /** Bytes a second that the shared disk gives all workers together. */
  readonly disk?: number;
  /** Bytes a second to and from Redis. */
  readonly network?: number;
  /** Cores that workers, Redis and submitter have to share, where all are on one machine. */
  readonly cores?: number;
}

export type Bottleneck =
  | "workers"
  | "longest shard"
  | "disk"
  | "Redis"
  | "network"
  | "submitter"
  | "cores"
  | "start";

export interface Estimate {
  readonly workers: number;
  readonly events: number;
  readonly traces: number;
  readonly shardWindows: number;
  readonly shards: number;
  readonly seconds: number;
  readonly bottleneck: Bottleneck;
  /** Bytes a second that workers read while they count. */
  readonly readRate: number;
}

/**
 * Sizes that are tried, as powers of two. The engine sends no shards of fewer windows than the least where neighbours
 * can be joined, which is more than a million events; a worker that dies costs no more than the largest.
 */
const leastShift = 20;
const mostShift = 30;

/** A trace of more events is not recorded in one piece: more events than that are more traces. */
const mostTraceEvents = 1e10;

/** The same kind of work, `events` of it: traces that are longer, up to a length, and then more of them. */
export function scaleWork(work: Work, events: number): Scaled {
  const factor = events / Math.max(1, work.events);
  const mean = work.events / Math.max(1, work.traces);
  const longer = Math.min(factor, Math.max(1, mostTraceEvents / Math.max(1, mean)));
  return { work, events, longer, copies: factor / longer };
}

/** Work whose traces are `longer` times as long, and `copies` times as many. */
export interface Scaled {
  readonly work: Work;
  readonly events: number;
  readonly longer: number;
  readonly copies: number;
}

/**
 * Seconds for so much work at a shard size. Shards are counted, handed over and merged at the same time, so that the
 * slowest of these is what it takes; the start is before, and what is left when workers run out of shards behind.
 */
export function estimateAt(
  costs: Costs,
  { work, events, longer, copies }: Scaled,
  workers: number,
  shardWindows: number,
  { disk = Infinity, network = Infinity, cores = Infinity }: Limits = {},
): Estimate {
  const traces = work.traces * copies;
  // To prepare a trace was measured on those that there are.
  const growth = events / Math.max(1, traces) - work.events / Math.max(1, work.traces);
  const opening = costs.perEventOpened * Math.max(0, growth);
  const perShard = costs.perShard + costs.perDelivery;
  const perPrepare = costs.perPrepare + opening;
  const cut = work.stretches.map(({ windows, seconds }) => ({
    shards: Math.max(1, Math.ceil((windows * longer) / shardWindows)),
    seconds: seconds * longer,
  }));
  const shards = Math.max(
    1,
    Math.ceil(copies * sumOf([work.wholes.length, ...cut.map((each) => each.shards)])),
  );
  const longest =
    perShard +
    Math.max(
      0,
      ...work.wholes.map((seconds) => seconds * longer),
      ...cut.map((each) => each.seconds / each.shards),
    );
  const preparing = perPrepare * Math.min(shards, workers * Math.ceil(traces));
  const counted = copies * longer * sumOf([...work.wholes, ...work.stretches.map(({ seconds }) => seconds)]);
  const threads = counted + shards * perShard + preparing;
  // At the end workers wait for the last shards: half a shard each, if they have begun at different times; or those
  // that have one less than others do.
  const rounds = Math.ceil(shards / workers);
  const shared = Math.max(
    threads / workers + (longest / 2) * (1 - 1 / workers),
    (rounds * threads) / Math.max(shards, workers),
  );
  const isLong = longest + perPrepare > shared;
  const redis = shards * costs.perJob;
  const submitter = shards * (costs.perSubmit + costs.perMerge) + traces * costs.perTrace;
  const bytes = work.bytes * copies * longer;
  const parts: readonly (readonly [Bottleneck, number])[] = [
    [isLong ? "longest shard" : "workers", isLong ? longest + perPrepare : shared],
    ["disk", bytes / disk],
    ["Redis", redis],
    ["network", (2 * shards * costs.answerBytes) / network],
    ["submitter", submitter],
    ["cores", (threads + redis + submitter) / cores],
  ];
  const [slowest, seconds] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  return {
    workers,
    events,
    traces: Math.ceil(traces),
    shardWindows,
    shards,
    seconds: costs.fixed + seconds,
    bottleneck: costs.fixed > seconds ? "start" : slowest,
    readRate: seconds > 0 ? bytes / seconds : 0,
  };
}

/** A shard size that takes so little longer than the best one is as good. */
const asGood = 1.05;
/** So many shards a worker, and one that is slow, or starts late, does not keep all others waiting; or at least so many. */
const shardsEach = [8, 2] as const;

/**
 * The same at the shard size to choose: of those that take about the least time, the largest that leaves each worker
 * several shards; where none does, the largest, which has the fewest jobs.
 */
export function estimateBest(costs: Costs, work: Scaled, workers: number, limits: Limits = {}): Estimate {
  const tried = Array.from({ length: mostShift - leastShift + 1 }, (_, at) =>
    estimateAt(costs, work, workers, 2 ** (leastShift + at), limits),
  );
  const least = Math.min(...tried.map(({ seconds }) => seconds));
  const good = tried.filter(({ seconds }) => seconds <= asGood * least);
  const enough = (each: number): Estimate | undefined =>
    good.findLast(({ shards }) => shards >= each * workers);
  return enough(shardsEach[0]) ?? enough(shardsEach[1]) ?? good[good.length - 1];
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
