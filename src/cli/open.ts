import { TraplineError, errorFromRecord } from "../errors.js";
import type { ImportAnswer, ImportTask } from "../import/task.js";
import { inOrder, poolExecutor, type Executor } from "../replay/pool.js";
import { isTrace } from "../replay/trace-file.js";
import { createProgress, type Progress } from "./progress.js";
import { unlessStopped, type Session } from "./session.js";

/** A file to replay, and the name by which the user knows it. */
export interface TraceFile {
  readonly path: string;
  readonly name: string;
  /** It was made on the fly, and goes with the session. */
  readonly made: boolean;
}

export interface OpenOptions {
  readonly threads: number;
  readonly progress: boolean;
  readonly onError: "fail" | "skip";
}

type ImportDone = Extract<ImportAnswer, { done: true }>["result"];

/** Traces as they are; recordings are imported into the session's scratch folder first, several at a time. */
export async function openTraces(
  session: Session,
  files: readonly string[],
  options: OpenOptions,
): Promise<TraceFile[]> {
  const opened = files.map((name, number): TraceFile =>
    isTrace(name)
      ? { path: name, name, made: false }
      : { path: session.scratch.path(name === "-" ? "stdin" : name, number), name, made: true },
  );
  const missing = opened.filter(({ made }) => made);
  await importAll(
    session,
    missing.map(({ path, name }) => ({ path: name, output: path })),
    options,
    // A trace that lives for one command is not worth packing.
    { level: 0 },
  );
  return opened;
}

/** Does work on opened traces; errors name files as the user did. */
export async function renamed<T>(opened: readonly TraceFile[], work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const found = opened.find(({ path }) => error instanceof TraplineError && path === error.place.file);
    throw found === undefined ? error : relocated(error, found.path, found.name);
  }
}

/** An error about a file, as one about the file that the user knows. */
function relocated(error: unknown, from: string, to: string): unknown {
  if (!(error instanceof TraplineError) || error.place.file !== from) return error;
  return new TraplineError(error.code, error.message, { ...error.place, file: to }, error.remedy);
}

interface ImportJob {
  readonly path: string;
  readonly output: string;
}

/** An import whose trace is not yet where it belongs. */
interface UnfinishedTask extends ImportTask {
  readonly final: string;
}

/** Imports recordings, one per thread, and gives their results in order. A trace is there as soon as it is whole. */
export async function importAll(
  session: Session,
  jobs: readonly ImportJob[],
  { threads, progress, onError }: OpenOptions,
  writer: ImportTask["options"] = {},
): Promise<ImportDone[]> {
  const bar = createProgress(jobs.length === 1 ? `importing ${jobs[0].path}` : "importing", progress);
  const tasks = jobs.map(({ path, output }): UnfinishedTask => ({
    path,
    output: session.scratch.beside(output),
    final: output,
    options: { ...writer, onError },
    progress: new SharedArrayBuffer(16),
  }));
  try {
    if (tasks.length === 1) return [await importHere(session, tasks[0], bar)];
    return tasks.length === 0 ? [] : await importInPool(session, tasks, threads, bar);
  } finally {
    bar.end();
  }
}

async function importHere(
  { signal, scratch }: Session,
  { path, output, final, options }: UnfinishedTask,
  bar: Progress,
): Promise<ImportDone> {
  // Loaded here: most runs read traces.
  const { importTrace } = await import("../import/import.js");
  try {
    const result = await unlessStopped(signal, importTrace(path, output, options, bar.update));
    scratch.keep(output, final);
    return result;
  } catch (error) {
    throw relocated(error, output, final);
  }
}

async function importInPool(
  { signal, scratch }: Session,
  tasks: readonly UnfinishedTask[],
  threads: number,
  bar: Progress,
): Promise<ImportDone[]> {
  const width = Math.min(threads, tasks.length);
  const pool = await poolExecutor<ImportTask, ImportAnswer>("import", "runImportTask", width, signal);
  const executor: Executor<UnfinishedTask, ImportAnswer> = {
    ...pool,
    async run({ final, ...task }) {
      const answer = await pool.run(task);
      if (answer.done) scratch.keep(task.output, final);
      return answer;
    },
  };
  const timer = setInterval(() => {
    const sums = tasks.map(({ progress }) => new Float64Array(progress));
    bar.update(
      sums.reduce((sum, [read]) => sum + read, 0),
      sums.every(([, size]) => size > 0) ? sums.reduce((sum, [, size]) => sum + size, 0) : undefined,
    );
  }, 100);
  const results: ImportDone[] = [];
  try {
    for await (const { task, answer } of inOrder(executor, tasks)) {
      if (!answer.done) throw relocated(errorFromRecord(answer.error), task.output, task.final);
      results.push(answer.result);
    }
    return results;
  } finally {
    clearInterval(timer);
    await executor.close();
  }
}
