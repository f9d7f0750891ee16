import { switchedClasses } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { registerByName, trapKey, trappedBy } from "../registers/lookup.js";
import type { Register } from "../registers/register.js";
import { armPoint, guestPoints, switchedClass } from "./group-points.js";
import type { Adaptive, Group, Policy } from "./policy.js";
import { checkWords } from "./unsound.js";

/**
 * Refuses policies that cannot work on any machine: that would lose a write, or that no trap bit can carry out.
 * The reasons are those of section 5, rule 7 of the replay model and of the architecture.
 */
export function checkPolicy(policy: Policy, config: SwitchConfig): void {
  const seen = new Map<string, Group>();
  for (const group of policy.groups) {
    const refuse = (reason: string, remedy?: string): TraplineError =>
      new TraplineError("usage", `policy "${policy.name}", group "${group.name}": ${reason}`, {}, remedy);
    const registers = group.registers.map((name): Register => {
      const register = registerByName(name);
      if (register === undefined) throw refuse(`no register is called ${name}`);
      // A trace knows the register by one name.
      if (register.name !== name)
        throw refuse(`${name} is another name of ${register.name}`, `Say ${register.name}`);
      const other = seen.get(register.name);
      if (other !== undefined) throw refuse(`${name} is already in group "${other.name}"`);
      seen.set(register.name, group);
      return register;
    });
    checkRule(group, refuse);
    checkWords(group, refuse);
    if (group.adaptive !== undefined) checkAdaptive(group, group.adaptive, refuse);
    checkClasses(group, registers, config, refuse);
    checkArming(group, config, refuse);
    checkTracking(policy, group, registers, refuse);
    if (opens(group)) checkTrapBits(group, registers, config, refuse);
    if (group.trap === "every-write") checkTrapOfWrites(registers, refuse);
  }
}

type Refuse = (reason: string, remedy?: string) => TraplineError;

const opens = ({ trap }: Group): boolean => trap === "first-write" || trap === "first-access";

/** Words of the rule that contradict each other, or lose a value whatever the registers are. */
function checkRule(group: Group, refuse: Refuse): void {
  const { trap, onTrap, save, restore, arm, host } = group;
  if (opens(group) && onTrap !== "open") {
    throw refuse(`a ${trap} trap that does not open its group would trap again: say every-write`);
  }
  if ((trap === "every-write" || trap === "undefined") && onTrap !== "emulate") {
    throw refuse(`an ${trap} trap does not open its group`);
  }
  if (!opens(group) && (save === "dirty" || save === "open" || restore === "open")) {
    throw refuse(`without a trap that opens it a group is never ${save === "dirty" ? "dirty" : "open"}`);
  }
  if (trap === "undefined" && (save !== "never" || restore !== "never")) {
    throw refuse("what the guest does not have is neither saved nor restored");
  }
  if (arm === "until-caches-on" && trap !== "every-write") {
    throw refuse("traps that end when the caches are on are of every write");
  }
  // A hypervisor that makes every write itself knows the value, and need not read it back.
  if (save === "never" && trap !== "undefined" && (trap !== "every-write" || arm === "until-caches-on")) {
    throw refuse("the guest's writes are lost if nobody saves them");
  }
  if (restore === "never" && trap !== "undefined" && trap !== "first-access") {
    throw refuse("a guest that can read a register without a trap needs it restored");
  }
  if (host === "never" && trap !== "undefined") {
    throw refuse("the host's values are lost if the guest's take their place");
  }
}

/** What learns from traps has traps that end a window, and pays for saves by them. */
function checkAdaptive(group: Group, { traps, windows }: Adaptive, refuse: Refuse): void {
  if (!opens(group) || group.save !== "dirty") {
    throw refuse("only a group that a trap opens and that is saved when dirty can be adaptive");
  }
  if (group.restore === "open" || group.restore === "never") {
    throw refuse(
      "what is left open without a trap is not restored by one",
      "Restore it always, or when foreign",
    );
  }
  if (group.arm === "after-save") {
    throw refuse("an adaptive group counts its arming points, and after-save is none");
  }
  if (traps > windows) {
    throw refuse(`${traps} traps never come in ${windows} windows, of which each traps once`);
  }
}

