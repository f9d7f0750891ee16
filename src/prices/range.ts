/** How sure an answer is: what becomes of a difference in cost over the whole range of the prices. */

import { TraplineError } from "../errors.js";
import { cost, type Counts } from "./cost.js";
import {
  actions,
  byAction,
  priceValues,
  type Action,
  type Nesting,
  type Points,
  type PriceValues,
  type Profile,
} from "./profile.js";
import { uniform } from "./random.js";
import { countNames, terms } from "./terms.js";

/** The least or greatest difference, and where in its range each price that matters then stands. */
export interface Corner {
  readonly value: number;
  readonly prices: Readonly<Partial<Record<Action, "low" | "high">>>;
}

export interface Corners {
  readonly least: Corner;
  readonly greatest: Corner;
  /** How many corners there are, and at how many the difference is below, at and above 0. */
  readonly corners: number;
  readonly negative: number;
  readonly zero: number;
  readonly positive: number;
}

/**
 * The difference at every combination of low and high prices. A cost is a sum of products without a repeated
 * factor, so it is linear in each price alone, and its extremes over the ranges lie at such combinations:
 * these bounds are exact. Prices that the difference does not depend on, or without a range, are left out.
 */
export function corners(difference: Counts, profile: Profile, nesting: Nesting = "none"): Corners {
  const varied = actionsOf(difference, nesting).filter(
    (action) => profile.prices[action].low < profile.prices[action].high,
  );
  const values: Record<Action, number> = { ...priceValues(profile, "low") };
  let least = { value: Infinity, corner: 0 };
  let greatest = { value: -Infinity, corner: 0 };
  let negative = 0;
  let zero = 0;
  const count = 2 ** varied.length;
  for (let corner = 0; corner < count; corner += 1) {
    for (const [at, action] of varied.entries()) {
      values[action] = profile.prices[action][(corner >>> at) & 1 ? "high" : "low"];
    }
    const value = cost(difference, values, nesting);
    if (value < least.value) least = { value, corner };
    if (value > greatest.value) greatest = { value, corner };
    if (value < 0) negative += 1;
    else if (value === 0) zero += 1;
  }
  const named = ({ value, corner }: { value: number; corner: number }): Corner => ({
    value,
    prices: Object.fromEntries(varied.map((action, at) => [action, (corner >>> at) & 1 ? "high" : "low"])),
  });
  return {
    least: named(least),
    greatest: named(greatest),
    corners: count,
    negative,
    zero,
    positive: count - negative - zero,
  };
}

/** The actions whose prices these counts depend on. */
export function actionsOf(counts: Counts, nesting: Nesting = "none"): Action[] {
  const used = new Set(
    countNames.filter((name) => counts[name] !== 0).flatMap((name) => terms[nesting][name].flat()),
  );
  return actions.filter((action) => used.has(action));
}

/** Points of the price range, drawn at random; the same for the same profile, seed and number of samples. */
export interface PriceDraws {
  readonly seed: number;
  readonly values: readonly PriceValues[];
}

const maxSamples = 1_000_000;

/**
 * Draws each price on its own from the triangular distribution of low, likely and high. One set of draws serves
 * all policies, so that they are compared at the same prices. Throws `usage` for a seed that is no 32-bit number.
 */
export function drawPrices(profile: Profile, seed: number, samples: number): PriceDraws {
  if (!Number.isInteger(samples) || samples < 1 || samples > maxSamples) {
    throw new TraplineError("usage", `the number of samples is not a whole number from 1 to ${maxSamples}`);
  }
  const random = uniform(seed);
  // A price without a range takes its draw too: whether it has one does not move the others.
  const draw = (): PriceValues => byAction((action) => triangular(profile.prices[action], random()));
  return { seed, values: Array.from({ length: samples }, draw) };
}

/** The value below which the share `u` of a triangular distribution lies (the inverse of its distribution). */
export function triangular({ low, likely, high }: Points, u: number): number {
  const width = high - low;
  if (width === 0) return low;
  const rising = likely - low;
  const value =
    u * width < rising
      ? low + Math.sqrt(u * width * rising)
      : high - Math.sqrt((1 - u) * width * (high - likely));
  return Math.min(high, Math.max(low, value));
}

export interface Quantile {
  readonly level: number;
  readonly value: number;
}

/** What a difference in cost is over draws of the prices. */
export interface Spread {
  readonly seed: number;
  readonly samples: number;
  /** The difference at the likely prices. */
  readonly likely: number;
  /** Share of the draws, from 0 to 1, at which the sign (below, at, above 0) is that at the likely prices. */
  readonly sameSign: number;
  readonly negative: number;
  readonly zero: number;
  readonly positive: number;
  /** Of the differences, by nearest rank: the least drawn one that at least this share does not exceed. */
  readonly quantiles: readonly Quantile[];
}

const quantileLevels: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];

/** The spread of a difference over draws of the same profile. Levels are shares above 0 and up to 1. */
export function spread(
  difference: Counts,
  profile: Profile,
  draws: PriceDraws,
  nesting: Nesting = "none",
  levels: readonly number[] = quantileLevels,
): Spread {
  const samples = draws.values.length;
  const found = Float64Array.from(draws.values, (values) => cost(difference, values, nesting)).toSorted();
  const likely = cost(difference, priceValues(profile), nesting);
  const share = (sign: number): number => found.filter((value) => Math.sign(value) === sign).length / samples;
  return {
    seed: draws.seed,
    samples,
    likely,
    sameSign: share(Math.sign(likely)),
    negative: share(-1),
    zero: share(0),
    positive: share(1),
    quantiles: levels.map((level) => ({ level, value: found[rank(level, samples)] })),
  };
}

function rank(level: number, samples: number): number {
  if (!(level > 0 && level <= 1))
    throw new TraplineError("usage", "a quantile's level is above 0 and up to 1");
  return Math.max(0, Math.ceil(level * samples) - 1);
}
