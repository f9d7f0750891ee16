import type { Group } from "../policies/policy.js";
import type { Nesting, PriceValues } from "../prices/profile.js";
import { clopperPearson, type Interval } from "./binomial.js";
import { percentiles } from "./bootstrap.js";
import { weigh, type Weights } from "./group-weights.js";
import { measures } from "./window-sums.js";
import type { GroupSample, SampledGroup, Sampling } from "./sampling.js";

/** 95 % intervals of what a row says, as far as chance in the recording goes. Prices are the likely ones. */
export interface RateIntervals {
  /**
   * `bootstrap`: over blocks of consecutive windows. `clopper-pearson`: no window trapped, or all did, so that there
   * is nothing to resample; windows are taken for independent. `both`: fewer than ten did or did not, and the
   * interval holds both.
   */
  readonly method: "bootstrap" | "clopper-pearson" | "both" | "recordings";
  /** Windows in a block, of the vCPU where it is longest; 0 of recordings. */
  readonly blockWindows: number;
  readonly writeShare: Interval | null;
  readonly trapsPerGuestSecond: Interval | null;
  readonly difference: Interval;
  readonly perGuestSecond: Interval | null;
}

/** Fewer windows say too little of how windows vary. */
const leastWindows = 10;

/** With fewer windows that trap than this, or that do not, resampling them is not to be trusted alone. */
const fewWindows = 10;

/** What is known of a row beside its sample. */
export interface RowFigures {
  readonly policy: string;
  /** Null for the policy as a whole. */
  readonly group: string | null;
  readonly difference: number;
  readonly guestSeconds: number | null;
  readonly isTracked: boolean;
}

/** Null where the sample says nothing of the row: there is none, or it has too few windows. */
export function rateIntervals(
  sampling: Sampling,
  row: RowFigures,
  pauth: boolean,
  values: PriceValues,
  nesting: Nesting,
): RateIntervals | null {
  const own = sampling.groups.filter(({ policy }) => policy === row.policy);
  const weightsOf = (group: Group): Weights => weigh(group, pauth, values, nesting);
  if (row.group !== null) {
    const found = own.find(({ group }) => group.name === row.group);
    if (found === undefined || found.own.windows < leastWindows) return null;
    return groupIntervals(found, row, weightsOf(found.group));
  }
  const windows = own.reduce((most, { whole }) => Math.max(most, whole.windows), 0);
  if (windows < leastWindows) return null;
  return wholeIntervals(own, row, weightsOf);
}

/** Bounds and resamples of one row. */
interface Parts {
  readonly method: RateIntervals["method"];
  readonly blockWindows: number;
  /** Traps and by how much the cost is another, by resample; and the same as exact bounds, where these are asked. */
  readonly traps: Float64Array;
  readonly change: Float64Array;
  readonly exact: { readonly traps: Interval; readonly change: Interval } | undefined;
  /** Windows for the share of those that trap; undefined where there is no such share. */
  readonly shareOf: number | undefined;
  /** Time in the guest by resample, in proportion to what it was. */
  readonly time: Float64Array;
}

function groupIntervals(sampled: SampledGroup, row: RowFigures, weights: Weights): RateIntervals {
  return intervalsOf(groupParts(sampled, row, weights), row);
}

function groupParts(sampled: SampledGroup, row: RowFigures, weights: Weights): Parts {
  const { own } = sampled;
  const { windows, trapped, sums, blockWindows } = own;
  const rare = Math.min(trapped, windows - trapped);
  const isExact = rare === 0 && own.draws.traps === undefined;
  // Per window that trapped: one, where the first trap opens the group.
  const perTrapped = trapped === 0 ? 1 : sums.traps / trapped;
  // What one more window that traps adds, by the rules of the group.
  const { save, restore } = sampled.group;
  const perWindow =
    perTrapped * weights.traps +
    (save === "dirty" || save === "open" ? sampled.savedRegisters * weights.saves : 0) +
    (restore === "open" ? sampled.restoredRegisters * weights.restores : 0);
  const observed = costOf(own, weights);
  return {
    method: isExact ? "clopper-pearson" : rare < fewWindows ? "both" : "bootstrap",
    blockWindows,
    traps: own.draws.traps ?? repeat(sums.traps, own),
    change: costDraws(own, weights)?.map((cost) => cost - observed) ?? repeat(0, own),
    exact: rare < fewWindows ? exactBounds(trapped, windows, perTrapped, perWindow) : undefined,
    shareOf: row.isTracked ? windows : undefined,
    time: timeOf(own),
  };
}

