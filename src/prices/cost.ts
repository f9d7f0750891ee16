/** What counts cost at given prices. Cost is linear in the counts. */

import { registerByName } from "../registers/lookup.js";
import { fpsimdEncoding } from "../registers/table-fp.js";
import type { Nesting, PriceValues } from "./profile.js";
import { countNames, unitCost, type CountName } from "./terms.js";

/**
 * - `fastTraps`, `fullTraps`: traps by their path, without updates of the trap register.
 * - `saves`, `restores`: registers saved and restored.
 * - `trapRegisterUpdates`: updates of HFGWTR_EL2 that eager does not make: one for each trap that opens a
 *   group, and one for each arming where arming writes the register on its own.
 * - `dirtyChecks`: tracked groups times save points.
 * - `keySwitches`, `mteSwitches`: guest exits with entry of guests with PAuth and with MTE; each trap is one.
 * - `keySaves`: key registers of the host saved by themselves, without a switch.
 * - `fpSaves`, `fpRestores`: of the vector registers as a whole.
 */
export type Counts = Readonly<Record<CountName, number>>;

export const noCounts: Counts = {
  fastTraps: 0,
  fullTraps: 0,
  saves: 0,
  restores: 0,
  trapRegisterUpdates: 0,
  dirtyChecks: 0,
  keySwitches: 0,
  keySaves: 0,
  mteSwitches: 0,
  fpSaves: 0,
  fpRestores: 0,
};

/** Whether a register stands for the vector registers, which are switched as a whole. */
export const isVectors = (register: string): boolean => registerByName(register)?.encoding === fpsimdEncoding;

/** Saves and restores of one register; the vector registers, which no MRS reads, have prices of their own. */
export function switchCounts(register: string, saves: number, restores: number): Partial<Counts> {
  return isVectors(register) ? { fpSaves: saves, fpRestores: restores } : { saves, restores };
}

/** The sum of counts; what one leaves out is 0. */
export function addCounts(...parts: readonly Partial<Counts>[]): Counts {
  return byCount((name) => parts.reduce((sum, part) => sum + (part[name] ?? 0), 0));
}

export const scaleCounts = (counts: Counts, by: number): Counts => byCount((name) => by * counts[name]);

/** What a policy counts beyond a baseline, as eager; negative where it counts less. */
export function countDifference(policy: Counts, baseline: Counts): Counts {
  return byCount((name) => policy[name] - baseline[name]);
}

/** Cost of each kind of count, in the unit of the prices. */
export function costParts(
  counts: Counts,
  values: PriceValues,
  nesting: Nesting = "none",
): Record<CountName, number> {
  // A count of nothing costs nothing, never -0.
  return byCount((name) => (counts[name] === 0 ? 0 : counts[name] * unitCost(name, values, nesting)));
}

/** The sum over all counts of count times unit cost; of a difference, what the policy loses (wins, below 0). */
export function cost(counts: Counts, values: PriceValues, nesting: Nesting = "none"): number {
  let sum = 0;
  for (const name of countNames) {
    if (counts[name] !== 0) sum += counts[name] * unitCost(name, values, nesting);
  }
  return sum;
}

function byCount(value: (name: CountName) => number): Record<CountName, number> {
  const counts: Record<CountName, number> = { ...noCounts };
  for (const name of countNames) counts[name] = value(name);
  return counts;
}
