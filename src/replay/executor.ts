import { TraplineError, errorFromRecord, messageOf } from "../errors.js";
import type { CountRow } from "../model/counts.js";
import { inlineExecutor, type Executor } from "./pool.js";
import { memoryPlan, type MemoryPlan } from "./memory.js";
import { workOf, type Plan, type Shard } from "./plan.js";
import { shardFailure } from "./missing.js";
import { returnTraces } from "./prepare.js";
import { copyOf } from "../trace/copies.js";
import { shardTimeout } from "./shard-timeout.js";
import { runTask } from "./run-task.js";
import type { ReplayAnswer, ReplayTask } from "./task.js";
import { workerEntry } from "./worker-entry.js";
import { superviseWorkers, type SupervisedPool } from "./worker-pool.js";

export interface ExecutorOptions {
  /** Threads; 0 works in this one. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Plans with no more work than this are done in this thread, which is sooner done than a pool starts. */
  readonly inlineWork?: number;
  /** Milliseconds that a worker may take for a shard; 0 for any time. Left out: long enough for its work. */
  readonly shardTimeout?: number;
  /** Bytes that the process may take; see `memoryPlan`. */
  readonly memory?: number;
}

/** A shard as a task, with the trace's number in the plan. */
export type PlannedTask = ReplayTask & { readonly trace: number };

/** What a task gave, in memory that its last worker alone wrote; or what is wrong. */
export type Outcome =
  | { readonly ok: true; readonly region: ArrayBufferLike; readonly rows: CountRow[][] | undefined }
  | { readonly ok: false; readonly error: TraplineError };

export interface ReplayExecutor extends Executor<PlannedTask, Outcome> {
  /** Tasks that may be begun and not yet merged. */
  readonly ahead: number;
}

/** A pool takes some 60 ms to start; this much work takes one thread about as long. */
export const mostInlineWork = 1 << 24;

/** Milliseconds of work in this thread between two turns of the event loop, on which signals arrive. */
const mostWithoutTurn = 20;

/** One shard, or a range of them, as a task with a region of its own. */
export function taskOf(plan: Plan, shard: Shard, bytes: number): PlannedTask {
  const { policies, choice, traces } = plan;
  const { trace } = shard;
  const { path, identity } = traces[trace];
  const copies = copyOf(path)?.folder;
  return {
    trace,
    path,
    policies,
    choice,
    shard,
    region: new SharedArrayBuffer(bytes),
    ...(copies === undefined ? {} : { copies, identity }),
  };
}

const renew = (task: PlannedTask): PlannedTask => ({
  ...task,
  region: new SharedArrayBuffer(task.region.byteLength),
});

const outcomeOf = ({ region }: PlannedTask, answer: ReplayAnswer): Outcome =>
  answer.done ? { ok: true, region, rows: answer.rows } : { ok: false, error: errorFromRecord(answer.error) };

/** What runs the tasks of a plan, `work` of them in all. */
export async function createReplayExecutor(
  plan: Plan,
  work: number,
  options: ExecutorOptions,
): Promise<ReplayExecutor> {
  const { threads, signal, inlineWork = mostInlineWork } = options;
  const memory = memoryPlan(plan, Math.max(1, threads), options.memory);
  const pool = (): Promise<SupervisedPool<PlannedTask, ReplayAnswer>> => workersOf(plan, memory, options);
  if (threads === 0) {
    const inline = inlineExecutor(runTask);
    return { ...inline, ahead: 2, run: async (task) => outcomeOf(task, await inline.run(task)) };
  }
  // A thread cannot be stopped by itself: who sets a limit wants workers.
  const isSmall = work <= inlineWork && options.shardTimeout === undefined;
  return isSmall ? here(plan, pool, memory, signal) : there(plan, await pool(), memory);
}

function workersOf(
  plan: Plan,
  { threads, limits }: MemoryPlan,
  { signal, shardTimeout: given }: ExecutorOptions,
): Promise<SupervisedPool<PlannedTask, ReplayAnswer>> {
  return superviseWorkers<PlannedTask, ReplayAnswer>({
    entry: workerEntry(),
    name: "runReplayTask",
    threads,
    limits,
    renew,
    timeout: ({ shard, copies, identity }) =>
      given ?? shardTimeout(workOf(plan, shard), copies === undefined ? undefined : identity),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** In workers. */
function there(
  plan: Plan,
  pool: SupervisedPool<PlannedTask, ReplayAnswer>,
  { ahead }: MemoryPlan,
): ReplayExecutor {
  return {
    width: pool.width,
    ahead,
    close: () => pool.close(),
    run: (task) => runSupervised(plan, pool, task),
  };
}

async function runSupervised(
  plan: Plan,
  pool: SupervisedPool<PlannedTask, ReplayAnswer>,
  task: PlannedTask,
  reasons: readonly string[] = [],
): Promise<Outcome> {
  const outcome = await pool.run(task, reasons);
  if (outcome.ok) return outcomeOf(outcome.task, outcome.answer);
  return { ok: false, error: shardFailure(plan, task.shard, outcome.reasons) };
}

/** In this thread, and in a worker what failed here: it is not to take the rest with it. */
function here(
  plan: Plan,
  createPool: () => Promise<SupervisedPool<PlannedTask, ReplayAnswer>>,
  { ahead }: MemoryPlan,
  signal: AbortSignal | undefined,
): ReplayExecutor {
  let pool: SupervisedPool<PlannedTask, ReplayAnswer> | undefined;
  let turned = performance.now();
  return {
    width: 1,
    ahead: Math.min(2, ahead),
    async run(task) {
      if (performance.now() - turned > mostWithoutTurn) {
        await new Promise((resolve) => void setImmediate(resolve));
        turned = performance.now();
      }
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      try {
        return outcomeOf(task, await runTask(task));
      } catch (error) {
        returnTraces();
        pool ??= await createPool();
        return await runSupervised(plan, pool, renew(task), [`failed: ${messageOf(error)}`]);
      }
    },
    close: async () => pool?.close(),
  };
}
