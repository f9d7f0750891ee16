import { TraplineError } from "../errors.js";
import { actions, priceValues, type Action, type PriceValues, type Profile } from "../prices/profile.js";
import { uniform } from "../prices/random.js";
import { drawPrices } from "../prices/range.js";

/** A price that is varied: its values, and where they are a range of equal steps, its ends. */
export interface Axis {
  readonly action: Action;
  readonly values: readonly number[];
  readonly range?: readonly [from: number, to: number];
}

/** Prices that take the place of a profile's. */
export type PricePoint = Readonly<Partial<Record<Action, number>>>;

/** As large a grid as its rows still fit in memory. */
const maxPoints = 100_000;

/** Far above any price, as for a profile's. */
const maxPrice = 1e12;

/**
 * Reads `ACTION=v1,v2,...` or `ACTION=from..to/steps`, both ends among the steps. Prices are in the profile's unit.
 * Throws `usage`.
 */
export function parseAxis(text: string): Axis {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const refuse = (why: string): TraplineError =>
    new TraplineError("usage", `--set ${text}: ${why}`, {}, "Say ACTION=v1,v2,... or ACTION=from..to/steps");
  const action = actions.find((each) => each === name);
  if (action === undefined) throw refuse(`prices are of ${actions.join(", ")}`);
  if (at < 0) throw refuse("the values are missing");
  const given = text.slice(at + 1);
  const price = (word: string): number => {
    const value = /^\s*(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i.test(word) ? Number(word) : NaN;
    if (!(value >= 0 && value <= maxPrice)) throw refuse(`"${word}" is no price from 0 to ${maxPrice}`);
    return value;
  };
  const parts = /^(.+)\.\.(.+)\/(\d+)$/.exec(given);
  if (parts === null) return { action, values: given.split(",").map(price) };
  const [from, to] = [price(parts[1]), price(parts[2])];
  const steps = Number(parts[3]);
  if (steps < 2 || steps > maxPoints) throw refuse(`a range has 2 to ${maxPoints} steps`);
  if (!(from < to)) throw refuse("a range goes up");
  // The last one is said, not reached by sums that round.
  const values = Array.from({ length: steps }, (_, step) =>
    step === steps - 1 ? to : from + (step * (to - from)) / (steps - 1),
  );
  return { action, values, range: [from, to] };
}

/** Every combination of the values; the last axis varies fastest. Without axes, one point: the profile as it is. */
export function gridPoints(axes: readonly Axis[]): PricePoint[] {
  checkAxes(axes);
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > maxPoints) {
    throw new TraplineError(
      "usage",
      `the grid has ${count} points, and more than ${maxPoints} are not swept`,
      {},
      "Take fewer steps, or --random N of its points",
    );
  }
  return axes.reduce<PricePoint[]>(
    (points, { action, values }) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [action]: value }))),
    [{}],
  );
}

/**
 * Points at random: evenly over an axis that is a range, one of the values of one that is a list; without axes
 * every price from its range in the profile, as the draws of a verdict are. The same for the same seed.
 */
export function randomPoints(
  axes: readonly Axis[],
  profile: Profile,
  count: number,
  seed: number,
): PricePoint[] {
  checkAxes(axes);
  if (!Number.isInteger(count) || count < 1 || count > maxPoints) {
    throw new TraplineError("usage", `--random takes a whole number from 1 to ${maxPoints}`);
  }
  if (axes.length === 0) return [...drawPrices(profile, seed, count).values];
  const random = uniform(seed);
  const pick = ({ values, range }: Axis): number => {
    const u = random();
    return range === undefined ? values[Math.floor(u * values.length)] : range[0] + u * (range[1] - range[0]);
  };
  return Array.from({ length: count }, () =>
    Object.fromEntries(axes.map((axis) => [axis.action, pick(axis)])),
  );
}

/** A point's prices in full. */
export const pricesAt = (profile: Profile, point: PricePoint): PriceValues => ({
  ...priceValues(profile),
  ...point,
});

function checkAxes(axes: readonly Axis[]): void {
  const twice = axes.find(({ action }, at) => axes.findIndex((axis) => axis.action === action) < at);
  if (twice !== undefined) throw new TraplineError("usage", `--set varies ${twice.action} twice`);
}
