import { TraplineError } from "../errors.js";
import { defaultCost, defaultPolicies } from "../policies/defaults.js";
import type { OraclePrices, PolicyDefinition } from "../policies/policy.js";
import { builtinPolicy } from "../policies/registry.js";
import type { ConfigChoice } from "../replay/config.js";
import { expandInputs, once, type InputOptions } from "../replay/inputs.js";
import { givenName } from "./arguments.js";
import { defaultThreads } from "../replay/pool.js";
import type { OpenOptions } from "./open.js";
import { tell } from "./output.js";

/** Options as yargs gives them, by the groups in which `options.ts` declares them. */

export interface OutputArgs {
  readonly output: string | undefined;
}

export interface JsonArgs extends OutputArgs {
  readonly json: boolean;
}

export interface ResultArgs extends JsonArgs {
  readonly format: "text" | "json" | "csv" | "markdown";
  readonly by: "vcpu" | undefined;
  readonly registers: "changed" | "all";
}

export interface TraceArgs {
  readonly trace: readonly string[];
  readonly manifest: string | undefined;
}

export interface WorkArgs {
  readonly threads: number | undefined;
  readonly progress: boolean;
  readonly onError: "fail" | "skip";
  /** What is done about a damaged trace, by commands that read traces. */
  readonly onCorrupt?: "fail" | "stop" | "skip";
}

export interface ConfigArgs {
  readonly mode: "vhe" | "nvhe" | undefined;
  readonly kernel: string;
  readonly features: string | undefined;
}

/** Configurations as lists: every mode with every kernel. */
export interface ConfigsArgs {
  readonly mode: readonly string[] | undefined;
  readonly kernel: readonly string[];
  readonly features: string | undefined;
}

export interface PolicyArgs {
  readonly policy: readonly string[] | undefined;
}

/** What an oracle pays, where one is among the policies. */
export interface CostArgs {
  readonly cost: string | undefined;
}

export interface ExitsArgs {
  readonly exits: string | undefined;
  readonly uses: string | undefined;
  readonly seed: number;
}

/** Where the work is done. */
export interface EngineArgs {
  readonly engine: "local" | "bullmq";
  readonly redis: string | undefined;
  readonly run: string | undefined;
  readonly expire: number | undefined;
}

export interface ShardArgs {
  readonly shardWindows: number | undefined;
}

export function choiceOf(args: ConfigArgs): ConfigChoice {
  checkFeatures(args.features, [args.kernel]);
  return {
    ...(args.mode === undefined ? {} : { mode: args.mode }),
    kernel: args.kernel,
    ...(args.features === undefined ? {} : { features: commas([args.features]) }),
  };
}

export function choicesOf({ mode, kernel, features }: ConfigsArgs): ConfigChoice[] {
  const modes = mode === undefined ? [undefined] : commas(mode).map(modeOf);
  const kernels = commas(kernel);
  checkFeatures(features, kernels);
  return modes.flatMap((each) =>
    kernels.map((version) => ({
      kernel: version,
      ...(each === undefined ? {} : { mode: each }),
      ...(features === undefined || version === recordedKernel ? {} : { features: commas([features]) }),
    })),
  );
}

const recordedKernel = "recorded";

/** What a recorded kernel switched is known: a list of features beside it would change nothing but the heading. */
function checkFeatures(features: string | undefined, kernels: readonly string[]): void {
  if (features === undefined || kernels.some((kernel) => kernel !== recordedKernel)) return;
  throw new TraplineError(
    "usage",
    "--features goes with --kernel: without one the registers hold that the recording itself shows to be switched",
    {},
    "Name a kernel with --kernel (6.8, 6.12 or 6.18), or leave --features out",
  );
}

export const choiceText = ({ mode, kernel }: ConfigChoice): string =>
  `mode ${mode ?? "as recorded"}, kernel ${kernel ?? "recorded"}`;

function modeOf(text: string): "vhe" | "nvhe" {
  if (text === "vhe" || text === "nvhe") return text;
  throw new TraplineError("usage", `--mode takes vhe and nvhe, not "${text}"`);
}

/** What reads files is loaded only where a file is named: most runs name none. */
export async function policiesOf(
  given: readonly string[] | undefined,
  oraclePrices?: () => Promise<OraclePrices>,
): Promise<PolicyDefinition[]> {
  const names = given === undefined ? defaultPolicies : commas(given);
  if (names.length === 0) throw new TraplineError("usage", "--policy names no policy");
  const policies: PolicyDefinition[] = [];
  for (const name of names) {
    policies.push(await policyOf(name, oraclePrices));
  }
  const twice = policies.find(({ name }, at) => policies.findIndex((each) => each.name === name) < at);
  if (twice !== undefined) throw new TraplineError("usage", `there are two policies "${twice.name}"`);
  return policies;
}

/** The one policy that an option, or a command, takes. */
export async function onePolicyOf(given: string, taker: string): Promise<PolicyDefinition> {
  const [policy, ...others] = await policiesOf([given]);
  if (others.length === 0) return policy;
  throw new TraplineError("usage", `${taker} takes one policy, and here are ${others.length + 1}`);
}

/** What is asked of policies against eager has no answer for eager alone. */
export function checkBesideEager(policies: readonly PolicyDefinition[]): void {
  if (policies.some(({ name }) => name !== "eager")) return;
  throw new TraplineError(
    "usage",
    "there is no policy beside eager, which the others are compared with",
    {},
    "Name one with -p, such as dirty-pie",
  );
}

