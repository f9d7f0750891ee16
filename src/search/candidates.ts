import { switchedClasses } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { dirtyEach } from "../policies/builtin/dirty-each.js";
import { dirtyPie } from "../policies/builtin/dirty-pie.js";
import { checkPolicy } from "../policies/check.js";
import { trackedGroup, type Group, type Policy } from "../policies/policy.js";
import { registerByName } from "../registers/lookup.js";

/** Which groups may become one: those whose registers the same VMs have, all that hardware allows, or none. */
export type MergeRule = "feature" | "any" | "none";
export const mergeRules: readonly MergeRule[] = ["feature", "any", "none"];

/** A register that is switched and that no write trap can track. */
export interface Untrackable {
  readonly register: string;
  readonly reason: string;
}

const posted = dirtyPie.fixed?.groups ?? [];

/**
 * The registers as a tracked group. No trap of the guest's says whether the host wrote a register of its own
 * context, so the host stays eager; but for the registers of the posted patch, which knows that Linux writes its
 * own once, at boot, and saves them once per CPU.
 */
export function candidateGroup(registers: readonly string[]): Group {
  const owner = posted.find((group) => registers.every((name) => group.registers.includes(name)));
  return { ...trackedGroup(registers), host: owner?.host ?? "eager" };
}

/** The least groups that can be trapped under all of these configurations: registers that share a trap bit. */
export function candidateGroups(configs: readonly SwitchConfig[]): Group[] {
  const [first = [], ...rest] = configs.map((config) =>
    dirtyEach.build(config).groups.map(({ registers }) => registers),
  );
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();
  return first
    .filter((registers) => rest.every((other) => other.some((each) => same(each, registers))))
    .map(candidateGroup);
}

/** The rest of what sysreg-sr.c switches for a guest, with the reason why it is no candidate. */
export function untrackable(configs: readonly SwitchConfig[], candidates: readonly Group[]): Untrackable[] {
  const taken = new Set(candidates.flatMap(({ registers }) => registers));
  const all = new Set(
    configs.flatMap(({ lists }) => switchedClasses.flatMap((each) => lists.guest.save[each])),
  );
  return [...all]
    .filter((name) => !taken.has(name))
    .map((register) => ({ register, reason: refusal([candidateGroup([register])], configs) ?? differs }));
}

const differs = "its group is not the same in every recording";

/** Whether two groups may be one: the rule allows it, and so do trap bits and save points in each configuration. */
export function mayMerge(rule: MergeRule, configs: readonly SwitchConfig[]): (a: Group, b: Group) => boolean {
  return (a, b) => {
    if (rule === "none" || (rule === "feature" && featureKey(a) !== featureKey(b))) return false;
    return refusal([candidateGroup([...a.registers, ...b.registers])], configs) === undefined;
  };
}

/** The switch code of a feature's registers stands under one condition; a group across two has halves on some VMs. */
function featureKey({ registers }: Group): string {
  const own = new Set(registers.map((name) => registerByName(name)?.feature ?? ""));
  return [...own].toSorted().join();
}

/** Why a policy of these groups cannot work; none if it can. */
function refusal(groups: readonly Group[], configs: readonly SwitchConfig[]): string | undefined {
  const policy: Policy = { name: "candidate", groups, assumeNotHardwareWritten: [] };
  try {
    for (const config of configs) checkPolicy(policy, config);
    return undefined;
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    return error.message.replace(/^policy "candidate", group "[^"]*": /, "");
  }
}
