import { createTraceMerger, type TraceMerger } from "../replay/merge.js";
import { planShards, workOf, type Plan, type Shard } from "../replay/plan.js";
import { borrowTrace, returnTraces } from "../replay/prepare.js";
import { oracleReading } from "../replay/shard.js";
import { runReplayTask } from "../replay/task.js";
import { queueCosts, type Costs } from "./costs.js";
import type { Stretch, Work } from "./estimate.js";
import { outcomeOf, packRegion } from "./job.js";
import { runShardTask } from "./shard-task.js";

/** Milliseconds for which shards are run to see what they take, in all and each. */
const mostTime = 4_000;
const mostEach = 60;
const leastRounds = 5;

/** What a plan costs and what it is to do. */
export interface Measured {
  readonly costs: Costs;
  readonly work: Work;
  /** Traces of format version 1, of which each worker makes the windows anew: their costs do not grow as others' do. */
  readonly old: readonly string[];
}

/** What one shard was seen to take, in milliseconds. */
interface Seen {
  readonly shard: Shard;
  /** A thread's, for the windows; and beside them. */
  readonly counting: number;
  readonly beside: number;
  readonly merging: number;
  readonly answerBytes: number;
}

/**
 * Runs shards of a plan here, one of each kind of each trace as long as there is time, and says what windows, shards,
 * traces and merges take. What is read comes from the page cache. Throws what a replay would.
 */
export async function measureCosts(plan: Plan): Promise<Measured> {
  const began = performance.now();
  const seen: Seen[] = [];
  const opened: number[] = [];
  const ended: number[] = [];
  const stretches = [...stretchesOf(plan)];
  let trace = -1;
  for (const shard of byKind(stretches)) {
    if (seen.length > 0 && performance.now() - began > mostTime) break;
    if (shard.trace !== trace) {
      ({ trace } = shard);
      opened.push(preparing(plan, trace));
      ended.push(ending(plan, trace));
    }
    seen.push(await measureShard(plan, shard));
  }
  returnTraces();
  const rate = (what: Shard["what"]): number => {
    const own = seen.filter(({ shard }) => shard.what === what);
    const work = sumOf(own.map(({ shard }) => workOf(plan, shard)));
    return work === 0 ? 0 : sumOf(own.map(({ counting }) => counting)) / 1000 / work;
  };
  const rates = { windows: rate("windows"), groups: rate("groups"), oracles: rate("oracles") };
  const each = (values: readonly number[]): number => sumOf(values) / 1000 / Math.max(1, values.length);
  const seconds = (shard: Shard): number => rates[shard.what] * workOf(plan, shard);
  const costs: Costs = {
    perWindow: rates.windows,
    perShard: each(seen.map(({ beside }) => beside)),
    perPrepare: each(opened),
    perMerge: each(seen.map(({ merging }) => merging)),
    perTrace: each(ended),
    answerBytes: Math.round(each(seen.map(({ answerBytes }) => 1000 * answerBytes))),
    ...queueCosts,
  };
  const work: Work = {
    events: sumOf(plan.traces.map(({ events }) => events)),
    traces: plan.traces.length,
    stretches: stretches
      .filter(({ what }) => what === "windows")
      .map((shard): Stretch => ({ windows: shard.end - shard.first, seconds: seconds(shard) })),
    wholes: [...planShards(plan)].filter(({ what }) => what !== "windows").map(seconds),
    bytes: bytesRead(plan),
  };
  const old = plan.traces.flatMap(({ path }) => (isOld(plan, path) ? [path] : []));
  returnTraces();
  return { costs, work, old };
}

/** The shards of a plan, with those of windows as one for each trace and segmentation. */
function* stretchesOf(plan: Plan): Generator<Shard> {
  for (const [trace, { windows }] of plan.traces.entries()) {
    for (const [segmentation, end] of windows.entries()) {
      if (end > 0) yield { trace, what: "windows", segmentation, first: 0, end };
    }
  }
  for (const shard of planShards(plan)) if (shard.what !== "windows") yield shard;
}

/** Windows of a shard that is run to see what they take. */
const mostSample = 1 << 22;

/** One of each kind of each trace. */
function byKind(shards: readonly Shard[]): Shard[] {
  const first = new Map<string, Shard>();
  for (const shard of shards) {
    const key = `${shard.trace} ${shard.what} ${shard.segmentation}`;
    const { what, end } = shard;
    if (!first.has(key))
      first.set(key, what === "windows" ? { ...shard, end: Math.min(end, mostSample) } : shard);
  }
  return [...first.values()].toSorted((a, b) => a.trace - b.trace);
}

