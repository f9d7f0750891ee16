/** Which prices make up the cost of one counted thing, in each configuration. */

import { TraplineError } from "../errors.js";
import { nestings, type Action, type Nesting, type PriceValues, type Profile } from "./profile.js";

/** What is counted and has a cost. Counts are per replay; a difference of two replays may be negative. */
export const countNames = [
  "fastTraps",
  "fullTraps",
  "saves",
  "restores",
  "trapRegisterUpdates",
  "dirtyChecks",
  "keySwitches",
  "keySaves",
  "mteSwitches",
  "fpSaves",
  "fpRestores",
] as const;
export type CountName = (typeof countNames)[number];

/** A sum of products of prices, no action twice in a product: what makes the exact corners exact. */
export type Term = readonly (readonly Action[])[];

const plain: Readonly<Record<CountName, Term>> = {
  fastTraps: [["fastTrap"]],
  fullTraps: [["fullTrap"]],
  saves: [["mrs"], ["store"]],
  restores: [["load"], ["msr"]],
  trapRegisterUpdates: [["trapRegisterUpdate"]],
  dirtyChecks: [["dirtyCheck"]],
  keySwitches: [["keySwitch"]],
  keySaves: [["mrs"], ["store"]],
  mteSwitches: [["mteSwitch"]],
  fpSaves: [["fpSave"]],
  fpRestores: [["fpRestore"]],
};

function forGuestHypervisor(factor: Action, access: Action): Record<CountName, Term> {
  return {
    ...plain,
    // Fast or full is the guest hypervisor's business: on the way to it and back the host is left both times.
    fastTraps: [["fullTrap", factor]],
    fullTraps: [["fullTrap", factor]],
    saves: [[access], ["store"]],
    restores: [["load"], [access]],
    trapRegisterUpdates: [[access], [access]],
  };
}

/**
 * Modelled for a guest hypervisor: its traps go to the host, to it, and back the same way; its accesses to
 * its guest's EL1 registers and to HFGWTR_EL2 trap to the host, or with NV2 go to memory. Not modelled: what
 * the host saves and traps for the guest hypervisor and for its guest by a policy of its own, stage 2 faults
 * of the host on the way, and caches gone cold. Keys, MTE and vector registers cost what they do without nesting.
 */
export const terms: Readonly<Record<Nesting, Readonly<Record<CountName, Term>>>> = {
  none: plain,
  l2: forGuestHypervisor("nestedTrap", "hypervisorAccess"),
  "l2-nv2": forGuestHypervisor("nestedTrapNv2", "hypervisorAccessNv2"),
};

/**
 * The terms that price `asked` with this profile: those of `asked` for a profile of a host, the plain ones for
 * a profile that prices a guest hypervisor already. Throws `usage` where the profile prices another nesting.
 */
export function nestingFor(profile: Profile, asked: Nesting): Nesting {
  if (profile.nesting === "none") return asked;
  if (profile.nesting === asked) return "none";
  throw new TraplineError(
    "usage",
    `the cost profile ${profile.name} has prices for nesting ${profile.nesting}, not for ${asked}`,
    {},
    `Ask for nesting ${profile.nesting}, or for a profile of a host`,
  );
}

/** The cost of one counted thing, in the unit of the prices. */
export function unitCost(name: CountName, values: PriceValues, nesting: Nesting = "none"): number {
  let sum = 0;
  for (const product of terms[nesting][name]) {
    let price = 1;
    for (const action of product) price *= values[action];
    sum += price;
  }
  return sum;
}

/** The cost of one of each. */
export function unitCosts(values: PriceValues, nesting: Nesting): Record<CountName, number> {
  const of = (name: CountName): number => unitCost(name, values, nesting);
  return {
    fastTraps: of("fastTraps"),
    fullTraps: of("fullTraps"),
    saves: of("saves"),
    restores: of("restores"),
    trapRegisterUpdates: of("trapRegisterUpdates"),
    dirtyChecks: of("dirtyChecks"),
    keySwitches: of("keySwitches"),
    keySaves: of("keySaves"),
    mteSwitches: of("mteSwitches"),
    fpSaves: of("fpSaves"),
    fpRestores: of("fpRestores"),
  };
}

/** A nesting by its name. */
export function nestingOf(text: string): Nesting {
  const found = nestings.find((each) => each === text);
  if (found !== undefined) return found;
  throw new TraplineError("usage", `--nesting takes ${nestings.join(", ")}, not "${text}"`);
}
