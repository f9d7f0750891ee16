/** What the actions of a hypervisor's switch code cost: the form of a price and of a profile of prices. */

/** Whose switch code is priced: a host's own, or that of a guest hypervisor with a guest (L2) of its own. */
export const nestings = ["none", "l2", "l2-nv2"] as const;
export type Nesting = (typeof nestings)[number];

export const units = ["cycles", "instructions", "ns"] as const;
export type Unit = (typeof units)[number];

/** What has a price. A register saved is an `mrs` and a `store`; a register restored a `load` and an `msr`. */
export const actions = [
  "fastTrap",
  "fullTrap",
  "mrs",
  "msr",
  "store",
  "load",
  "trapRegisterUpdate",
  "dirtyCheck",
  "keySwitch",
  "mteSwitch",
  "fpSave",
  "fpRestore",
  "nestedTrap",
  "nestedTrapNv2",
  "hypervisorAccess",
  "hypervisorAccessNv2",
] as const;
export type Action = (typeof actions)[number];

/** One line on each action, for tables and for whoever writes a profile. */
export const actionMeanings: Readonly<Record<Action, string>> = {
  fastTrap:
    "trap handled in the hypervisor's fast path: exception, handler, ERET; without the update of the trap register",
  fullTrap: "trap that goes out to the host's run loop and comes back in",
  mrs: "read of a guest's EL1 register",
  msr: "write of a guest's EL1 register",
  store: "store of one register into the context in memory",
  load: "load of one register from the context in memory",
  trapRegisterUpdate: "read, change and write of HFGWTR_EL2",
  dirtyCheck: "test of a dirty bit and a branch, per tracked group and window",
  keySwitch:
    "switching the pointer authentication keys, extra per guest exit and entry of a guest with PAuth",
  mteSwitch: "switching the MTE registers, extra per guest exit and entry of a guest with MTE",
  fpSave: "saving V0 to V31, FPSR and FPCR",
  fpRestore: "restoring V0 to V31, FPSR and FPCR",
  nestedTrap:
    "trap of an L2 guest, forwarded to the guest hypervisor and back without NV2, as a multiple of fullTrap",
  nestedTrapNv2: "the same with NV2, as a multiple of fullTrap",
  hypervisorAccess:
    "access of a guest hypervisor to a system register of its guest without NV2: a trap to L0",
  hypervisorAccessNv2: "the same with NV2: a load or a store",
};

/** Actions whose price is a multiple of another's and has no unit. */
export const factorActions: readonly Action[] = ["nestedTrap", "nestedTrapNv2"];

/** Whether all three figures of a price are published or recorded measurements, or were reasoned from others. */
export type Basis = "measured" | "assumed";

/** Three points: the least and the greatest that the sources allow, and the likeliest between them. */
export interface Points {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

export interface Price extends Points {
  /** The profile's unit; `times` for a factor. */
  readonly unit: Unit | "times";
  readonly basis: Basis;
  /** What the figures were measured on; not always the profile's own hardware. */
  readonly hardware: string;
  readonly source: string;
  readonly note?: string;
  /** As the file says it, where that is another unit than the profile's. */
  readonly given?: Points & { readonly unit: Unit };
}

export interface Clock {
  readonly ghz: number;
  readonly basis: Basis;
  readonly source: string;
}

export interface Profile {
  readonly name: string;
  readonly summary: string;
  /** Of every price but the factors; what the file gives in another is converted when it is read. */
  readonly unit: Unit;
  /** What the prices describe. `none` prices a host, from which nested ones can be derived (see `terms.ts`). */
  readonly nesting: Nesting;
  readonly hardware: string;
  readonly clock?: Clock;
  readonly prices: Readonly<Record<Action, Price>>;
}

/** One price per action: a point of the price range. */
export type PriceValues = Readonly<Record<Action, number>>;

/** A record with a value for each action, asked for in their order. */
export function byAction<T>(value: (action: Action) => T): Record<Action, T> {
  return {
    fastTrap: value("fastTrap"),
    fullTrap: value("fullTrap"),
    mrs: value("mrs"),
    msr: value("msr"),
    store: value("store"),
    load: value("load"),
    trapRegisterUpdate: value("trapRegisterUpdate"),
    dirtyCheck: value("dirtyCheck"),
    keySwitch: value("keySwitch"),
    mteSwitch: value("mteSwitch"),
    fpSave: value("fpSave"),
    fpRestore: value("fpRestore"),
    nestedTrap: value("nestedTrap"),
    nestedTrapNv2: value("nestedTrapNv2"),
    hypervisorAccess: value("hypervisorAccess"),
    hypervisorAccessNv2: value("hypervisorAccessNv2"),
  };
}

export function priceValues(profile: Profile, at: keyof Points = "likely"): PriceValues {
  return byAction((action) => profile.prices[action][at]);
}
