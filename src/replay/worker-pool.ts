import type { ResourceLimits } from "node:worker_threads";
import { TraplineError, messageOf } from "../errors.js";
import type { Executor } from "./pool.js";

/** What became of a task: an answer, and the task of the attempt that gave it; or why each attempt gave none. */
export type Attempted<Task, Answer> =
  | { readonly ok: true; readonly task: Task; readonly answer: Answer }
  | { readonly ok: false; readonly reasons: readonly string[] };

export interface SupervisedPool<Task, Answer> extends Executor<Task, Attempted<Task, Answer>> {
  /** `reasons`: why attempts failed that were made elsewhere; they count. */
  run(task: Task, reasons?: readonly string[]): Promise<Attempted<Task, Answer>>;
}

export interface SupervisedOptions<Task> {
  /** A module, and the name of the function of it that works on a task. */
  readonly entry: URL;
  readonly name: string;
  readonly threads: number;
  readonly limits?: ResourceLimits;
  /** Milliseconds that a worker may take for a task, its start included where it is fresh; none where left out. */
  readonly timeout?: (task: Task) => number | undefined;
  /** The same task with memory that no worker has seen. */
  readonly renew: (task: Task) => Task;
  readonly signal?: AbortSignal;
}

/** After the first attempt. What fails four times in fresh workers fails for a reason that stays. */
const mostRetries = 3;

/** A worker that cannot be ended, since it waits for a disk, does not keep the process from going on. */
const endLimit = 2_000;

interface Job<Task, Answer> {
  readonly task: Task;
  readonly reasons: readonly string[];
  readonly settle: (outcome: Attempted<Task, Answer>) => void;
  readonly fail: (error: Error) => void;
}

/**
 * A Piscina pool whose threads have one task at a time. A worker that throws, exits, runs out of memory or takes too
 * long is ended with all that it had, and its task alone is given to a fresh one: Piscina ends the worker of a task that
 * is called off, and starts another. What the worker wrote is in memory that nobody reads.
 */
export async function superviseWorkers<Task, Answer>(
  options: SupervisedOptions<Task>,
): Promise<SupervisedPool<Task, Answer>> {
  const { entry, name, threads, limits, timeout, renew, signal } = options;
  // Loaded here, since most replays are too small for a pool.
  const { Piscina } = await import("piscina");
  const pool = new Piscina<Task, Answer>({
    filename: entry.href,
    name,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    ...(limits === undefined ? {} : { resourceLimits: limits }),
  });
  /** Jobs that no worker has: a time limit is to begin when a worker does. */
  const queue: Job<Task, Answer>[] = [];
  const running = new Map<Job<Task, Answer>, AbortController>();
  let closed = false;

  // Trouble of a worker that had no task; whoever waits for one may wait for it.
  pool.on("error", (error: unknown) => {
    for (const control of running.values()) control.abort(`failed: ${messageOf(error)}`);
  });

  async function attempt(job: Job<Task, Answer>): Promise<void> {
    const control = new AbortController();
    running.set(job, control);
    const limit = timeout?.(job.task);
    const timer =
      limit === undefined
        ? undefined
        : setTimeout(() => control.abort(`took longer than ${limit / 1000} s`), limit);
    try {
      const answer = await pool.run(job.task, { signal: control.signal });
      job.settle({ ok: true, task: job.task, answer });
    } catch (error) {
      if (closed) return;
      const { aborted, reason } = control.signal;
      lose(job, aborted && typeof reason === "string" ? reason : reasonOf(error));
    } finally {
      clearTimeout(timer);
      running.delete(job);
      assign();
    }
  }

  function lose(job: Job<Task, Answer>, reason: string): void {
    const reasons = [...job.reasons, reason];
    if (reasons.length > mostRetries) job.settle({ ok: false, reasons });
    else queue.unshift({ ...job, task: renew(job.task), reasons });
  }

  function assign(): void {
    if (closed) return;
    while (running.size < threads) {
      const job = queue.shift();
      if (job === undefined) return;
      void attempt(job);
    }
  }

  function stop(): void {
    closed = true;
    const jobs = [...queue.splice(0), ...running.keys()];
    for (const control of running.values()) control.abort("stopped");
    for (const { fail } of jobs) fail(new TraplineError("interrupted", "interrupted"));
  }
  signal?.addEventListener("abort", stop, { once: true });

  return {
    width: threads,
    run(task, reasons = []) {
      return new Promise((settle, fail) => {
        if (closed || signal?.aborted === true) {
          fail(new TraplineError("interrupted", "interrupted"));
          return;
        }
        queue.push({ task, reasons, settle, fail });
        assign();
      });
    },
    async close() {
      signal?.removeEventListener("abort", stop);
      stop();
      const late = new Promise((resolve) => setTimeout(resolve, endLimit).unref());
      await Promise.race([pool.destroy(), late]);
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return "ran out of memory";
  }
  const message = messageOf(error);
  const exited = /^worker exited with code: (\d+)$/.exec(message);
  return exited === null ? `failed: ${message}` : `exited with status ${exited[1]}`;
}
