import { TraplineError } from "../errors.js";
import { loadPolicyFile } from "./file.js";
import { isOracleName } from "./oracle.js";
import type { PolicyDefinition } from "./policy.js";
import { builtinPolicies, builtinPolicy } from "./registry.js";

/** A built-in policy by name, or the policy of a file (a name with `.json`, `.yaml` or `.yml`). */
export function findPolicy(name: string): PolicyDefinition {
  const found = builtinPolicy(name);
  if (found !== undefined) return found;
  if (/\.(?:json|ya?ml)$/i.test(name)) return loadPolicyFile(name);
  if (isOracleName(name)) {
    throw new TraplineError(
      "usage",
      `the oracle "${name}" is another at all prices, and here are none for it`,
      {},
      "Ask `trapline replay`, `trapline plan` or `trapline verdict`, which take --cost",
    );
  }
  const known = builtinPolicies.map((policy) => policy.name).join(", ");
  throw new TraplineError(
    "usage",
    `there is no policy "${name}"`,
    {},
    `Known policies: ${known}; oracle, with prices; or give a .json or .yaml file`,
  );
}
