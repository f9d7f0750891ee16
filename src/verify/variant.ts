import type { Group, Policy } from "../policies/policy.js";
import { plainAssumptions, type Assumptions, type WhatIf } from "./what-if.js";

/** Whether words of the policy form say anything about a group. */
function concerns(words: Partial<Group>, { trap, onTrap, save, host }: Group): boolean {
  const opens = onTrap === "open" && (trap === "first-write" || trap === "first-access");
  if (words.hostStarts !== undefined) return host === "dirty-once";
  if (words.emulation !== undefined) return opens && (save === "dirty" || save === "open");
  return opens;
}

/** A policy under a what-if, and what it lets the world do; undefined where it changes nothing about the policy. */
export function variantOf(
  policy: Policy,
  whatIf: WhatIf | undefined,
  nested: boolean,
): { readonly policy: Policy; readonly assumptions: Assumptions } | undefined {
  const assumptions = { ...plainAssumptions, ...(nested ? { otherTraps: true } : {}), ...whatIf?.world };
  const words = whatIf?.group;
  if (words === undefined) return { policy, assumptions };
  if (!policy.groups.some((group) => concerns(words, group))) return undefined;
  const groups = policy.groups.map((group) => (concerns(words, group) ? { ...group, ...words } : group));
  return { policy: { ...policy, groups }, assumptions };
}
