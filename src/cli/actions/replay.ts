import { TraplineError } from "../../errors.js";
import type { Journal } from "../../replay/journal.js";
import type { TraceCounts } from "../../replay/merge.js";
import { missingOf, type Missing } from "../../replay/missing.js";
import type { Plan } from "../../replay/plan.js";
import { isLarge, replayPlan, type ReplayOptions } from "../../replay/replay.js";
import { makeResult } from "../../replay/result.js";
import { tool } from "../../version.js";
import { refuseBeside, workOf } from "../args.js";
import { checkBatch, journalFile, journalOf, limitsOf } from "../batch.js";
import { checkEngine, engineOf } from "../engine.js";
import { checkOutput, emit, tell } from "../output.js";
import { createProgress, type Progress } from "../progress.js";
import { checkFormat, emitResult } from "../result.js";
import { renamed } from "../open.js";
import type { TraceFile } from "../trace-file.js";
import type { Session } from "../session.js";
import { planFrom, planHere, settingsOf, type Planned, type ReplayArgs } from "./replay-plan.js";

export async function replay(session: Session, args: ReplayArgs): Promise<number> {
  if (args.verify) return (await import("./replay-verify.js")).replayVerify(session, args);
  if (args.whatIf !== undefined) throw new TraplineError("usage", "--what-if goes with --verify");
  const work = workOf(args);
  checkFormat(args);
  checkBatch(args);
  checkEngine(args);
  const limits = limitsOf(args);
  const slice = args.shard === undefined ? undefined : sliceNumbers(args.shard);
  if (slice !== undefined) checkPart(args);
  const intervals = await intervalsOf(args);
  let names: readonly string[] = [];
  const counts: TraceCounts[] = [];
  const missing: Missing[] = [];
  try {
    const planned =
      args.plan === undefined
        ? await planHere(session, args, limits, (found) => (names = found))
        : await planFrom(session, args.plan, args);
    ({ names } = planned);
    missing.push(...planned.missing);
    await renamed(planned.opened, async () => {
      const { plan, opened } = planned;
      const bar = createProgress("replaying", work.progress);
      const options = { threads: work.threads, ...limits, signal: session.signal, onProgress: bar.update };
      try {
        if (intervals !== undefined) {
          await intervals(plan, opened, bar, session.signal);
          tellRefused(planned);
        } else if (slice !== undefined) await replaySlice(planned, slice, args, options);
        else await replayWhole(planned, args, options, { counts, missing });
      } finally {
        bar.end();
      }
    });
  } catch (error) {
    if (!session.signal.aborted || !(error instanceof TraplineError)) throw error;
    if (names.length === 0 || slice !== undefined || intervals !== undefined) throw error;
    const goOn = error.remedy === undefined ? "" : `. ${error.remedy}`;
    // Tables of nothing say nothing.
    if (counts.length === 0 && !args.json && args.format !== "json") {
      throw new TraplineError("interrupted", `interrupted${goOn}`);
    }
    // What was written under the name of the output before is not to make way for a part of it.
    emitResult(resultOf(names, counts, missing, args), { ...args, output: undefined });
    throw new TraplineError(
      "interrupted",
      `interrupted: ${counts.length} of ${names.length} traces are done${goOn}`,
    );
  }
  for (const { trace, reason } of missing) tell(`trapline: the result is incomplete: ${trace}: ${reason}`);
  return missing.length === 0 ? 0 : 1;
}

/** A result of what there is, in the order in which traces were named. */
function resultOf(
  names: readonly string[],
  counts: readonly TraceCounts[],
  missing: readonly Missing[],
  { by }: ReplayArgs,
): ReturnType<typeof makeResult> {
  const reasons = new Map(missing.map((each) => [each.trace, each]));
  const counted = new Set(counts.map(({ path }) => path));
  const without = names.flatMap((trace) =>
    counted.has(trace) ? [] : [reasons.get(trace) ?? { trace, reason: "interrupted" }],
  );
  return makeResult(counts, tool, by === "vcpu", without);
}

