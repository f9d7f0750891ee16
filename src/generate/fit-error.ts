import { TraplineError, formatError } from "../errors.js";
import { builtinPolicies } from "../policies/registry.js";
import type { PolicyDefinition } from "../policies/policy.js";
import { nameOrder, registerName } from "../registers/lookup.js";
import type { ConfigChoice } from "../replay/config.js";
import { makePlan } from "../replay/make-plan.js";
import { replayPlan } from "../replay/replay.js";
import { sumTotals } from "../replay/result.js";
import { exitReason, reasonName } from "../trace/exits.js";
import { Kind } from "../trace/kinds.js";
import { openTrace } from "../trace/reader.js";
import { measureGuest, type ExitCounts, type GuestCounts, type PhaseCounts } from "./measure.js";
import { meanTime } from "./times.js";

/** A figure of the recording beside that of the generated trace. */
export interface FitFigure {
  readonly figure: string;
  readonly recorded: number;
  readonly generated: number;
  /** (generated - recorded) / recorded; null where nothing was recorded and something generated. */
  readonly error: number | null;
}

/** Of one register, by windows with a write, rounds of such windows, writes, and shares of values. */
export interface FitRegister {
  readonly register: string;
  readonly figures: readonly FitFigure[];
}

/** What a policy counts on both, all registers together. */
export interface FitPolicy {
  readonly policy: string;
  readonly figures: readonly FitFigure[];
}