/** Milliseconds to open a trace and prepare it, as a worker does that had another one before. */
const preparing = ({ traces, policies, choice }: Plan, trace: number): number =>
  shortest(() => {
    returnTraces();
    return () => borrowTrace(traces[trace].path, policies, choice);
  });

/** Milliseconds to make counts of what shards gave. */
const ending = (plan: Plan, trace: number): number =>
  shortest(() => {
    const merger = mergerOf(plan, trace);
    for (const shard of stretchesOf(plan)) {
      if (shard.trace !== trace) continue;
      if (shard.what === "oracles") merger.addOracles([]);
      else merger.add(shard, new ArrayBuffer(merger.regionBytes(shard)));
    }
    return () => merger.finish();
  });

/** Milliseconds of what `prepare` makes ready: the shortest of some, since code is compiled the first time. */
const shortest = (prepare: () => () => unknown): number =>
  Math.min(...Array.from({ length: 3 }, () => timed(prepare())));

const mergerOf = ({ traces, policies, choice }: Plan, trace: number): TraceMerger =>
  createTraceMerger(traces[trace].path, policies, choice);

async function measureShard(plan: Plan, shard: Shard): Promise<Seen> {
  const { policies, choice, traces } = plan;
  const { path, identity } = traces[shard.trace];
  const merger = mergerOf(plan, shard.trace);
  const region = new SharedArrayBuffer(merger.regionBytes(shard));
  const task = { path, policies, choice, shard };
  const count = (): unknown => runReplayTask({ ...task, region });
  const whole = await undisturbed(count);
  // A shard of one window has everything of one that is not for its windows.
  const tiny = shard.what === "windows" && shard.end > 1 ? { ...shard, end: 1 } : undefined;
  const least =
    tiny === undefined ? 0 : await undisturbed(() => runReplayTask({ ...task, shard: tiny, region }));
  const counting = Math.max(0, whole - least);
  const all = await undisturbed(() => runShardTask({ ...task, identity, work: workOf(plan, shard) }));
  if (shard.what === "oracles") {
    return { shard, counting, beside: Math.max(0, all - counting), merging: 0, answerBytes: 0 };
  }
  count();
  const text = JSON.stringify({ region: packRegion(region) });
  const { byteLength } = region;
  const unpacking = await undisturbed(() => outcomeOf(text, byteLength, [path, path]));
  const adding = timed(() => merger.add(shard, region));
  return {
    shard,
    counting,
    beside: Math.max(0, all - counting),
    merging: unpacking + adding,
    answerBytes: text.length,
  };
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** What some runs take that nobody disturbs: others on the machine make them longer, never shorter. */
async function undisturbed(work: () => unknown): Promise<number> {
  const times: number[] = [];
  const began = performance.now();
  do {
    const from = performance.now();
    await work();
    times.push(performance.now() - from);
  } while (performance.now() - began < mostEach || times.length < leastRounds);
  times.sort((a, b) => a - b);
  return times[Math.floor(times.length / 4)];
}

/** Bytes that the shards of a plan read: each shard of windows its own, one of groups all windows, oracles what they need. */
function bytesRead(plan: Plan): number {
  const { policies, choice } = plan;
  const files = plan.traces.map(({ path, all }) => {
    const prepared = borrowTrace(path, policies, choice);
    const { trace } = prepared;
    const events = sumOf([...trace.blocks].map(({ bytes }) => bytes));
    // With dictionaries and index, which are few beside the windows of a long trace.
    const read = isOld(plan, path) ? trace.bytes : trace.bytes - events;
    const perWindow = read / Math.max(1, sumOf(all));
    const reading = oracleReading(prepared);
    const oracles =
      (reading.events ? events : 0) + perWindow * sumOf(reading.windows.map((each) => all[each]));
    return { oracles, perWindow };
  });
  returnTraces();
  const read = [...stretchesOf(plan)].map(({ trace, what, segmentation, first, end }) => {
    if (what === "oracles") return files[trace].oracles;
    const windows = what === "windows" ? end - first : plan.traces[trace].all[segmentation];
    return files[trace].perWindow * windows;
  });
  return Math.round(sumOf(read));
}

/** Whether a trace has events alone, and no windows. */
const isOld = ({ policies, choice }: Plan, path: string): boolean =>
  borrowTrace(path, policies, choice).trace.version === 1;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
