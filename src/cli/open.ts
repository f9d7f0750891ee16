import { TraplineError, errorFromRecord } from "../errors.js";
import { importTrace } from "../import/import.js";
import type { ImportAnswer, ImportTask } from "../import/task.js";
import { inOrder, poolExecutor } from "../replay/pool.js";
import { isTrace } from "../replay/trace-file.js";
import { createProgress } from "./progress.js";
import type { Session } from "./session.js";

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
    if (!(error instanceof TraplineError)) throw error;
    const name = opened.find(({ path }) => path === error.place.file)?.name;
    if (name === undefined) throw error;
    throw new TraplineError(error.code, error.message, { ...error.place, file: name }, error.remedy);
  }
}

interface ImportJob {
  readonly path: string;
  readonly output: string;
}

/** Imports recordings, one per thread, and gives their results in order. */
export async function importAll(
  { signal }: Session,
  jobs: readonly ImportJob[],
  { threads, progress, onError }: OpenOptions,
  writer: ImportTask["options"] = {},
): Promise<Extract<ImportAnswer, { done: true }>["result"][]> {
  const options = { ...writer, onError };
  const bar = createProgress(jobs.length === 1 ? `importing ${jobs[0].path}` : "importing", progress);
  const results = [];
  try {
    if (jobs.length === 1) {
      const [{ path, output }] = jobs;
      const done = await importTrace(path, output, options, (read, size) => {
        if (signal.aborted) throw new TraplineError("interrupted", "interrupted");
        bar.update(read, size);
      });
      return [done];
    }
    if (jobs.length === 0) return [];
    const executor = await poolExecutor<ImportTask, ImportAnswer>(
      "import",
      "runImportTask",
      Math.min(threads, jobs.length),
      signal,
    );
    const tasks = jobs.map((job): ImportTask => ({ ...job, options, progress: new SharedArrayBuffer(16) }));
    const timer = setInterval(() => {
      const sums = tasks.map(({ progress: each }) => new Float64Array(each));
      bar.update(
        sums.reduce((sum, [read]) => sum + read, 0),
        sums.every(([, size]) => size > 0) ? sums.reduce((sum, [, size]) => sum + size, 0) : undefined,
      );
    }, 100);
    try {
      for await (const { answer } of inOrder(executor, tasks)) {
        if (!answer.done) throw errorFromRecord(answer.error);
        results.push(answer.result);
      }
    } finally {
      clearInterval(timer);
      await executor.close();
    }
    return results;
  } finally {
    bar.end();
  }
}
