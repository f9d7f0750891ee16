import { TraplineError } from "../errors.js";
import {
  createReplayExecutor,
  mostInlineWork,
  taskOf,
  type ExecutorOptions,
  type Outcome,
  type PlannedTask,
  type ReplayExecutor,
} from "./executor.js";
import { checkIdentity } from "./identity.js";
import type { Journal } from "./journal.js";
import { createTraceMerger, type TraceCounts, type TraceMerger } from "./merge.js";
import type { MissingTrace } from "./missing.js";
import { returnTraces } from "./prepare.js";
import { planShards, workOf, type Plan, type Shard } from "./plan.js";
import { inOrder } from "./pool.js";

export interface ReplayOptions extends ExecutorOptions {
  /** Called after each task with the work done and the work in all, in windows looked at. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A task holds this many windows, or one shard: handing one over costs some 0.1 ms. The result is the same. */
  readonly taskWindows?: number;
  /** Where finished tasks are kept, and taken from. */
  readonly journal?: Journal;
  /** Takes a trace that cannot be counted, and why; the others go on. Without it the first one ends the replay. */
  readonly onMissing?: (missing: MissingTrace) => void;
  /** What runs the tasks instead of workers of this process. */
  readonly createExecutor?: typeof createReplayExecutor;
}

const leastTaskWindows = 1 << 20;

const planWork = (plan: Plan): number =>
  [...planShards(plan)].reduce((sum, shard) => sum + workOf(plan, shard), 0);

/** Whether a plan is more work than is sooner done again than kept. */
export const isLarge = (plan: Plan): boolean => planWork(plan) > mostInlineWork;

/** The shards of a plan. Neighbouring shards of windows, however small, are one. */
export function* joinedShards(plan: Plan, taskWindows = leastTaskWindows): Generator<Shard> {
  let open: Shard | undefined;
  for (const shard of planShards(plan)) {
    const joins =
      open !== undefined &&
      shard.what === "windows" &&
      open.what === "windows" &&
      open.trace === shard.trace &&
      open.segmentation === shard.segmentation &&
      shard.end - open.first <= taskWindows;
    if (open !== undefined && !joins) yield open;
    open = joins && open !== undefined ? { ...open, end: shard.end } : shard;
  }
  if (open !== undefined) yield open;
}

/** The shards of a plan as tasks. */
export function* planTasks(
  plan: Plan,
  mergerOf: (trace: number) => Pick<TraceMerger, "regionBytes">,
  taskWindows?: number,
): Generator<PlannedTask> {
  for (const shard of joinedShards(plan, taskWindows)) {
    yield taskOf(plan, shard, mergerOf(shard.trace).regionBytes(shard));
  }
}

/** Takes tasks that are done from the journal, and puts there what the executor does. */
export function journaled(executor: ReplayExecutor, journal: Journal | undefined): ReplayExecutor {
  if (journal === undefined) return executor;
  return {
    ...executor,
    async run(task) {
      const found = journal.find(task);
      if (found !== undefined) return found;
      const outcome = await executor.run(task);
      if (outcome.ok) journal.add(task, outcome);
      return outcome;
    },
  };
}

/** Runs tasks and gives their outcomes in order; once stopped, those that were begun are let end, for the journal. */
export async function* outcomesOf(
  executor: ReplayExecutor,
  tasks: Iterable<PlannedTask>,
  { signal }: ReplayOptions,
): AsyncGenerator<{ readonly task: PlannedTask; readonly outcome: Outcome }> {
  for await (const { task, answer } of inOrder(executor, tasks, executor.ahead)) {
    if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    yield { task, outcome: answer };
  }
}

/** Runs a whole plan on this machine: one result per trace, in the plan's order. */
export async function* replayPlan(plan: Plan, options: ReplayOptions): AsyncGenerator<TraceCounts> {
  const { journal, onProgress, onMissing, createExecutor = createReplayExecutor } = options;
  const total = planWork(plan);
  const executor = journaled(await createExecutor(plan, total, options), journal);
  /** Mergers of traces that are begun and not finished; tasks are made a little ahead of the merge. */
  const mergers = new Map<number, TraceMerger>();
  /** Why traces are not counted. */
  const failed = new Map<number, TraplineError>();
  let fatal: unknown;
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
  /** Does work for a trace, which it may cost the trace, or everything. */
  const attempt = <T>(trace: number, work: () => T): T | undefined => {
    if (fatal !== undefined || failed.has(trace)) return undefined;
    try {
      return work();
    } catch (error) {
      if (onMissing === undefined || !isOfTrace(error)) fatal = error;
      else failed.set(trace, error);
      mergers.delete(trace);
      return undefined;
    }
  };
  function* tasks(): Generator<PlannedTask> {
    for (const shard of joinedShards(plan, options.taskWindows)) {
      const task = attempt(shard.trace, () => taskOf(plan, shard, mergerOf(shard.trace).regionBytes(shard)));
      if (fatal !== undefined) return;
      if (task !== undefined) yield task;
    }
  }
  let next = 0;
  let done = 0;
  const finishNext = (): TraceCounts | undefined => {
    const trace = next++;
    const counts = attempt(trace, () => {
      const { path, identity } = plan.traces[trace];
      const merged = mergerOf(trace).finish();
      checkIdentity(path, identity);
      return merged;
    });
    mergers.delete(trace);
    const error = failed.get(trace);
    if (error !== undefined) onMissing?.({ path: plan.traces[trace].path, error });
    return counts;
  };
  const isBehind = (trace: number): boolean => next < trace && fatal === undefined;
  function* finishTo(trace: number): Generator<TraceCounts> {
    while (isBehind(trace)) {
      const counts = finishNext();
      if (counts !== undefined) yield counts;
    }
  }
  try {
    for await (const { task, outcome } of outcomesOf(executor, tasks(), options)) {
      yield* finishTo(task.trace);
      attempt(task.trace, () => {
        if (!outcome.ok) throw outcome.error;
        if (outcome.rows === undefined) mergerOf(task.trace).add(task.shard, outcome.region);
        else mergerOf(task.trace).addOracles(outcome.rows);
      });
      if (fatal !== undefined && journal === undefined) break;
      done += workOf(plan, task.shard);
      onProgress?.(done, total);
    }
    yield* finishTo(plan.traces.length);
    if (fatal !== undefined) throw fatal;
  } finally {
    await executor.close();
    returnTraces();
    await journal?.sync();
  }
}

/** Whether an error is about one trace, and others need not suffer from it. */
const isOfTrace = (error: unknown): error is TraplineError =>
  error instanceof TraplineError && error.code !== "interrupted" && error.code !== "output";