/** All traces; what is counted goes to `counts`, and with `--keep-going` what cannot be to `missing`. */
async function replayWhole(
  planned: Planned,
  args: ReplayArgs,
  options: ReplayOptions,
  { counts, missing }: { readonly counts: TraceCounts[]; readonly missing: Missing[] },
): Promise<void> {
  const { plan, opened, names } = planned;
  const nameOf = (path: string): string => opened.find((each) => each.path === path)?.name ?? path;
  await withJournal(planned, args, options, async (journal) => {
    const kept = journal === undefined ? {} : { journal };
    const onMissing = args.keepGoing
      ? {
          onMissing: ({ path, error }: { readonly path: string; readonly error: TraplineError }): void => {
            missing.push(missingOf(nameOf(path), error));
          },
        }
      : {};
    const engine = engineOf(args, journal);
    for await (const each of replayPlan(plan, { ...options, ...kept, ...onMissing, ...engine })) {
      counts.push({ ...each, path: nameOf(each.path) });
    }
    const { refused } = planned;
    const result = resultOf(names, counts, missing, args);
    emitResult(refused.length === 0 ? result : { ...result, refused }, args);
    // A table of counts has no place for it.
    if (!args.json && args.format === "csv") tellRefused(planned);
    return missing.length === 0;
  });
  return undefined;
}

function tellRefused({ refused }: Planned): void {
  for (const { what, why } of refused) tell(`trapline: not answered: ${what}: ${why}`);
}

/** One slice of a plan, as a part for `trapline merge`. */
async function replaySlice(
  planned: Planned,
  slice: readonly [number, number],
  args: ReplayArgs,
  options: ReplayOptions,
): Promise<void> {
  const { runPart } = await import("../../replay/part.js");
  await withJournal(planned, args, options, async (journal) => {
    const kept = journal === undefined ? {} : { journal };
    emit(await runPart(planned.plan, ...slice, { ...options, ...kept }), args.output);
    return true;
  });
}

/** Does work with a journal where there is to be one; `work` says whether all of it was done. */
async function withJournal(
  { plan, names, inputOf, reads }: Planned,
  args: ReplayArgs,
  { signal }: ReplayOptions,
  work: (journal: Journal | undefined) => Promise<boolean>,
): Promise<void> {
  const file = journalFile(args, names.length > 1 || isLarge(plan));
  if (file === undefined) {
    await work(undefined);
    return;
  }
  checkOutput(file, reads);
  if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
  const journal = await journalOf(file, plan, args.resume, { names, inputOf }, settingsOf(args));
  let isWhole: boolean;
  try {
    isWhole = await work(journal);
  } catch (error) {
    if (journal.isEmpty()) await journal.finish(false);
    else if (error instanceof TraplineError) throw resumable(error, file);
    throw error;
  }
  if (isWhole) await journal.finish(args.journal !== undefined);
}

/** An error that says how to go on. */
function resumable({ code, message, place, remedy }: TraplineError, file: string): TraplineError {
  const goOn = `${file} keeps what is done: --resume goes on with it`;
  return new TraplineError(code, message, place, remedy === undefined ? goOn : `${remedy}. ${goOn}`);
}

/** What counts by interval, where that is asked for: loaded only then. */
async function intervalsOf(
  args: ReplayArgs,
): Promise<
  | ((plan: Plan, opened: readonly TraceFile[], bar: Progress, signal: AbortSignal) => Promise<void>)
  | undefined
> {
  const { interval } = args;
  if (interval === undefined) return undefined;
  const { checkInterval, replayIntervals } = await import("./replay-intervals.js");
  const asked = { ...args, interval };
  checkInterval(asked);
  return (plan, opened, bar, signal) => replayIntervals(plan, opened, asked, bar, signal);
}

/** A part is one form, whatever its result will be shown as by `trapline merge`. */
function checkPart({ format, by, registers }: ReplayArgs): void {
  refuseBeside("--shard", [
    [`--format ${format}`, format === "csv" || format === "markdown"],
    ["--by", by !== undefined],
    ["--registers all", registers === "all"],
  ]);
}

function sliceNumbers(text: string): [number, number] {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count || !Number.isSafeInteger(count)) {
    throw new TraplineError("usage", `--shard takes i/n with i from 1 to n, not "${text}"`);
  }
  return [index, count];
}