/** Policies of which some may be oracles, at the prices of `--cost`. */
export async function pricedPolicies({ policy, cost }: PolicyArgs & CostArgs): Promise<PolicyDefinition[]> {
  const policies = await policiesOf(policy, () => pricesOfCost(cost));
  if (cost !== undefined && policies.every(({ oracle }) => oracle === undefined)) {
    throw new TraplineError("usage", "--cost goes with an oracle among the policies");
  }
  return policies;
}

async function policyOf(name: string, oraclePrices?: () => Promise<OraclePrices>): Promise<PolicyDefinition> {
  const builtin = builtinPolicy(name);
  if (builtin !== undefined) return builtin;
  const { isOracleName, oracleDefinition } = await import("../policies/oracle.js");
  if (!isOracleName(name) || oraclePrices === undefined) {
    return (await import("../policies/find.js")).findPolicy(name);
  }
  const of = name.slice("oracle:".length);
  return of === ""
    ? oracleDefinition(await oraclePrices())
    : oracleDefinition(await oraclePrices(), await policyOf(of, oraclePrices));
}

/** The prices of a profile, at its own nesting, for the oracles of a replay. */
async function pricesOfCost(cost: string | undefined): Promise<OraclePrices> {
  const { loadProfile } = await import("../prices/load.js");
  const { nestingFor } = await import("../prices/terms.js");
  const { oraclePrices } = await import("../verdict/oracle-prices.js");
  const profile = loadProfile(cost ?? defaultCost);
  return oraclePrices(profile, nestingFor(profile, profile.nesting));
}

export async function filesOf(args: TraceArgs, options: InputOptions = {}): Promise<string[]> {
  const { manifest, trace } = args;
  const verb = options.want === "recordings" ? "import" : "read";
  const asked: InputOptions = {
    onPassedOver(folder, names) {
      const which = `${names.slice(0, shownNames).join(", ")}${names.length > shownNames ? ", ..." : ""}`;
      const [files, them] = names.length === 1 ? ["file", "it"] : ["files", "them"];
      tell(
        `trapline: ${folder}: ${names.length} ${files} passed over: ${which}; name ${them} to ${verb} ${them}`,
      );
    },
    ...options,
  };
  const files = once([
    ...expandInputs(trace.map(givenName), asked),
    ...(manifest === undefined ? [] : await listedFiles(manifest, asked)),
  ]);
  if (files.length > 0) return files;
  throw new TraplineError(
    "usage",
    "no trace is given",
    {},
    "Name files, folders or patterns, or --manifest FILE",
  );
}

/** Of files that are passed over. */
const shownNames = 5;

async function listedFiles(manifest: string, options: InputOptions): Promise<string[]> {
  const { checkInside, readManifest } = await import("../replay/manifest.js");
  // A pattern could lead out of the manifest's folder, as a link can.
  const files = expandInputs(readManifest(manifest), { ...options, patterns: false });
  checkInside(manifest, files);
  return files;
}

export function workOf(args: WorkArgs): OpenOptions {
  const { threads = defaultThreads(), progress, onError, onCorrupt } = args;
  positiveInteger(threads, "--threads");
  return { threads, progress, onError, ...(onCorrupt === undefined ? {} : { onCorrupt }) };
}

/** How traces are opened: with the exits and the uses of a model, where one is named. */
export async function openingOf(args: WorkArgs & ExitsArgs): Promise<OpenOptions> {
  const { exits, uses, seed } = args;
  return {
    ...workOf(args),
    ...(exits === undefined
      ? {}
      : { exits: (await import("../modelled/registry.js")).exitModel(exits, seed) }),
    ...(uses === undefined ? {} : { uses: (await import("../modelled/uses.js")).useModel(uses) }),
  };
}

/** Everything that is read where files are opened so, and what options name: what no output may take the place of. */
export const readsOf = (
  files: readonly string[],
  { exits }: Pick<OpenOptions, "exits"> = {},
  named: NamedFiles = {},
): string[] => [...files, ...(exits?.other === undefined ? [] : [exits.other]), ...namedFiles(named)];

/** Options that may name files beside the traces. */
interface NamedFiles {
  readonly policy?: string | readonly string[] | undefined;
  readonly cost?: string | readonly string[] | undefined;
  readonly manifest?: string | undefined;
}

function namedFiles({ policy = [], cost = [], manifest }: NamedFiles): string[] {
  const policies = commas([policy].flat()).map((name) => name.replace(/^(?:oracle:)+/, ""));
  return [
    ...policies.filter((name) => /\.(?:json|ya?ml)$/i.test(name)),
    ...commas([cost].flat()).filter((name) => /\.json$/i.test(name)),
    ...(manifest === undefined ? [] : [manifest]),
  ];
}

/** Refuses options that would change nothing beside another. */
export function refuseBeside(
  option: string,
  others: readonly (readonly [name: string, isGiven: boolean])[],
): void {
  const [other] = others.find(([, isGiven]) => isGiven) ?? [];
  if (other !== undefined) throw new TraplineError("usage", `${option} and ${other} do not go together`);
}

/** The shard size as `makePlan` takes it. */
export function shardsOf({ shardWindows }: ShardArgs): { readonly shardWindows?: number } {
  return shardWindows === undefined ? {} : { shardWindows: positiveInteger(shardWindows, "--shard-windows") };
}

export function positiveInteger(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TraplineError("usage", `${name} takes a whole number from 1`);
}

/** Lists may be given with commas, repeated, or both. */
export const commas = (list: readonly string[]): string[] =>
  list
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "");
