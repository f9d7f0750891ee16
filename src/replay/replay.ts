import { TraplineError, errorFromRecord } from "../errors.js";
import { createTraceMerger, type TraceCounts, type TraceMerger } from "./merge.js";
import type { Plan, Shard } from "./plan.js";
import { inOrder, inlineExecutor, poolExecutor, type Executor } from "./pool.js";
import { checkIdentity } from "./identity.js";
import { releaseTask, runReplayTask, type ReplayAnswer, type ReplayTask } from "./task.js";

export interface ReplayOptions {
  /** Threads; 0 works in this one. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Called after each task with events done and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** A task holds this many events, or one shard: handing one over costs some 0.1 ms. The result is the same. */
  readonly taskEvents?: number;
  /** Plans with no more events than this are worked on in this thread, which is sooner done than a pool starts. */
  readonly inlineEvents?: number;
}

const leastTaskEvents = 1 << 20;
const mostInlineEvents = 1 << 22;

export type PlannedTask = ReplayTask & { readonly trace: number };

/** One shard, or a range of them, as a task with a region of its own. */
export function taskOf(plan: Plan, { trace, first, end, interpreted }: Shard, words: number): PlannedTask {
  const { policies, choice, shardEvents, traces } = plan;
  const region = new SharedArrayBuffer(interpreted ? 0 : 4 * words);
  return { trace, path: traces[trace].path, policies, choice, first, end, shardEvents, interpreted, region };
}

export async function createReplayExecutor(
  plan: Plan,
  { threads, signal, inlineEvents = mostInlineEvents }: ReplayOptions,
): Promise<Executor<PlannedTask, ReplayAnswer>> {
  const total = plan.traces.reduce((sum, { events }) => sum + events, 0);
  return threads === 0 || total <= inlineEvents
    ? inlineExecutor(runReplayTask, releaseTask)
    : poolExecutor("replay", "runReplayTask", threads, signal);
}

/** Consecutive shards of one trace as tasks: a task cuts at its shards, however small they are. */
function* planTasks(
  plan: Plan,
  wordsOf: (trace: number) => number,
  taskEvents = leastTaskEvents,
): Generator<PlannedTask> {
  const perTask = plan.shardEvents * Math.ceil(taskEvents / plan.shardEvents);
  for (const [trace, { path, events, identity, interpreted }] of plan.traces.entries()) {
    checkIdentity(path, identity);
    const words = wordsOf(trace);
    for (let first = 0; first < events; first += perTask) {
      const end = Math.min(events, first + perTask);
      yield taskOf(plan, { trace, first, end, interpreted: false }, words);
    }
    if (interpreted) yield taskOf(plan, { trace, first: 0, end: events, interpreted }, words);
  }
}

/** Runs a whole plan on this machine: one result per trace, in the plan's order. */
export async function* replayPlan(plan: Plan, options: ReplayOptions): AsyncGenerator<TraceCounts> {
  const { signal, onProgress } = options;
  const total = plan.traces.reduce((sum, { events }) => sum + events, 0);
  const executor = await createReplayExecutor(plan, options);
  /** Mergers of traces that are begun and not finished; tasks are made a little ahead of the merge. */
  const mergers = new Map<number, TraceMerger>();
  const mergerOf = (trace: number): TraceMerger => {
    let merger = mergers.get(trace);
    if (merger === undefined) {
      merger = createTraceMerger(plan.traces[trace].path, plan.policies, plan.choice);
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
    for await (const { task, answer } of inOrder(
      executor,
      planTasks(plan, (trace) => mergerOf(trace).layout.words, options.taskEvents),
    )) {
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      if (!answer.done) throw errorFromRecord(answer.error);
      while (next < task.trace) yield finish(next++);
      if (answer.rows === undefined) {
        mergerOf(task.trace).add(task.first, task.end, new Uint32Array(task.region));
        done += task.end - task.first;
        onProgress?.(done, total);
      } else mergerOf(task.trace).addInterpreted(answer.rows);
    }
    while (next < plan.traces.length) yield finish(next++);
  } finally {
    await executor.close();
  }
}
