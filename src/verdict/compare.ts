import { TraplineError } from "../errors.js";
import type { Interval } from "./binomial.js";
import type { ComparableRow, VerdictFile } from "./verdict-file.js";

/** What is compared: rates, which do not grow with the length of a recording. */
const rates = ["writeShare", "trapsPerGuestSecond", "perGuestSecond"] as const;
export type Rate = (typeof rates)[number];

interface RateValue {
  readonly value: number;
  readonly interval: Interval;
}

/** A rate of two recordings. Fields that a rate does not depend on, or that the results do not share, are null. */
export interface RateComparison {
  readonly trace: string | null;
  readonly mode: string | null;
  readonly kernel: string | null;
  readonly nesting: string | null;
  readonly profile: string | null;
  readonly unit: string | null;
  readonly policy: string;
  readonly group: string | null;
  readonly rate: Rate;
  readonly a: RateValue;
  readonly b: RateValue;
  /** B less A, and its interval of 95 %. */
  readonly difference: number;
  readonly interval: Interval;
  /** Whether the interval leaves out 0. */
  readonly differ: boolean;
}

/** What `trapline diff --json` prints for two verdicts. */
export interface VerdictDiff {
  readonly schema: "trapline.verdict-diff/1";
  readonly a: NamedVerdictInfo;
  readonly b: NamedVerdictInfo;
  /** Whether any rate differs. */
  readonly differ: boolean;
  readonly comparisons: readonly RateComparison[];
  /** Rows without a partner in the other result. */
  readonly unpaired: { readonly a: number; readonly b: number };
  readonly notes: readonly string[];
}

interface NamedVerdictInfo {
  readonly file: string;
  readonly tool: string;
  readonly traces: readonly string[];
  /** What of its traces was not recorded but modelled; absent for recordings. */
  readonly modelled?: string;
}

export interface NamedVerdict {
  readonly file: string;
  readonly verdict: VerdictFile;
}

/**
 * The rates of two verdicts side by side. Two results of one trace each are compared whatever the traces are called;
 * of one mode and kernel each, whatever these are. Throws `usage` where no rate has an interval in both.
 */
export function compareVerdicts(a: NamedVerdict, b: NamedVerdict): VerdictDiff {
  const all = [a, b].map(({ verdict }) => rowsOf(verdict));
  const single = (of: (row: ComparableRow) => string): boolean =>
    all.every((rows) => new Set(rows.filter(({ trace }) => trace !== null).map(of)).size <= 1);
  const shared: Shared = {
    trace: !single(({ trace }) => trace ?? ""),
    config: !single(({ mode, kernel }) => JSON.stringify([mode, kernel])),
  };
  const [first, second] = all.map(
    (rows) => new Map(rows.map((row) => [JSON.stringify(scopeOf(row, shared)), row])),
  );
  const comparisons = new Map<string, RateComparison>();
  for (const [key, row] of first) {
    const other = second.get(key);
    if (other === undefined) continue;
    for (const rate of rates) {
      const compared = compareRate(row, other, rate, shared);
      if (compared === undefined) continue;
      // A rate that prices do not change comes in the rows of each.
      const { trace, mode, kernel, nesting, profile, unit, policy, group } = compared;
      const scope = [rate, trace, mode, kernel, nesting, profile, unit, policy, group];
      comparisons.set(JSON.stringify(scope), compared);
    }
  }
  if (comparisons.size === 0) {
    throw new TraplineError(
      "usage",
      "the verdicts have no rate in common that has an interval",
      { file: b.file },
      "Make both with the same policies and prices, and with --resamples above 0",
    );
  }
  const list = [...comparisons.values()];
  return {
    schema: "trapline.verdict-diff/1",
    a: infoOf(a),
    b: infoOf(b),
    differ: list.some(({ differ }) => differ),
    comparisons: list,
    unpaired: { a: without(first, second), b: without(second, first) },
    notes: [
      "The interval of a difference is made of those of the two rates (G. Y. Zou and A. Donner, 2008), as of recordings that have nothing to do with each other; what the verdicts' notes say of their intervals holds for it.",
      `Each comparison is at 95 % by itself: of twenty rates that are the same, one is said to differ. These are ${list.length}.`,
    ],
  };
}

/** Rows of single recordings, and those of all together, whose trace is null. */
const rowsOf = ({ rows, pooled }: VerdictFile): ComparableRow[] => [
  ...rows,
  ...pooled.map((row) => ({ ...row, trace: null })),
];

/** What tells rows apart in these results. */
interface Shared {
  readonly trace: boolean;
  readonly config: boolean;
}

type Scope = Pick<
  RateComparison,
  "trace" | "mode" | "kernel" | "nesting" | "profile" | "unit" | "policy" | "group"
> & { readonly isPooled: boolean };

const scopeOf = (row: ComparableRow, shared: Shared): Scope => ({
  isPooled: row.trace === null,
  trace: shared.trace ? row.trace : null,
  mode: shared.config ? row.mode : null,
  kernel: shared.config ? row.kernel : null,
  nesting: row.nesting,
  profile: row.profile,
  unit: row.unit,
  policy: row.policy,
  group: row.group,
});

function compareRate(
  a: ComparableRow,
  b: ComparableRow,
  rate: Rate,
  shared: Shared,
): RateComparison | undefined {
  const [before, after] = [a, b].map((row) => valueOf(row, rate));
  if (before === undefined || after === undefined) return undefined;
  const { isPooled, ...scope } = scopeOf(a, shared);
  const interval = differenceInterval(before, after);
  return {
    ...scope,
    trace: isPooled ? "(together)" : scope.trace,
    // Prices say nothing of how often a window traps, and of the traps per second only how long a second is.
    ...(rate === "perGuestSecond" ? {} : { nesting: null, unit: null }),
    ...(rate === "writeShare" ? { profile: null } : {}),
    rate,
    a: before,
    b: after,
    difference: after.value - before.value,
    interval,
    differ: interval[0] > 0 || interval[1] < 0,
  };
}

function valueOf(row: ComparableRow, rate: Rate): RateValue | undefined {
  const value = row[rate];
  const interval = row.interval?.[rate] ?? null;
  return value === null || interval === null ? undefined : { value, interval };
}

/**
 * The interval of the difference of two independent rates from those of each: "MOVER" (G. Y. Zou and A. Donner,
 * Statistics in Medicine 27, 2008), which for two shares is the method of R. G. Newcombe (1998).
 */
export function differenceInterval(a: RateValue, b: RateValue): Interval {
  const difference = b.value - a.value;
  const below = ({ value, interval }: RateValue): number => Math.max(0, value - interval[0]);
  const above = ({ value, interval }: RateValue): number => Math.max(0, interval[1] - value);
  return [difference - Math.hypot(below(b), above(a)), difference + Math.hypot(above(b), below(a))];
}

function infoOf({ file, verdict: { tool, rows } }: NamedVerdict): NamedVerdictInfo {
  const models = new Set(rows.flatMap(({ modelled }) => (modelled === undefined ? [] : [modelled])));
  return {
    file,
    tool,
    traces: [...new Set(rows.map(({ trace }) => trace))],
    ...(models.size === 0 ? {} : { modelled: [...models].join("; ") }),
  };
}

const without = (from: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): number =>
  [...from.keys()].filter((key) => !other.has(key)).length;
