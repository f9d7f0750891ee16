/** Where a policy that traps costs as much as eager: the trap price, the write rate, the size of a group. */

import { TraplineError } from "../errors.js";
import { cost, countDifference, type Counts } from "./cost.js";
import type { Nesting, PriceValues } from "./profile.js";
import { unitCost } from "./terms.js";

/**
 * When a policy costs less than its baseline, as one quantity varies from 0 up and the rest stays: `below` or
 * `above` a value, at which both cost the same; `always`; `never`; `equal` where both always cost the same.
 */
export type BreakEven =
  | { readonly pays: "below" | "above"; readonly value: number }
  | { readonly pays: "always" | "never" | "equal" };

export interface TrapPriceOptions {
  readonly nesting?: Nesting;
  readonly trap?: "fastTraps" | "fullTraps";
}

/**
 * The cost of one trap at which policy and baseline cost the same. With d the difference in counts, t its traps
 * of the kind asked for, and R the cost of all the rest of d: cost(p) = R + t p, so p = -R / t.
 * The policy pays below p where it traps more than the baseline (t > 0) and saves elsewhere (R < 0); with
 * t > 0 and R >= 0 never; with t = 0 as R says; with t < 0, where the policy avoids traps, above p.
 * The trap's price is the whole one, under nesting that of the forwarded trap; the update of the trap
 * register and the key switching that come with the trap are in R, at their prices.
 */
export function breakEvenTrapPrice(
  policy: Counts,
  baseline: Counts,
  values: PriceValues,
  { nesting = "none", trap = "fastTraps" }: TrapPriceOptions = {},
): BreakEven {
  const difference = countDifference(policy, baseline);
  const traps = difference[trap];
  const rest = finite(cost({ ...difference, [trap]: 0 }, values, nesting), "the cost");
  return linearBreakEven(rest, finite(traps, "the count of traps"));
}

/** What one group does in a window, beyond its traps. A window is a span from restore to save of one context. */
export interface GroupShape {
  /** Registers that one save point saves; at least 1. */
  readonly registers: number;
  /** Where the trap is handled; `fast` unless it says otherwise. */
  readonly path?: "fast" | "full";
  /** Restores per register that a window without a trap elides; one with a trap has them later, or in the trap. */
  readonly restoresElided?: number;
  /** Whether the one register is the vector registers, which have prices of their own. */
  readonly isVectors?: boolean;
  /** Saves of the host's context per register and window that the policy elides, written or not: 1 on nVHE. */
  readonly hostSavesElided?: number;
  /** Tests of a dirty bit per window; 1 unless it says otherwise, 2 where the host's context is tested too. */
  readonly dirtyChecks?: number;
  /** Updates of the trap register per trap; 1 (the group is opened) unless it says otherwise. */
  readonly openUpdates?: number;
  /** Updates of the trap register per window that eager does not make; 0 unless it says otherwise. */
  readonly armUpdates?: number;
  /** Guests with PAuth, with MTE: 1 where a trap switches keys, MTE registers; 0 unless it says otherwise. */
  readonly keySwitches?: number;
  readonly mteSwitches?: number;
}

/**
 * The share of windows with a write to the group at which first-write trapping costs as much as eager; times
 * windows per second it is a rate. With w that share, k registers, s the cost of a save, v of that and of a restore
 * where it is elided too, T of a trap with all that comes with it, h host saves elided, F the cost per window of
 * checks and arming: policy - eager = w T + F - (1 - w) k v - h k s, so w = (k v + h k s - F) / (T + k v).
 * `always` where w is above 1: the trap pays even if each window traps.
 */
export function breakEvenWriteRate(
  shape: GroupShape,
  values: PriceValues,
  nesting: Nesting = "none",
): BreakEven {
  const { trap, fixed, unwritten, host } = groupCosts(shape, values, nesting);
  const result = linearBreakEven(
    fixed - shape.registers * (unwritten + host),
    trap + shape.registers * unwritten,
  );
  return "value" in result && result.value > 1 ? { pays: "always" } : result;
}

/**
 * Where a group's trap costs as much as eager, as a line over both the share of windows that write and the price of a
 * trap: at share w the trap may cost `gain / w - rest`, and less pays. In the terms of `breakEvenWriteRate`, with u
 * what comes with each trap beside its own price: gain = k v + h k s - F, rest = u + k v.
 */
export interface BreakEvenCurve {
  readonly gain: number;
  readonly rest: number;
}

