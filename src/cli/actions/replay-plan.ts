import { TraplineError, formatError } from "../../errors.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import { assign, type ConfigChoice } from "../../replay/config.js";
import type { Missing } from "../../replay/missing.js";
import { missingOf } from "../../replay/missing.js";
import { makePlan } from "../../replay/make-plan.js";
import type { Plan } from "../../replay/plan.js";
import { isTrace } from "../../replay/trace-file.js";
import { isUrl } from "../../trace/copies.js";
import { openTrace } from "../../trace/reader.js";
import {
  choiceOf,
  filesOf,
  openingOf,
  pricedPolicies,
  readsOf,
  shardsOf,
  type ConfigArgs,
  type CostArgs,
  type EngineArgs,
  type ExitsArgs,
  type PolicyArgs,
  type ResultArgs,
  type ShardArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import type { BatchArgs } from "../batch.js";
import { checkOutput } from "../output.js";
import { openTraces, renamed, type OpenOptions } from "../open.js";
import type { TraceFile } from "../trace-file.js";
import type { Refusal } from "../refusals.js";
import type { Session } from "../session.js";
import { fetchUrls, shownName } from "../urls.js";

export interface ReplayArgs
  extends
    ResultArgs,
    TraceArgs,
    WorkArgs,
    ConfigArgs,
    PolicyArgs,
    CostArgs,
    ShardArgs,
    ExitsArgs,
    BatchArgs,
    EngineArgs {
  readonly shard: string | undefined;
  readonly plan: string | undefined;
  readonly interval: string | undefined;
  readonly verify: boolean;
  readonly whatIf: string | undefined;
}

/** What is to be replayed. */
export interface Planned {
  readonly plan: Plan;
  readonly opened: readonly TraceFile[];
  /** All inputs as the user named them, and by trace of the plan its number among them. */
  readonly names: readonly string[];
  readonly inputOf: readonly number[];
  /** Inputs that are not in the plan, with `--keep-going`. */
  readonly missing: readonly Missing[];
  /** Policies that are not in the plan because a trace cannot answer them. */
  readonly refused: readonly Refusal[];
  /** What no output may take the place of. */
  readonly reads: readonly string[];
}

/**
 * A plan of the files, policies and configuration that the command line names.
 * @param onNames - Called as soon as it is known what the files are
 */
export async function planHere(
  session: Session,
  args: ReplayArgs,
  limits: { readonly memory?: number },
  onNames: (names: readonly string[]) => void,
): Promise<Planned> {
  const choice = choiceOf(args);
  const policies = await pricedPolicies(args);
  const shards = shardsOf(args);
  if (args.onCorrupt !== undefined && args.onCorrupt !== "fail" && args.shard !== undefined) {
    throw new TraplineError(
      "usage",
      "--shard works on traces as they are, and --on-corrupt makes others of them",
    );
  }
  const opening = { ...(await openingOf(args)), fromWindows: countsWindows(args, policies) };
  const named = await filesOf(args, { urls: true });
  const files = named.map(shownName);
  const missing: Missing[] = [];
  // Where other traces are made of them, all of each is read here.
  const areWhole =
    args.exits !== undefined || args.uses !== undefined || (args.onCorrupt ?? "fail") !== "fail";
  const onLost = (path: string, error: TraplineError): void =>
    void missing.push(missingOf(shownName(path), error));
  const fetched = areWhole ? [] : await fetchUrls(session, named, args.keepGoing ? onLost : undefined);
  const given = named.filter(
    (path) => areWhole || !isUrl(path) || fetched.some((each) => each.path === path),
  );
  const reads = readsOf(files, opening, args);
  checkOutput(args.output, reads);
  if (args.shard !== undefined && args.exits !== undefined) {
    throw new TraplineError("usage", "--shard works on traces, and --exits makes others of them");
  }
  const elsewhere = args.shard !== undefined ? "--shard" : args.engine === "bullmq" ? "--engine bullmq" : "";
  if (elsewhere !== "" && files.some((file) => !isTrace(file))) {
    const remedy = "Make traces of the recordings with `trapline import` first";
    throw new TraplineError("usage", `${elsewhere} works on traces`, {}, remedy);
  }
  onNames(files);
  const opened = args.keepGoing
    ? await openEach(session, given, opening, missing)
    : await openTraces(session, given, opening);
  opened.forEach(({ path, name, made }, at) => {
    opened[at] = { path, name: shownName(name), made };
  });
  const nameOf = (path: string): string => opened.find((each) => each.path === path)?.name ?? path;
  const onMissing = args.keepGoing
    ? {
        onMissing: ({ path, error }: { readonly path: string; readonly error: TraplineError }): void => {
          missing.push(missingOf(nameOf(path), error));
        },
      }
    : {};
  const paths = opened.map(({ path }) => path);
  // All may be missing, and then there is nothing to plan.
  const options = { choice, ...shards, ...limits, ...onMissing };
  const planOf = (own: readonly PolicyDefinition[]): Promise<Plan> =>
    renamed(opened, () => makePlan(paths, { policies: own, ...options }));
  const planned = (plan: Plan, refused: readonly Refusal[]): Planned => {
    const inputOf = plan.traces.map(({ path }) => files.indexOf(nameOf(path)));
    return { plan, opened, names: files, inputOf, missing, refused, reads };
  };
  try {
    return planned(await planOf(policies), []);
  } catch (error) {
    // Parts that are to be joined later all have the same policies.
    if (args.shard !== undefined || !isUnsupported(error)) throw error;
    const { answered, refused } = await answerable(paths, policies, options.choice, opened);
    if (answered.length === 0) throw error;
    return planned(await planOf(answered), refused);
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

/** Opens files one by one: one that cannot be opened does not keep the others from it. */
async function openEach(
  session: Session,
  files: readonly string[],
  opening: OpenOptions,
  missing: Missing[],
): Promise<TraceFile[]> {
  const opened: TraceFile[] = [];
  for (const [number, file] of files.entries()) {
    try {
      opened.push(...(await openTraces(session, [file], opening, perFile * number)));
    } catch (error) {
      if (!(error instanceof TraplineError) || error.code === "interrupted" || session.signal.aborted)
        throw error;
      missing.push(missingOf(shownName(file), error));
    }
  }
  return opened;
}

/** Files that are made in the scratch folder of one that is opened, and more. */
const perFile = 8;

/** A plan that was made before: what it says is not to be said again. */
export async function planFrom(session: Session, file: string, args: ReplayArgs): Promise<Planned> {
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
  const fetched = await fetchUrls(
    session,
    plan.traces.map(({ path }) => path),
  );
  const names = plan.traces.map(({ path }) => shownName(path));
  const reads = [file, ...names];
  checkOutput(args.output, reads);
  return { plan, opened: fetched, names, inputOf: names.map((_, at) => at), missing: [], refused: [], reads };
}

/** What counts depend on beside the plan, by option, for the journal. */
export const settingsOf = ({
  shard,
  exits,
  uses,
  seed,
  onError,
  onCorrupt,
}: ReplayArgs): Record<string, string> => ({
  "--shard": shard ?? "none",
  "--exits": exits ?? "none",
  "--uses": uses ?? "none",
  "--seed": String(seed),
  "--on-error": onError,
  "--on-corrupt": onCorrupt ?? "fail",
});
