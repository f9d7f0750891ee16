import { switchedClasses, type ClassPoints, type SwitchedClass } from "../configs/points.js";
import { byClass, type ClassNames, type SwitchConfig } from "../configs/resolve.js";
import { switchedClass } from "../policies/group-points.js";
import type { Group, Policy } from "../policies/policy.js";
import { registerByName } from "../registers/lookup.js";
import type { Register } from "../registers/register.js";
import type { Assumptions } from "./what-if.js";

/** A register of the small world. */
export interface WorldRegister {
  readonly name: string;
  readonly class: SwitchedClass;
  readonly points: ClassPoints;
  /** Of a tracked group; none for a register that no group names. */
  readonly group: Group | undefined;
  readonly hardwareWrites: boolean;
}

/**
 * Two registers of a group, or of none, under a policy: all that the rules can tell apart. Two stand for a group of
 * any number, since rules look at a register's group, class and place in the lists alone; where the registers of a
 * group differ in these there is a world for each two that do.
 */
export interface World {
  /** The group's name, or the class of registers that no group names. */
  readonly name: string;
  readonly registers: readonly WorldRegister[];
  readonly policy: Policy;
  /** Its lists hold the world's registers alone. */
  readonly config: SwitchConfig;
  readonly assumptions: Assumptions;
  /** Whether there are two registers that no rule tells apart. */
  readonly alike: boolean;
}

/** Classes whose registers a guest writes and sysreg-sr.c switches: those of `return` are EL2's own. */
const restClasses: readonly SwitchedClass[] = ["el1", "user", "common"];

/** Every world of a policy in a configuration, which is the one of the policy's own mode. */
export function worldsOf(policy: Policy, config: SwitchConfig, assumptions: Assumptions): World[] {
  const named = new Set(policy.groups.flatMap(({ registers }) => registers));
  const { save, restore } = config.lists.guest;
  const switched = (each: SwitchedClass): string[] =>
    save[each].filter((name) => restore[each].includes(name));
  const ofGroups = policy.groups.flatMap((group): World[] => {
    const own = group.registers.filter((name) => {
      const found = classOf(name);
      return found !== undefined && (save[found].includes(name) || restore[found].includes(name));
    });
    return pairsOf(own, policy, config).map((pair) => worldOf(group.name, pair, group));
  });
  const ofRest = restClasses.flatMap((each): World[] => {
    const own = switched(each).filter((name) => !named.has(name));
    const pairs = pairsOf(own, policy, config);
    return pairs.map((pair) => worldOf(`other ${each} registers`, pair, undefined));
  });
  return [...ofGroups, ...ofRest];

  function worldOf(name: string, pair: readonly string[], group: Group | undefined): World {
    const cutGroup = group === undefined ? undefined : { ...group, registers: pair };
    const cut = (names: ClassNames): ClassNames =>
      byClass((each) => names[each].filter((register) => pair.includes(register)));
    const { guest, host } = config.lists;
    return {
      name,
      registers: pair.map((register) => {
        const own = classOf(register) ?? "el1";
        const hardwareWrites = assumptions.hardwareWrites || isHardwareWritten(register, policy);
        return { name: register, class: own, points: config.points[own], group: cutGroup, hardwareWrites };
      }),
      policy: { ...policy, groups: cutGroup === undefined ? [] : [cutGroup] },
      config: {
        ...config,
        lists: {
          guest: { save: cut(guest.save), restore: cut(guest.restore) },
          host: { save: cut(host.save), restore: cut(host.restore) },
        },
      },
      assumptions,
      alike:
        pair.length === 2 &&
        group?.opens !== "written" &&
        group?.marks !== "written" &&
        kindOf(pair[0], policy, config) === kindOf(pair[1], policy, config),
    };
  }
}

/** Registers as pairs: each two kinds, or two of the only kind, or the only one. */
function pairsOf(names: readonly string[], policy: Policy, config: SwitchConfig): string[][] {
  const kinds = new Map<string, string[]>();
  for (const name of names) {
    const kind = kindOf(name, policy, config);
    kinds.set(kind, [...(kinds.get(kind) ?? []), name]);
  }
  const lists = [...kinds.values()];
  if (lists.length === 0) return [];
  if (lists.length === 1) return [lists[0].slice(0, 2)];
  return lists.flatMap((some, at) => lists.slice(at + 1).map((others) => [some[0], others[0]]));
}

/** All of a register that rules and world look at, as text. */
function kindOf(name: string, policy: Policy, config: SwitchConfig): string {
  const { guest, host } = config.lists;
  const listed = [guest.save, guest.restore, host.save, host.restore].map((list) =>
    switchedClasses.some((each) => list[each].includes(name)),
  );
  return JSON.stringify([classOf(name), listed, isHardwareWritten(name, policy), endsTraps(name, policy)]);
}

/** A value of SCTLR_EL1 ends the traps of a group that has them until the caches are on. */
const endsTraps = (name: string, { groups }: Policy): boolean =>
  name === "SCTLR_EL1" && groups.some(({ arm }) => arm === "until-caches-on");

const classOf = (name: string): SwitchedClass | undefined => {
  const register = registerByName(name);
  return register === undefined ? undefined : switchedClass(register);
};

/** FP registers change with all their uses, which are what traps. */
function isHardwareWritten(name: string, { assumeNotHardwareWritten }: Policy): boolean {
  const { hardwareWritten, class: kind }: Partial<Register> = registerByName(name) ?? {};
  if (kind === "fp") return false;
  if (hardwareWritten === "yes") return true;
  return hardwareWritten === "implementation-defined" && !assumeNotHardwareWritten.includes(name);
}

/** A value as the register has it: SCTLR_EL1.M and SCTLR_EL1.C stand for 1, so that it turns the caches on. */
export const wordOf = ({ name }: WorldRegister, value: number): number =>
  name === "SCTLR_EL1" ? 0b101 * value : value;

/** Worlds of the same signature have the same states: all that counts of a world, without names. */
export function signatureOf({ registers, policy, config, assumptions }: World): string {
  const { guest, host } = config.lists;
  const own = registers.map(({ name, class: kind, points, hardwareWrites }) => {
    const listed = [guest.save, guest.restore, host.save, host.restore].map((list) =>
      list[kind].includes(name),
    );
    return [kind, points, hardwareWrites, listed, endsTraps(name, policy)];
  });
  const words = policy.groups.map((group) => {
    return { ...group, name: "", registers: [], adaptive: group.adaptive !== undefined };
  });
  // What no rule of these groups looks at changes nothing.
  const { hostWrites, emulationTo, otherTraps } = assumptions;
  const acts = [
    hostWrites && policy.groups.some((group) => group.host === "dirty-once"),
    emulationTo,
    otherTraps && policy.groups.some(({ claims }) => claims === "any"),
  ];
  return JSON.stringify([own, words, acts]);
}
