import { TraplineError, errorFromRecord } from "../errors.js";
import type { ImportAnswer, ImportTask } from "../import/task.js";
import type { ExitModel } from "../modelled/model.js";
import type { UseModel } from "../modelled/uses.js";
import { checkUrl } from "../replay/inputs.js";
import { inOrder, poolExecutor, type Executor } from "../replay/pool.js";
import { isTrace } from "../replay/trace-file.js";
import { createProgress, type Progress } from "./progress.js";
import { unlessStopped, type Session } from "./session.js";
import type { TraceFile } from "./trace-file.js";
import { bringUrls, shownName } from "./urls.js";

export interface OpenOptions {
  readonly threads: number;
  readonly progress: boolean;
  readonly onError: "fail" | "skip";
  /** What is done about a trace that is damaged; `fail` where it is absent. */
  readonly onCorrupt?: "fail" | "stop" | "skip";
  /** The command counts from windows alone: damage to events changes nothing of what it says. */
  readonly fromWindows?: boolean;
  /** Exits to lay over each trace. */
  readonly exits?: ExitModel;
  /** First uses to lay over each trace, exits and all. */
  readonly uses?: UseModel;
}

type ImportDone = Extract<ImportAnswer, { done: true }>["result"];

/**
 * Traces as they are; recordings are imported into the session's scratch folder first, several at a time. There too
 * exits and uses are laid over them, where that is asked for. Traces by `http(s)://` are brought there whole, but for
 * those whose heads were fetched.
 * @param firstNumber - Of the files made: for several calls of one session
 */
export async function openTraces(
  session: Session,
  files: readonly string[],
  options: OpenOptions,
  firstNumber = 0,
): Promise<TraceFile[]> {
  const { onCorrupt = "fail", fromWindows = false } = options;
  const salvage = onCorrupt === "fail" ? undefined : await import("./salvage.js");
  const jobs: ImportJob[] = [];
  const here = await bringUrls(session, files, options.progress, firstNumber);
  const opened = files.map((name, number): TraceFile => {
    const brought = here.get(name);
    if (brought !== undefined) return { path: brought, name: shownName(name), made: false };
    const isOne = isTrace(name) || (salvage !== undefined && name.endsWith(".trl"));
    const path = isOne ? name : session.scratch.path(name === "-" ? "stdin" : name, firstNumber + number);
    if (!isOne) jobs.push({ path: name, output: path });
    return { path, name, made: !isOne };
  });
  if (salvage !== undefined && onCorrupt !== "fail") {
    opened.forEach((file, number) => {
      if (!file.made)
        opened[number] = salvage.salvaged(session, file, firstNumber + number, onCorrupt, fromWindows);
    });
  }
  const { exits } = options;
  const name = exits?.other === undefined ? undefined : checkUrl(exits.other, false);
  const other =
    name === undefined || isTrace(name) ? name : session.scratch.path(name, firstNumber + opened.length);
  if (name !== undefined && other !== undefined && other !== name) jobs.push({ path: name, output: other });
  await importAll(session, jobs, options, shortLived);
  let number = firstNumber + opened.length;
  const laid = async (
    traces: readonly TraceFile[],
    lay: (file: TraceFile, path: string) => Promise<void>,
  ): Promise<TraceFile[]> => {
    const made: TraceFile[] = [];
    for (const file of traces) {
      const path = session.scratch.path(file.path, ++number);
      await lay(file, path);
      made.push({ path, name: file.name, made: true });
    }
    return made;
  };
  const { uses, progress } = options;
  const withExits =
    exits === undefined
      ? opened
      : await laid(opened, (file, path) => layExitsOver(session, file, path, exits, other, progress));
  if (uses === undefined) return withExits;
  return laid(withExits, (file, path) => layUsesOver(session, file, path, uses, progress));
}

/** A trace that lives for one command is not worth packing. */
const shortLived = { level: 0 } as const;

async function layExitsOver(
  { signal }: Session,
  { path, name }: TraceFile,
  output: string,
  exits: ExitModel,
  other: string | undefined,
  progress: boolean,
): Promise<void> {
  const { layExits } = await import("../modelled/lay.js");
  const bar = createProgress(`laying exits over ${name}`, progress);
  try {
    const where = other === undefined ? {} : { other };
    await layExits(path, output, exits, { ...shortLived, ...where, signal, onProgress: bar.update });
  } catch (error) {
    const known = relocated(error, path, name);
    throw other === undefined ? known : relocated(known, other, exits.other ?? other);
  } finally {
    bar.end();
  }
}

async function layUsesOver(
  { signal }: Session,
  { path, name }: TraceFile,
  output: string,
  uses: UseModel,
  progress: boolean,
): Promise<void> {
  const { layUses } = await import("../modelled/lay-uses.js");
  const bar = createProgress(`laying uses over ${name}`, progress);
  try {
    await layUses(path, output, uses, { ...shortLived, signal, onProgress: bar.update });
  } catch (error) {
    throw relocated(error, path, name);
  } finally {
    bar.end();
  }
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

/** As a field of a result: what is missing of traces that were damaged, where the user said to go on without it. */
export async function damagedOf(
  opened: readonly TraceFile[],
  { onCorrupt = "fail" }: Pick<OpenOptions, "onCorrupt">,
): Promise<{ readonly damaged?: readonly string[] }> {
  if (onCorrupt === "fail") return {};
  const damaged = (await import("./salvage.js")).damageOf(opened);
  return damaged.length === 0 ? {} : { damaged };
}

/** An error about a file, as one about the file that the user knows. */
export function relocated(error: unknown, from: string, to: string): unknown {
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

/** Imports recordings, several at a time if there are several, each with its share of the threads, and gives their results in order. A trace is there as soon as it is whole. */
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
    if (tasks.length === 1) return [await importHere(session, tasks[0], threads, bar)];
    return tasks.length === 0 ? [] : await importInPool(session, tasks, threads, bar);
  } finally {
    bar.end();
  }
}

async function importHere(
  { signal, scratch }: Session,
  { path, output, final, options }: UnfinishedTask,
  threads: number,
  bar: Progress,
): Promise<ImportDone> {
  // Loaded here: most runs read traces.
  const { importTrace } = await import("../import/import.js");
  try {
    const result = await unlessStopped(
      signal,
      importTrace(path, output, { ...options, threads }, bar.update),
    );
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
      // Few recordings for many threads: each gets its share of them.
      const options = { ...task.options, threads: Math.floor(threads / width) };
      const answer = await pool.run({ ...task, options });
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
