import { availableParallelism } from "node:os";
import { TraplineError, messageOf } from "../errors.js";
import { piscinaFile } from "../worker-file.js";

/** Something that runs tasks: a pool of threads, or this thread. */
export interface Executor<Task, Answer> {
  /** How many tasks it works on at a time. */
  readonly width: number;
  run(task: Task): Promise<Answer>;
  close(): Promise<void>;
}

export const defaultThreads = availableParallelism;

/**
 * A Piscina pool over one exported function of a built worker file.
 *
 * @param file - Name in `workers/`, without ending.
 */
export async function poolExecutor<Task, Answer>(
  file: string,
  name: string,
  threads: number,
  signal?: AbortSignal,
): Promise<Executor<Task, Answer>> {
  // Loaded here, since most replays are too small for a pool.
  const { Piscina } = await import("piscina");
  const pool = new Piscina<Task, Answer>({
    filename: piscinaFile(file).href,
    name,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
  });
  // Trouble that belongs to no task: a worker that cannot start, say, on which every task would wait for ever. An
  // answer that was on its way while its task was called off is reported so too, and is none.
  const broken = new Promise<never>((_, reject) => {
    pool.on("error", (error: unknown) => {
      if (signal?.aborted !== true) reject(error instanceof Error ? error : new Error(messageOf(error)));
    });
  });
  broken.catch(() => undefined);
  return {
    width: threads,
    async run(task) {
      try {
        return await Promise.race([pool.run(task, signal === undefined ? {} : { signal }), broken]);
      } catch (error) {
        if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
        throw new TraplineError("worker", `a worker failed: ${messageOf(error)}`);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Runs tasks in this thread: starting a pool costs more than a small trace. */
export function inlineExecutor<Task, Answer>(
  work: (task: Task) => Answer | Promise<Answer>,
): Executor<Task, Answer> {
  return {
    width: 1,
    // A promise, so that what a task throws reaches whoever waits for it.
    run: (task) => Promise.resolve().then(() => work(task)),
    close: () => Promise.resolve(),
  };
}

/** Answers that wait for an earlier one, by worker: a long task must not leave the others idle behind it. */
export const mostWaiting = 8;

/** Runs tasks over an executor and gives their answers in the order of the tasks, with at most `most` waiting at a time. */
export async function* inOrder<Task, Answer>(
  executor: Executor<Task, Answer>,
  tasks: Iterable<Task>,
  most = executor.width === 1 ? 2 : mostWaiting * executor.width,
): AsyncGenerator<{ readonly task: Task; readonly answer: Answer }> {
  const { width } = executor;
  const waiting: { readonly task: Task; readonly answer: Promise<Answer> }[] = [];
  const iterator = tasks[Symbol.iterator]();
  let unanswered = 0;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  function fill(): void {
    while (!ended && unanswered < 2 * width && waiting.length < most) {
      let next: IteratorResult<Task>;
      try {
        next = iterator.next();
      } catch (error) {
        failure = { error };
        ended = true;
        return;
      }
      if (next.done === true) ended = true;
      else start(next.value);
    }
  }
  function start(task: Task): void {
    unanswered++;
    const answer = executor.run(task);
    const settled = (): void => {
      unanswered--;
      fill();
    };
    // It is awaited below, perhaps after another has failed: nobody is to call it unhandled.
    answer.then(settled, () => (ended = true));
    waiting.push({ task, answer });
  }
  try {
    for (;;) {
      fill();
      const first = waiting.shift();
      if (first === undefined) break;
      yield { task: first.task, answer: await first.answer };
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    ended = true;
  }
}
