import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError, type Place } from "../errors.js";
import { policyFromData } from "../policies/file.js";
import { defaultAdaptive } from "../policies/builtin/adaptive.js";
import type { Adaptive, Group, PolicyDefinition } from "../policies/policy.js";

/** Words of a group's rule that can be varied, and the parameters of adaptive groups. */
const ruleWords = ["trap", "onTrap", "save", "restore", "arm", "host", "path"] as const;
const parameters = ["traps", "windows", "eager"] as const;
const words = [...ruleWords, ...parameters] as const;
type Word = (typeof words)[number];

/** A word of the rule of every group of a policy, and what it is to be. */
export interface RuleAxis {
  readonly word: Word;
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
 * where there are no axes. A parameter of adaptive groups makes all groups adaptive, with the usual ones for what is
 * not varied. Whether a variant can work is not asked here. Throws `usage` for a word's unknown value, and where no
 * combination is left.
 * @param passOver - Is told of each combination that there cannot be, as a grid has some: more traps than windows to find
 *   them in
 */
export function policyVariants(
  policies: readonly PolicyDefinition[],
  axes: readonly RuleAxis[],
  config: SwitchConfig,
  passOver: (error: TraplineError) => void = () => undefined,
): PolicyDefinition[] {
  if (axes.length === 0) return [...policies];
  const combinations = axes.reduce<(readonly (readonly [Word, string])[])[]>(
    (lists, { word, values }) =>
      lists.flatMap((list) => values.map((value) => [...list, [word, value] as const])),
    [[]],
  );
  const impossible: TraplineError[] = [];
  const variants = policies.flatMap((definition) => {
    const policy = definition.build(config);
    return combinations.flatMap((combination) => {
      const name = [
        policy.name.replace(":", "-"),
        ...combination.map(([word, value]) => `${word}-${value}`),
      ].join("+");
      const groups = policy.groups.map((group) => varied(group, combination));
      const made = policyFromData({ ...policy, name, groups }, `${ruleOption}, ${name}`);
      const never = groups.flatMap(({ adaptive }) => neverTrial(adaptive, name) ?? [])[0];
      if (never === undefined) return [made];
      impossible.push(never);
      return [];
    });
  });
  if (variants.length === 0 && impossible.length > 0) throw impossible[0];
  for (const each of impossible) passOver(each);
  return variants;
}

function neverTrial(adaptive: Adaptive | undefined, name: string): TraplineError | undefined {
  if (adaptive === undefined || adaptive.traps <= adaptive.windows) return undefined;
  const { traps, windows } = adaptive;
  const message = `${traps} traps never come in ${windows} windows, of which each traps once`;
  return new TraplineError("usage", message, { file: `${ruleOption}, ${name}` });
}

const ruleOption = "--rule";

/** Whether an error is about what `--rule` asks for, and not about a trace. */
export const isOfRule = ({ file }: Place): boolean => file?.startsWith(`${ruleOption},`) === true;

function varied(group: Group, combination: readonly (readonly [Word, string])[]): Group {
  const isParameter = (word: Word): boolean => parameters.some((each) => each === word);
  const rule = Object.fromEntries(combination.filter(([word]) => !isParameter(word)));
  const own = combination.filter(([word]) => isParameter(word)).map(([word, value]) => [word, Number(value)]);
  if (own.length === 0) return { ...group, ...rule };
  const adaptive: Adaptive = { ...(group.adaptive ?? defaultAdaptive), ...Object.fromEntries(own) };
  // A trial that nobody says the length of is long enough for its traps.
  const windows = own.some(([word]) => word === "windows")
    ? adaptive.windows
    : Math.max(adaptive.windows, adaptive.traps);
  return { ...group, ...rule, adaptive: { ...adaptive, windows } };
}
