import * as fc from "fast-check";
import { TraplineError } from "#src/errors.js";
import type { Counts } from "#src/prices/cost.js";
import { byAction, type PriceValues } from "#src/prices/profile.js";

/** The one error that an attempt gives. */
export function refusal(attempt: () => unknown): TraplineError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Prices for sums by hand; what is not named is 0. */
export const at = (prices: Partial<PriceValues>): PriceValues => byAction((action) => prices[action] ?? 0);

const count = fc.integer({ min: 0, max: 1_000_000 });

export const counts: fc.Arbitrary<Counts> = fc.record({
  fastTraps: count,
  fullTraps: count,
  saves: count,
  restores: count,
  trapRegisterUpdates: count,
  dirtyChecks: count,
  keySwitches: count,
  keySaves: count,
  mteSwitches: count,
  fpSaves: count,
  fpRestores: count,
});

const price = fc.double({ min: 0, max: 1e6, noNaN: true });

export const prices: fc.Arbitrary<PriceValues> = fc.record(byAction(() => price));

export const nesting = fc.constantFrom("none" as const, "l2" as const, "l2-nv2" as const);
