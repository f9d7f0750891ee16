import { TraplineError, errorFromRecord } from "../errors.js";
import { createTraceMerger, type TraceCounts, type TraceMerger } from "./merge.js";
import { planShards, type Plan, type Shard } from "./plan.js";
import { inOrder, inlineExecutor, poolExecutor, type Executor } from "./pool.js";
import { checkIdentity } from "./identity.js";
import { releaseTask, runReplayTask, type ReplayAnswer, type ReplayTask } from "./task.js";

export interface ReplayOptions {
  /** Threads; 0 works in this one. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Called after each task with the work done and the work in all, in windows looked at. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A task holds this many windows, or one shard: handing one over costs some 0.1 ms. The result is the same. */
  readonly taskWindows?: number;
  /** Plans with no more work than this are done in this thread, which is sooner done than a pool starts. */
  readonly inlineWork?: number;
}

const leastTaskWindows = 1 << 20;

/** A pool takes some 60 ms to start; this much work takes one thread about as long. */
const mostInlineWork = 1 << 24;

/** An event that an oracle steps takes as long as so many windows that are counted. */
const oracleEventWork = 40;

export type PlannedTask = ReplayTask & { readonly trace: number };

/** What a shard is to take, in windows that are looked at once. */
export function workOf(plan: Plan, { trace, what, segmentation, first, end }: Shard): number {
  const { events, all } = plan.traces[trace];
  if (what === "windows") return end - first;
  // Groups share the reading, and few windows matter to one of them.
  return what === "groups" ? Math.ceil((end - first) / 4) * all[segmentation] : oracleEventWork * events;
}

const planWork = (plan: Plan): number =>
  [...planShards(plan)].reduce((sum, shard) => sum + workOf(plan, shard), 0);

/** One shard, or a range of them, as a task with a region of its own. */
export function taskOf(plan: Plan, shard: Shard, bytes: number): PlannedTask {
  const { policies, choice, traces } = plan;
  const { trace } = shard;
  return { trace, path: traces[trace].path, policies, choice, shard, region: new SharedArrayBuffer(bytes) };
}

export async function createReplayExecutor(
  work: number,
  { threads, signal, inlineWork = mostInlineWork }: ReplayOptions,
): Promise<Executor<PlannedTask, ReplayAnswer>> {
  return threads === 0 || work <= inlineWork
    ? inlineExecutor(runReplayTask, releaseTask)
    : poolExecutor("replay", "runReplayTask", threads, signal);
}

/** The shards of a plan as tasks. Neighbouring shards of windows, however small, are one task. */
export function* planTasks(
  plan: Plan,
  mergerOf: (trace: number) => Pick<TraceMerger, "regionBytes">,
  taskWindows = leastTaskWindows,
): Generator<PlannedTask> {
  let open: Shard | undefined;
  const task = (shard: Shard): PlannedTask => taskOf(plan, shard, mergerOf(shard.trace).regionBytes(shard));
  for (const shard of planShards(plan)) {
    const joins =
      open !== undefined &&
      shard.what === "windows" &&
      open.what === "windows" &&
      open.trace === shard.trace &&
      open.segmentation === shard.segmentation &&
      shard.end - open.first <= taskWindows;
    if (open !== undefined && !joins) yield task(open);
    open = joins && open !== undefined ? { ...open, end: shard.end } : shard;
  }
  if (open !== undefined) yield task(open);
}

/** Runs a whole plan on this machine: one result per trace, in the plan's order. */
export async function* replayPlan(plan: Plan, options: ReplayOptions): AsyncGenerator<TraceCounts> {
  const { signal, onProgress } = options;
  const total = planWork(plan);
  const executor = await createReplayExecutor(total, options);
  /** Mergers of traces that are begun and not finished; tasks are made a little ahead of the merge. */
  const mergers = new Map<number, TraceMerger>();
  const mergerOf = (trace: number): TraceMerger => {
    let merger = mergers.get(trace);
    if (merger === undefined) {
      const { path, identity } = plan.traces[trace];
      checkIdentity(path, identity);
      merger = createTraceMerger(path, plan.policies, plan.choice);
      mergers.set(trace, merger);
    }
    return merger;
  };
  const finish = (trace: number): TraceCounts => {
    const counts = mergerOf(trace).finish();
    mergers.delete(trace);
    return counts;
  };
  let next = 0;
  let done = 0;
  try {
    for await (const { task, answer } of inOrder(executor, planTasks(plan, mergerOf, options.taskWindows))) {
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      if (!answer.done) throw errorFromRecord(answer.error);
      while (next < task.trace) yield finish(next++);
      if (answer.rows === undefined) mergerOf(task.trace).add(task.shard, task.region);
      else mergerOf(task.trace).addOracles(answer.rows);
      done += workOf(plan, task.shard);
      onProgress?.(done, total);
    }
    while (next < plan.traces.length) yield finish(next++);
  } finally {
    await executor.close();
  }
}