export function breakEvenCurve(
  shape: GroupShape,
  values: PriceValues,
  nesting: Nesting = "none",
): BreakEvenCurve {
  const { trap, fixed, unwritten, host } = groupCosts(shape, values, nesting);
  const own = unitCost(shape.path === "full" ? "fullTraps" : "fastTraps", values, nesting);
  return {
    gain: shape.registers * (unwritten + host) - fixed,
    rest: trap - own + shape.registers * unwritten,
  };
}

/** How many registers a group needs for its trap to pay. */
export type GroupSize =
  /** `registers` is the least whole number at which the policy costs no more than eager; `exact` the root. */
  | { readonly pays: "from"; readonly registers: number; readonly exact: number }
  | { readonly pays: "always" | "never" | "equal" };

/**
 * How many registers a group must hold for its trap to pay, all written and saved together, when `writeShare`
 * of its windows write it: k = (w T + F) / ((1 - w) v + h s), in the terms of `breakEvenWriteRate`.
 * `never` where no save is elided or a save is free; `always` where trap, checks and arming are free.
 */
export function breakEvenGroupSize(
  shape: Omit<GroupShape, "registers">,
  writeShare: number,
  values: PriceValues,
  nesting: Nesting = "none",
): GroupSize {
  if (!(writeShare >= 0 && writeShare <= 1)) throw refusal("the share of windows is not between 0 and 1");
  const { trap, fixed, unwritten, host } = groupCosts({ ...shape, registers: 1 }, values, nesting);
  const spent = writeShare * trap + fixed;
  const won = (1 - writeShare) * unwritten + host;
  if (won === 0) return { pays: spent === 0 ? "equal" : "never" };
  if (spent === 0) return { pays: "always" };
  const exact = spent / won;
  // No group has 2^53 registers: what only such a one repays is never repaid.
  if (!(exact <= Number.MAX_SAFE_INTEGER)) return { pays: "never" };
  // The division may round a whole number up by a last digit, which is no further register.
  return { pays: "from", registers: Math.max(1, Math.ceil(exact * (1 - 1e-12))), exact };
}

interface GroupCosts {
  readonly trap: number;
  readonly fixed: number;
  /** Per register: what a window without a trap elides, and what each window elides of the host's. */
  readonly unwritten: number;
  readonly host: number;
}

function groupCosts(shape: GroupShape, values: PriceValues, nesting: Nesting): GroupCosts {
  const { path = "fast", hostSavesElided = 0, dirtyChecks = 1, openUpdates = 1, armUpdates = 0 } = shape;
  const { registers, keySwitches = 0, mteSwitches = 0, restoresElided = 0, isVectors = false } = shape;
  const given = [
    registers,
    restoresElided,
    hostSavesElided,
    dirtyChecks,
    openUpdates,
    armUpdates,
    keySwitches,
    mteSwitches,
  ];
  if (!(registers >= 1)) throw refusal("a group has at least one register");
  if (!given.every((each) => each >= 0 && Number.isFinite(each))) {
    throw refusal("a group's shape is not made of finite numbers from 0 up");
  }
  const price = (name: Parameters<typeof unitCost>[0]): number =>
    finite(unitCost(name, values, nesting), "a price");
  const update = price("trapRegisterUpdates");
  const trap =
    price(path === "fast" ? "fastTraps" : "fullTraps") +
    openUpdates * update +
    keySwitches * price("keySwitches") +
    mteSwitches * price("mteSwitches");
  const fixed = dirtyChecks * price("dirtyChecks") + armUpdates * update;
  const save = price(isVectors ? "fpSaves" : "saves");
  const restore = price(isVectors ? "fpRestores" : "restores");
  return { trap, fixed, unwritten: save + restoresElided * restore, host: hostSavesElided * save };
}

/** Where `rest + slope * x` crosses 0 for x from 0 up; below 0 the policy pays. */
function linearBreakEven(rest: number, slope: number): BreakEven {
  if (slope === 0) return { pays: rest < 0 ? "always" : rest > 0 ? "never" : "equal" };
  const value = -rest / slope;
  // Rising costs need something won to begin with, falling ones something lost. What overflows is as far as infinity.
  if (slope > 0) {
    if (rest >= 0) return { pays: "never" };
    return Number.isFinite(value) ? { pays: "below", value } : { pays: "always" };
  }
  if (rest <= 0) return rest < 0 ? { pays: "always" } : { pays: "above", value: 0 };
  return Number.isFinite(value) ? { pays: "above", value } : { pays: "never" };
}

function finite(value: number, what: string): number {
  if (!Number.isFinite(value)) throw refusal(`${what} is not a finite number`);
  return value;
}

const refusal = (message: string): TraplineError => new TraplineError("usage", message);
