import { TraplineError } from "../errors.js";
import { loadPolicyFile } from "./file.js";
import type { PolicyDefinition } from "./policy.js";
import { builtinPolicies, builtinPolicy } from "./registry.js";

/** A built-in policy by name, or the policy of a file (a name with `.json`, `.yaml` or `.yml`). */
export function findPolicy(name: string): PolicyDefinition {
  const found = builtinPolicy(name);
  if (found !== undefined) return found;
  if (/\.(?:json|ya?ml)$/i.test(name)) return loadPolicyFile(name);
  const known = builtinPolicies.map((policy) => policy.name).join(", ");
  throw new TraplineError(
    "usage",
    `there is no policy "${name}"`,
    {},
    `Known policies: ${known}; or give a .json or .yaml file`,
  );
}
