import { armPoint, guestPoints } from "../policies/group-points.js";
import { oracleGroup } from "../model/oracle-group.js";
import { vectorPrices } from "../model/oracle-prices.js";
import type { Assignment } from "../model/assignment.js";
import type { Adaptive, Group, OraclePrices } from "../policies/policy.js";

/** What a group's windows cost; all from 0 up, in one unit. */
export interface WindowPrices {
  /** A trap with the update that opens the group and the keys that it switches. */
  readonly trap: number;
  /** Saving the group once. */
  readonly save: number;
  /** Its dirty tests at one save point. */
  readonly check: number;
  /** From trapping to eager or back. */
  readonly change: number;
  /** What every window costs, whatever is chosen: restores that are always made. */
  readonly always: number;
}

/** cost <= ratio * the oracle's cost + added. An infinite ratio is no bound. */
export interface Bound {
  readonly ratio: number;
  readonly added: number;
}

/**
 * How much more an adaptive group can cost than the oracle of the same group, in one guest context, whatever the
 * guest does. With k traps in n windows before m eager ones, t the trap, e the save, c the tests, d the change, r
 * what every window costs, and u = min(c, e):
 *
 *     ratio = max of  a (t + e + c) + (n - a) c + n r    over  a e + (n - a) u + n r,        a = 0 and k - 1
 *                     k (t + e + c) + (j - k) c
 *                        + m (e + c) + 2 d + (j + m) r   over  k e + (j - k) u + (j + m) r
 *                                                              + min(m e, m u + min(t, d)),  j = k and n
 *     added = (k + 1) (t + e + c) + 2 d
 *
 * Proof sketch. Cut the run into trials that failed (n windows, a < k of them trapped) and cycles (a trial of j
 * windows, k of them trapped, and m eager windows), and compare piece by piece: if each costs at most `ratio` times
 * what the oracle pays in it, so does the sum. Whatever it chooses, the oracle pays at least e + r in a window that
 * is written and u + r in another. That settles the failed trials. In a cycle it either leaves all windows open, and pays
 * e + r in each; or some window of it is armed: then either one that is written, where it pays t more, or there is a
 * change between an open one and that one, at d. Further writes in the eager windows cost the oracle more and the
 * adaptive group nothing. Both sides are linear in a and in j, so that only the ends count. The last piece may be
 * unfinished: its cost less `ratio` times the oracle's is convex in the eager windows done, at most 0 with all of
 * them, and at most the trial's own traps and one change with none. One trap more is for what comes before the
 * first arming point. Windows have one save point each, but for the last: a trace that arms twice without a save
 * between can go beyond it.
 */
export function adaptiveBound({ traps: k, windows: n, eager: m }: Adaptive, prices: WindowPrices): Bound {
  const { trap: t, save: e, check: c, change: d, always: r } = prices;
  const u = Math.min(c, e);
  const written = t + e + c;
  const failed = [0, k - 1].map((a) => over(a * written + (n - a) * c + n * r, a * e + (n - a) * u + n * r));
  const cycles = [k, n].map((j) =>
    over(
      k * written + (j - k) * c + m * (e + c) + 2 * d + (j + m) * r,
      k * e + (j - k) * u + Math.min(m * e, m * u + Math.min(t, d)) + (j + m) * r,
    ),
  );
  return { ratio: Math.max(1, ...failed, ...cycles), added: (k + 1) * written + 2 * d };
}

/** What is paid over what has to be paid; where nothing is paid, nothing is lost. */
const over = (own: number, least: number): number => (own === 0 ? 1 : own / least);

/** The prices of a group's windows. */
export function windowPrices(
  { group, config }: { readonly group: Group; readonly config: Assignment["config"] },
  prices: OraclePrices,
  hasPauth: boolean,
): WindowPrices {
  const shape = oracleGroup(group, config);
  const { at, saved, changes } = shape;
  const vector = vectorPrices(shape, prices, hasPauth);
  const sum = (from: number): number =>
    vector.subarray(from, from + saved.length).reduce((all, price) => all + price, 0);
  const restores = vector.subarray(at.restores, changes).reduce((all, price) => all + price, 0);
  return {
    trap: vector[0],
    save: sum(at.saves),
    check: 0 - sum(at.untested),
    change: vector[changes],
    always: group.restore === "always" ? restores : 0,
  };
}

/**
 * The bound of a group in a guest context. Undefined where it is not adaptive, or is armed elsewhere than its
 * registers' class: a window of such a group may have no save point, or several.
 */
export function groupBound(
  group: Group,
  config: Assignment["config"],
  prices: OraclePrices,
  hasPauth: boolean,
): Bound | undefined {
  if (group.adaptive === undefined || armPoint(group, config) !== guestPoints(group, config)?.arm) {
    return undefined;
  }
  return adaptiveBound(group.adaptive, windowPrices({ group, config }, prices, hasPauth));
}

/**
 * The bound of a policy's groups together, over all contexts of a trace; undefined where a group has none.
 * Where the host's context is tested and saved once, that save is added for each pCPU.
 */
export function policyBound(
  groups: readonly Group[],
  { config }: Assignment,
  prices: OraclePrices,
  hasPauth: boolean,
  contexts: { readonly vcpus: number; readonly pcpus: number },
): Bound | undefined {
  let ratio = 1;
  let added = 0;
  for (const group of groups) {
    const own = groupBound(group, config, prices, hasPauth);
    if (own === undefined) return undefined;
    ratio = Math.max(ratio, own.ratio);
    added += contexts.vcpus * own.added;
    if (group.host === "dirty-once") {
      added += contexts.pcpus * windowPrices({ group, config }, prices, hasPauth).save;
    }
  }
  return groups.length === 0 ? undefined : { ratio, added };
}
