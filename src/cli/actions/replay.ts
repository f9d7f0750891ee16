import { TraplineError, formatError } from "../../errors.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import { assign, type ConfigChoice } from "../../replay/config.js";
import type { TraceCounts } from "../../replay/merge.js";
import { makePlan, type Plan } from "../../replay/plan.js";
import { replayPlan } from "../../replay/replay.js";
import { makeResult } from "../../replay/result.js";
import { isTrace } from "../../replay/trace-file.js";
import { openTrace } from "../../trace/reader.js";
import { tool } from "../../version.js";
import {
  choiceOf,
  filesOf,
  openingOf,
  policiesOf,
  pricesOfCost,
  readsOf,
  shardsOf,
  workOf,
  type ConfigArgs,
  type CostArgs,
  type ExitsArgs,
  type PolicyArgs,
  type ResultArgs,
  type ShardArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { checkOutput, emit, tell } from "../output.js";
import { createProgress, type Progress } from "../progress.js";
import type { Refusal } from "../refusals.js";
import { checkFormat, emitResult } from "../result.js";
import { openTraces, renamed, type TraceFile } from "../open.js";
import type { Session } from "../session.js";

export interface ReplayArgs
  extends ResultArgs, TraceArgs, WorkArgs, ConfigArgs, PolicyArgs, CostArgs, ShardArgs, ExitsArgs {
  readonly shard: string | undefined;
  readonly plan: string | undefined;
  readonly interval: string | undefined;
  readonly verify: boolean;
  readonly whatIf: string | undefined;
}

/** With `--verify` returns the exit status. */
export async function replay(session: Session, args: ReplayArgs): Promise<number | undefined> {
  if (args.verify) return (await import("./replay-verify.js")).replayVerify(session, args);
  if (args.whatIf !== undefined) throw new TraplineError("usage", "--what-if goes with --verify");
  const work = workOf(args);
  checkFormat(args);
  const slice = args.shard === undefined ? undefined : sliceNumbers(args.shard);
  const intervals = await intervalsOf(args);
  const { plan, opened, refused } =
    args.plan === undefined ? await planHere(session, args) : await planFrom(args.plan, args);
  await renamed(opened, async () => {
    const bar = createProgress("replaying", work.progress);
    const options = { threads: work.threads, signal: session.signal, onProgress: bar.update };
    try {
      if (slice !== undefined) {
        const { runPart } = await import("../../replay/part.js");
        const part = await runPart(plan, ...slice, options);
        bar.end();
        emit(part, args.output);
        return;
      }
      if (intervals !== undefined) {
        await intervals(plan, opened, bar, session.signal);
        for (const { what, why } of refused) tell(`trapline: not answered: ${what}: ${why}`);
        return;
      }
      const counts: TraceCounts[] = [];
      for await (const each of replayPlan(plan, options)) {
        const name = opened.find(({ path }) => path === each.path)?.name ?? each.path;
        counts.push({ ...each, path: name });
      }
      bar.end();
      const result = makeResult(counts, tool, args.by === "vcpu");
      emitResult(refused.length === 0 ? result : { ...result, refused }, args);
      // A table of counts has no place for it.
      if (!args.json && args.format === "csv") {
        for (const { what, why } of refused) tell(`trapline: not answered: ${what}: ${why}`);
      }
    } finally {
      bar.end();
    }
  });
  return undefined;
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

interface Planned {
  readonly plan: Plan;
  readonly opened: readonly TraceFile[];
  /** Policies that are not in the plan because a trace cannot answer them. */
  readonly refused: readonly Refusal[];
}

/** A plan of the files, policies and configuration that the command line names. */
async function planHere(session: Session, args: ReplayArgs): Promise<Planned> {
  const policies = await policiesOf(args.policy, () => pricesOfCost(args.cost));
  const shards = shardsOf(args);
  const corrupt = args.onCorrupt !== undefined && args.onCorrupt !== "fail";
  if (corrupt && args.shard !== undefined) {
    throw new TraplineError(
      "usage",
      "--shard works on traces as they are, and --on-corrupt makes others of them",
    );
  }
  const opening = { ...(await openingOf(args)), fromWindows: countsWindows(args, policies) };
  const files = await filesOf(args);
  checkOutput(args.output, readsOf(files, opening));
  if (args.shard !== undefined && args.exits !== undefined) {
    throw new TraplineError("usage", "--shard works on traces, and --exits makes others of them");
  }
  if (args.shard !== undefined && files.some((file) => !isTrace(file))) {
    const remedy = "Make traces of the recordings with `trapline import` first";
    throw new TraplineError("usage", "--shard works on traces", {}, remedy);
  }
  const opened = await openTraces(session, files, opening);
  const paths = opened.map(({ path }) => path);
  const options = { choice: choiceOf(args), ...shards };
  const plan = (own: readonly PolicyDefinition[]): Promise<Plan> =>
    renamed(opened, () => makePlan(paths, { policies: own, ...options }));
  try {
    return { plan: await plan(policies), opened, refused: [] };
  } catch (error) {
    // Parts that are to be joined later all have the same policies.
    if (args.shard !== undefined || !isUnsupported(error)) throw error;
    const { answered, refused } = await answerable(paths, policies, options.choice, opened);
    if (answered.length === 0) throw error;
    return { plan: await plan(answered), opened, refused };
  }
}

const isUnsupported = (error: unknown): error is TraplineError =>
  error instanceof TraplineError && error.code === "unsupported";

/** The policies that every trace can answer, and why the others cannot be. */
async function answerable(
  paths: readonly string[],
  policies: readonly PolicyDefinition[],
  choice: ConfigChoice,
  opened: readonly TraceFile[],
): Promise<{ readonly answered: readonly PolicyDefinition[]; readonly refused: readonly Refusal[] }> {
  const answered: PolicyDefinition[] = [];
  const refused: Refusal[] = [];
  for (const policy of policies) {
    try {
      await renamed(opened, () => {
        for (const path of paths) checkAnswers(path, policy, choice);
      });
      answered.push(policy);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      refused.push({ what: policy.name, why: formatError(error) });
    }
  }
  return { answered, refused };
}

function checkAnswers(path: string, policy: PolicyDefinition, choice: ConfigChoice): void {
  const trace = openTrace(path);
  trace.close();
  assign(trace.header, [policy], choice, path);
}

/** Whether windows are all that is read. */
const countsWindows = (
  { interval, exits, uses }: ReplayArgs,
  policies: readonly PolicyDefinition[],
): boolean =>
  interval === undefined &&
  exits === undefined &&
  uses === undefined &&
  policies.every(({ oracle }) => oracle === undefined);

/** A plan that was made before: what it says is not to be said again. */
async function planFrom(file: string, args: ReplayArgs): Promise<Planned> {
  const given = [
    ["a trace", args.trace.length > 0],
    ["--manifest", args.manifest !== undefined],
    ["--policy", args.policy !== undefined],
    ["--cost", args.cost !== undefined],
    ["--mode", args.mode !== undefined],
    ["--kernel", args.kernel !== "recorded"],
    ["--features", args.features !== undefined],
    ["--exits", args.exits !== undefined],
    ["--on-corrupt", args.onCorrupt !== undefined && args.onCorrupt !== "fail"],
    ["--shard-windows", args.shardWindows !== undefined],
  ] as const;
  const [twice] = given.find(([, is]) => is) ?? [];
  if (twice !== undefined) {
    throw new TraplineError(
      "usage",
      `${twice} is in the plan already`,
      {},
      "Leave it out, or make another plan",
    );
  }
  // What checks files of plans and parts is loaded only where one is named.
  const { readPlan } = await import("../../replay/plan-file.js");
  const plan = readPlan(file);
  checkOutput(args.output, [file, ...plan.traces.map(({ path }) => path)]);
  return { plan, opened: [], refused: [] };
}

function sliceNumbers(text: string): [number, number] {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count || !Number.isSafeInteger(count)) {
    throw new TraplineError("usage", `--shard takes i/n with i from 1 to n, not "${text}"`);
  }
  return [index, count];
}