/** A group that is open or dirty as a whole is saved and armed at one place. */
function checkClasses(
  group: Group,
  registers: readonly Register[],
  config: SwitchConfig,
  refuse: Refuse,
): void {
  const points = new Map<string, string>();
  for (const register of registers) {
    const found = switchedClass(register);
    if (found === undefined) {
      if (group.trap === "undefined" || group.trap === "every-write") continue;
      throw refuse(`${register.name} is not switched with a guest, so there is nothing to elide`);
    }
    const { save, restore, arm } = config.points[found].guest;
    points.set(`${save}, ${restore}, ${arm}`, register.name);
  }
  if (points.size > 1 && (opens(group) || group.host === "dirty-once")) {
    throw refuse(
      `${[...points.values()].join(" and ")} are not switched at the same points in mode ${config.mode}`,
      "Make them two groups",
    );
  }
}

/** Open implies dirty: what was saved must trap again before the guest can write it again. */
function checkArming(group: Group, config: SwitchConfig, refuse: Refuse): void {
  const points = guestPoints(group, config);
  if (group.save !== "dirty" || group.arm === "after-save" || points === undefined) return;
  const arm = armPoint(group, config);
  if (points.save === "put" || (points.save === "run-end" && arm === "run-start")) return;
  throw refuse(
    `saved at ${points.save} and armed again at ${arm}, a register that is written in between loses its value`,
    "Arm it after-save",
  );
}

/** A register that changes without a write that traps cannot be known to be clean. */
function checkTracking(policy: Policy, group: Group, registers: readonly Register[], refuse: Refuse): void {
  if (group.trap === "undefined" || (group.save === "always" && group.host !== "dirty-once")) return;
  for (const { name, hardwareWritten, writtenBy = "hardware", class: kind } of registers) {
    // CPTR_EL2 traps all use of these, not writes by name alone.
    if (kind === "fp" && group.trap === "first-access") continue;
    if (hardwareWritten === "yes") {
      throw refuse(
        `${name} changes without a write that traps (${writtenBy}): saving it only after a trap loses its value`,
      );
    }
    if (hardwareWritten === "implementation-defined" && !policy.assumeNotHardwareWritten.includes(name)) {
      throw refuse(
        `${name} may change without a write that traps (${writtenBy})`,
        `If your machine's does not, name it in assumeNotHardwareWritten`,
      );
    }
  }
}

/** Every register needs a trap bit, and whatever else the bit traps must be in the group. */
function checkTrapBits(
  group: Group,
  registers: readonly Register[],
  config: SwitchConfig,
  refuse: Refuse,
): void {
  const isSwitched = (name: string): boolean =>
    switchedClasses.some((each) => config.lists.guest.save[each].includes(name));
  for (const register of registers) {
    if (hasCoarseTrap(group, register)) continue;
    const bit = trapKey(register);
    if (bit === undefined) {
      throw refuse(`no bit of HFGWTR_EL2, HFGWTR2_EL2 or HDFGWTR_EL2 traps writes to ${register.name}`);
    }
    const shared = trappedBy(bit).find(
      (other) =>
        !group.registers.includes(other.name) && (isSwitched(other.name) || existsWith(other, register)),
    );
    if (shared !== undefined) {
      throw refuse(
        `${bit} traps ${shared.name} together with ${register.name}`,
        `Add ${shared.name} to the group`,
      );
    }
  }
}

/** CPTR_EL2 traps use of the FP registers, HCR_EL2.API that of the keys, and MDCR_EL2.TDA all of debug. */
function hasCoarseTrap({ trap, path }: Group, { class: own }: Register): boolean {
  if (own === "debug") return path === "full";
  return trap === "first-access" && (own === "fp" || own === "keys");
}

/** Whether a register is on every machine that has another, and moves with it: the halves of a key, say. */
const existsWith = (register: Register, other: Register): boolean =>
  register.class === other.class && (register.feature === undefined || register.feature === other.feature);

/** Traps of every write need a bit too, be it HCR_EL2.TVM. What is not switched may have traps that the table lacks. */
function checkTrapOfWrites(registers: readonly Register[], refuse: Refuse): void {
  const bare = registers.find(
    (register) =>
      switchedClass(register) !== undefined &&
      register.class !== "debug" &&
      trapKey(register) === undefined &&
      register.tvm !== true,
  );
  if (bare !== undefined) throw refuse(`nothing traps writes to ${bare.name}`);
}
