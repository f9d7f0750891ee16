import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { policyFromData } from "../policies/file.js";
import type { PolicyDefinition } from "../policies/policy.js";

/** Words of a group's rule that can be varied. */
const words = ["trap", "onTrap", "save", "restore", "arm", "host", "path"] as const;

/** A word of the rule of every group of a policy, and what it is to be. */
export interface RuleAxis {
  readonly word: (typeof words)[number];
  readonly values: readonly string[];
}

/** Reads `WORD=v1,v2,...`, as `host=eager,dirty-once`. Throws `usage`; values are checked when they are used. */
export function parseRule(text: string): RuleAxis {
  const [name, given = ""] = text.split("=");
  const word = words.find((each) => each === name.trim());
  const values = given.split(",").map((value) => value.trim());
  if (word === undefined || values.includes("")) {
    throw new TraplineError("usage", `--rule ${text}: say WORD=v1,v2,... with a word of ${words.join(", ")}`);
  }
  return { word, values };
}

/**
 * Each policy with each combination of the words in all its groups, named after both; the policies themselves
 * where there are no axes. Whether a variant can work is not asked here. Throws `usage` for a word's unknown value.
 */
export function policyVariants(
  policies: readonly PolicyDefinition[],
  axes: readonly RuleAxis[],
  config: SwitchConfig,
): PolicyDefinition[] {
  if (axes.length === 0) return [...policies];
  const combinations = axes.reduce<(readonly (readonly [string, string])[])[]>(
    (lists, { word, values }) =>
      lists.flatMap((list) => values.map((value) => [...list, [word, value] as const])),
    [[]],
  );
  return policies.flatMap((definition) => {
    const policy = definition.build(config);
    return combinations.map((combination) => {
      const name = [policy.name, ...combination.map(([word, value]) => `${word}-${value}`)].join("+");
      const groups = policy.groups.map((group) => ({ ...group, ...Object.fromEntries(combination) }));
      return policyFromData({ ...policy, name, groups }, `--rule, ${name}`);
    });
  });
}
