import type { SwitchConfig } from "../configs/resolve.js";
import type { Mode } from "../configs/points.js";
import type { CountName } from "../prices/terms.js";

/** Which of the guest's accesses to a group trap while the group is armed. */
type Trap =
  | "nothing"
  /** The first write; it opens the group. */
  | "first-write"
  /** The first access of any kind; it opens the group. */
  | "first-access"
  /** Every write; the hypervisor does it, and the group stays armed. */
  | "every-write"
  /** Every access; the guest gets an UNDEFINED exception. */
  | "undefined";

/** `open`: the trap lets the guest try again, now untrapped. `emulate`: EL2 does it and skips the instruction. */
type OnTrap = "open" | "emulate";

/**
 * When a save point saves a register: `always`; `dirty`: after a trap marked the group, once; `open`: as long as
 * the group is open; `never`.
 */
type Save = "always" | "dirty" | "open" | "never";

/** `foreign`: only where another context's value may be in the register. */
type Restore = "always" | "foreign" | "open" | "never";

/**
 * When a group is armed again: `arming-point` of its class in the mode at hand; at each `load`; at each `run`;
 * `after-save`; or `until-caches-on`: never again once the guest has its MMU and caches on (SCTLR_EL1.M and C).
 */
type Arm = "arming-point" | "load" | "run" | "after-save" | "until-caches-on";

/** The host context of nVHE: `eager`, or `dirty-once`: starts dirty, is saved once per pCPU, and never armed. */
type HostRule = "eager" | "dirty-once" | "never";

/**
 * A group that learns: it is armed until `traps` of at most `windows` windows trapped; the next `eager` windows are
 * left open and saved without a trap; then the next trial begins. A trial of `windows` windows with fewer traps is
 * followed by a fresh one. Whole numbers from 1.
 */
export interface Adaptive {
  readonly traps: number;
  readonly windows: number;
  readonly eager: number;
}

/** Registers whose accesses are trapped and marked together. */
export interface Group {
  readonly name: string;
  readonly registers: readonly string[];
  readonly trap: Trap;
  readonly onTrap: OnTrap;
  readonly save: Save;
  readonly restore: Restore;
  readonly arm: Arm;
  readonly host: HostRule;
  /** Where the trap is handled: EL2's fast path, or the host after a full exit. */
  readonly path: "fast" | "full";
  /** Only with a trap that opens, saved when dirty. */
  readonly adaptive?: Adaptive;
  // What `trapline verify` looks at, left out by a policy that does it right; see `unsound.ts`.
  /** What of the group a trap opens, and what it marks dirty: all of it where left out. */
  readonly opens?: Span;
  readonly marks?: Span;
  /** Which traps of its registers the handler takes for its own: those that the group set, where left out. */
  readonly claims?: "own" | "any";
  /** How the context of a `dirty-once` host begins: dirty where left out. */
  readonly hostStarts?: "dirty" | "clean";
  /** Whether a write of the hypervisor itself to the CPU's copy marks the register dirty: it does, where left out. */
  readonly emulation?: "marks" | "unmarked";
}

/** All registers of a group, or the one that was written. */
type Span = "group" | "written";

/** The prices at which an oracle chooses, as plain data: what one of each count costs, in the profile's unit. */
export interface OraclePrices {
  readonly profile: string;
  readonly nesting: string;
  readonly unitCosts: Readonly<Record<CountName, number>>;
}

/** A policy for a configuration. Registers that no group names are eager. */
export interface Policy {
  readonly name: string;
  readonly groups: readonly Group[];
  /** Whose save, restore and arming points hold, where not those of the run. */
  readonly mode?: Mode;
  /** Registers that hardware may write on some machines, and that the author says it does not on theirs. */
  readonly assumeNotHardwareWritten: readonly string[];
  /** The groups' traps are armed by whoever knows the future and pays these prices (see `model/oracle.ts`). */
  readonly oracle?: OraclePrices;
}

/** A policy as people know it; what its groups are can depend on what is switched. */
export interface PolicyDefinition {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly source: string;
  /** The policy itself where it is the same for every configuration, as one from a file is. */
  readonly fixed?: Policy;
  /** Of an oracle: whose groups it arms, and at which prices. */
  readonly oracle?: { readonly of: PolicyDefinition; readonly prices: OraclePrices };
  build(config: SwitchConfig): Policy;
}

/** A group as most are: first write traps and opens, saved when dirty, always restored. */
export function trackedGroup(registers: readonly string[], name = registers.join("+")): Group {
  return {
    name,
    registers,
    trap: "first-write",
    onTrap: "open",
    save: "dirty",
    restore: "always",
    arm: "arming-point",
    host: "eager",
    path: "fast",
  };
}

/** The group as it is without what it learns. */
export function plainGroup(group: Group): Group {
  const { name, registers, trap, onTrap, save, restore, arm, host, path } = group;
  return { name, registers, trap, onTrap, save, restore, arm, host, path };
}

/**
 * Whether an access that the recorded hypervisor trapped and made itself counts as one of the group's. It does not
 * retire, so it is no write that dirty tracking on the fast path would see (contract: a guest write retires).
 */
export const countsEmulated = ({ save, path }: Group): boolean => !(save === "dirty" && path === "fast");

/** A definition whose policy is the same for every configuration. */
export function fixedPolicy(
  definition: Omit<PolicyDefinition, "build">,
  groups: readonly Group[],
): PolicyDefinition {
  const fixed: Policy = { name: definition.name, groups, assumeNotHardwareWritten: [] };
  return { ...definition, fixed, build: () => fixed };
}