export interface FitError {
  /** How many windows were generated for each recorded one: recorded counts are multiplied by it. */
  readonly scale: number;
  readonly figures: readonly FitFigure[];
  readonly registers: readonly FitRegister[];
  readonly policies: readonly FitPolicy[];
  /** Policies that one of the two cannot answer, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

export interface FitOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
}

/**
 * How far a generated trace is from the recording that it was fitted to: figures of both counted in the same way,
 * and what every built-in policy counts on both. Throws as the reader of traces.
 */
export async function fitError(recorded: string, generated: string, options: FitOptions): Promise<FitError> {
  const [before, after] = [recorded, generated].map(totalsOf);
  const windows = ({ figures }: GuestFigures): number => figures.get("windows") ?? 0;
  const scale = windows(before) === 0 ? 1 : windows(after) / windows(before);
  const compare = (a: Figures, b: Figures): FitFigure[] =>
    [...new Set([...a.keys(), ...b.keys()])].map((name) =>
      // A mean and a share do not grow with the trace.
      compared(name, a.get(name) ?? 0, b.get(name) ?? 0, isRate(name) ? 1 : scale),
    );
  const registers = [...new Set([...before.registers.keys(), ...after.registers.keys()])]
    .toSorted(nameOrder)
    .map((register): FitRegister => ({
      register,
      figures: compare(
        before.registers.get(register) ?? new Map(),
        after.registers.get(register) ?? new Map(),
      ),
    }));
  const figures = compare(before.figures, after.figures);
  return { scale, figures, registers, ...(await comparedPolicies(recorded, generated, scale, options)) };
}

type Figures = ReadonlyMap<string, number>;

interface GuestFigures {
  /** By their names, in the order in which they are shown. */
  readonly figures: Figures;
  readonly registers: ReadonlyMap<string, Figures>;
}

const isRate = (name: string): boolean => name.startsWith("mean ") || name.startsWith("share ");

const compared = (figure: string, recorded: number, generated: number, scale: number): FitFigure => {
  const expected = recorded * scale;
  const error = expected === generated ? 0 : expected === 0 ? null : (generated - expected) / expected;
  return { figure, recorded: expected, generated, error };
};

function totalsOf(path: string): GuestFigures {
  const trace = openTrace(path);
  try {
    return figuresOf(measureGuest(trace, 1), trace.header.clock.unit);
  } finally {
    trace.close();
  }
}

function figuresOf({ vcpus, loads, migrations }: GuestCounts, unit: string): GuestFigures {
  const phases = vcpus.flat();
  const sum = (of: (phase: PhaseCounts) => number): number =>
    phases.reduce((total, phase) => total + of(phase), 0);
  const runs = sum((phase) => [...phase.runs].reduce((total, [count, times]) => total + count * times, 0));
  const windows = sum((phase) => phase.windows);
  const count = (of: (phase: PhaseCounts) => ExitCounts): number =>
    sum((phase) => [...of(phase).values()].reduce((total, each) => total + each.count, 0));
  const mean = (of: (phase: PhaseCounts) => PhaseCounts["guest"]): number => {
    const parts = phases.flatMap((phase) => of(phase).times().parts);
    return meanTime({ parts });
  };
  const figures = new Map<string, number>([
    ["vCPUs", vcpus.length],
    ["windows", windows],
    ["runs", runs],
    ["runs without an entry", sum((phase) => phase.emptyRuns)],
    ["full exits", count((phase) => phase.lastExits) + count((phase) => phase.innerExits)],
    ["fast exits", count((phase) => phase.fastExits)],
    ["share of loads on another pCPU", loads === 0 ? 0 : migrations / loads],
    [`mean ${unit} from entry to exit`, mean((phase) => phase.guest)],
    [`mean ${unit} from full exit to entry`, mean((phase) => phase.between)],
    [`mean ${unit} from load to run and run to put`, mean((phase) => phase.edges)],
    [`mean ${unit} from put to load`, mean((phase) => phase.out)],
  ]);
  const add = (name: string, more: number): void => void figures.set(name, (figures.get(name) ?? 0) + more);
  for (const phase of phases) {
    for (const exits of [phase.lastExits, phase.innerExits, phase.fastExits]) {
      for (const { exit, count: times } of exits.values()) {
        const [lo, hi] = exit.value ?? [0, 0];
        add(`exits ${reasonName(exitReason(exit.value !== undefined, lo, hi))}`, times);
      }
    }
  }
  return { figures, registers: registersOf(phases) };
}

function registersOf(phases: readonly PhaseCounts[]): Map<string, Figures> {
  const sums = new Map<
    string,
    { windows: number; rounds: number; writes: number; valued: number; repeated: number; known: number }
  >();
  for (const { accesses } of phases) {
    for (const { kind, encoding, windows, bursts, times, values } of accesses.values()) {
      if (kind !== Kind.guestWrite) continue;
      const name = registerName(encoding);
      const sum = sums.get(name) ?? { windows: 0, rounds: 0, writes: 0, valued: 0, repeated: 0, known: 0 };
      sum.windows += windows;
      sum.rounds += bursts;
      sum.writes += times;
      sum.valued += values.writes;
      sum.repeated += values.repeated;
      sum.known += values.known;
      sums.set(name, sum);
    }
  }
  return new Map(
    [...sums].map(([name, { windows, rounds, writes, valued, repeated, known }]) => [
      name,
      new Map([
        ["windows", windows],
        ["rounds", rounds],
        ["writes", writes],
        ["share repeated", valued === 0 ? 0 : repeated / valued],
        ["share known", valued === 0 ? 0 : known / valued],
      ]),
    ]),
  );
}

async function comparedPolicies(
  recorded: string,
  generated: string,
  scale: number,
  options: FitOptions,
): Promise<Pick<FitError, "policies" | "refused">> {
  const policies: FitPolicy[] = [];
  const refused: { readonly what: string; readonly why: string }[] = [];
  const choice = choiceOf(recorded);
  for (const policy of builtinPolicies) {
    try {
      const before = await totals(recorded, policy, choice, options);
      const after = await totals(generated, policy, choice, options);
      const figures = (["traps", "saves", "elided", "restores"] as const).map((name) =>
        compared(name, before[name], after[name], scale),
      );
      policies.push({ policy: policy.name, figures });
    } catch (error) {
      if (!(error instanceof TraplineError) || error.code !== "unsupported") throw error;
      refused.push({ what: policy.name, why: formatError(error) });
    }
  }
  return { policies, refused };
}

/** As recorded; a recording that does not show what its kernel switched, as the newest known would. */
function choiceOf(path: string): ConfigChoice {
  const trace = openTrace(path);
  trace.close();
  const { mode, recorded, capabilities } = trace.header;
  return {
    ...(mode === "none" ? { mode: "vhe" } : {}),
    ...(capabilities.switches && recorded.guestSave.length > 0 ? {} : { kernel: newestKernel }),
  };
}

const newestKernel = "6.18";

async function totals(
  path: string,
  policy: PolicyDefinition,
  choice: ConfigChoice,
  { threads, signal }: FitOptions,
): Promise<ReturnType<typeof sumTotals>> {
  const plan = makePlan([path], { policies: [policy], choice });
  const stop = signal === undefined ? {} : { signal };
  for await (const counts of replayPlan(plan, { threads, ...stop })) {
    return sumTotals(counts.policies[0].rows);
  }
  throw new RangeError("a plan of one trace has one result");
}