function exactBounds(
  trapped: number,
  windows: number,
  perTrapped: number,
  perWindow: number,
): Parts["exact"] {
  const bounds = scale(clopperPearson(trapped, windows), windows);
  return { traps: scale(bounds, perTrapped), change: scale(shift(bounds, -trapped), perWindow) };
}

/** Groups are resampled together, so that what they have in common is in the sum. */
function wholeIntervals(
  own: readonly SampledGroup[],
  row: RowFigures,
  weightsOf: (group: Group) => Weights,
): RateIntervals {
  // Each in the windows of all.
  const parts = own.map((each) =>
    groupParts({ ...each, own: each.whole }, { ...row, isTracked: false }, weightsOf(each.group)),
  );
  const [first] = parts;
  const isVaried = parts.some(({ method }) => method !== "clopper-pearson");
  const sum = (of: (part: Parts) => Float64Array): Float64Array =>
    of(first).map((_, at) => parts.reduce((total, part) => total + of(part)[at], 0));
  // Where nothing trapped, or all did, in any group: as if the worst happened in all of them at once.
  const worst = (of: (exact: NonNullable<Parts["exact"]>) => Interval): Interval =>
    parts.reduce<Interval>(
      ([low, high], { exact }) => {
        const [from, to] = exact === undefined ? [0, 0] : of(exact);
        return [low + from, high + to];
      },
      [0, 0],
    );
  const whole: Parts = {
    method: isVaried ? "bootstrap" : "clopper-pearson",
    blockWindows: first.blockWindows,
    traps: sum(({ traps }) => traps),
    change: sum(({ change }) => change),
    exact: isVaried
      ? undefined
      : { traps: worst(({ traps }) => traps), change: worst(({ change }) => change) },
    shareOf: undefined,
    time: first.time,
  };
  return intervalsOf(whole, row);
}

function intervalsOf(parts: Parts, { difference, guestSeconds: seconds }: RowFigures): RateIntervals {
  const { method, blockWindows, traps, change, exact, shareOf, time } = parts;
  const hold = (values: Float64Array, bounds: Interval | undefined): Interval =>
    bounds === undefined ? percentiles(values) : hull(percentiles(values), bounds);
  const perSecond = (values: Float64Array, bounds: Interval | undefined): Interval | null =>
    seconds === null
      ? null
      : hold(
          values.map((value, at) => value / (seconds * time[at])),
          bounds && scale(bounds, 1 / seconds),
        );
  const costs = change.map((more) => difference + more);
  const costBounds = exact && shift(exact.change, difference);
  return {
    method,
    blockWindows,
    writeShare: shareOf === undefined ? null : atMostOne(scale(hold(traps, exact?.traps), 1 / shareOf)),
    trapsPerGuestSecond: perSecond(traps, exact?.traps),
    difference: hold(costs, costBounds),
    perGuestSecond: perSecond(costs, costBounds),
  };
}

/** As many as there are resamples. */
const repeat = (value: number, sample: GroupSample): Float64Array =>
  new Float64Array(timeOf(sample).length).fill(value);

function timeOf({ guestTime, guestTimeDraws, resamples }: GroupSample): Float64Array {
  return guestTimeDraws?.map((time) => time / guestTime) ?? new Float64Array(resamples).fill(1);
}

/** Undefined where nothing varies. */
function costDraws({ sums, draws }: GroupSample, weights: Weights): Float64Array | undefined {
  const some = measures.map((measure) => draws[measure]).find((each) => each !== undefined);
  return some?.map((_, at) =>
    measures.reduce((cost, measure) => cost + weights[measure] * (draws[measure]?.[at] ?? sums[measure]), 0),
  );
}

const costOf = ({ sums }: GroupSample, weights: Weights): number =>
  measures.reduce((cost, measure) => cost + weights[measure] * sums[measure], 0);

const shift = ([low, high]: Interval, by: number): Interval => [low + by, high + by];
const hull = (a: Interval, b: Interval): Interval => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
const atMostOne = ([low, high]: Interval): Interval => [Math.min(1, low), Math.min(1, high)];

/** By a factor that is not below 0. */
const scale = ([low, high]: Interval, by: number): Interval => [low * by, high * by];
