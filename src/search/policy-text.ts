import { stringify } from "yaml";
import { trackedGroup, type Group, type Policy } from "../policies/policy.js";

/** What is said of a policy beside its groups. */
export interface PolicyWords {
  readonly summary: string;
  readonly source: string;
}

/** A policy as a file that `--policy` reads: of its groups, what is not as in any tracked group. */
export function policyText(policy: Policy, words: PolicyWords, form: "json" | "yaml" = "yaml"): string {
  const { name, mode, groups, assumeNotHardwareWritten } = policy;
  const data = {
    name,
    ...words,
    ...(mode === undefined ? {} : { mode }),
    groups: groups.map(shortGroup),
    ...(assumeNotHardwareWritten.length === 0 ? {} : { assumeNotHardwareWritten }),
  };
  return form === "json" ? `${JSON.stringify(data, undefined, 2)}\n` : stringify(data, { lineWidth: 100 });
}

const rule = ["trap", "onTrap", "save", "restore", "arm", "host", "path", "adaptive"] as const;

function shortGroup(group: Group): Partial<Group> {
  const usual = trackedGroup(group.registers, group.name);
  const words = rule.filter((key) => group[key] !== usual[key]);
  return {
    name: group.name,
    registers: group.registers,
    ...Object.fromEntries(words.map((key) => [key, group[key]])),
  };
}
