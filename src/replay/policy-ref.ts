import { TraplineError } from "../errors.js";
import { oracleDefinition } from "../policies/oracle.js";
import type { OraclePrices, Policy, PolicyDefinition } from "../policies/policy.js";
import { builtinPolicies, builtinPolicy } from "../policies/registry.js";

/** An oracle in a plan: at which prices it arms the groups of which policy. */
export interface OracleRef {
  readonly name: string;
  readonly of: string | Policy;
  readonly prices: OraclePrices;
}

/** A policy in a plan: a built-in one by name, or a user's in full. */
export type PolicyRef = string | Policy | OracleRef;

export function definitionOf(ref: PolicyRef): PolicyDefinition {
  if (typeof ref === "string") {
    const found = builtinPolicy(ref);
    if (found === undefined) throw new TraplineError("usage", `there is no policy "${ref}"`);
    return found;
  }
  if ("of" in ref) return oracleDefinition(ref.prices, definitionOf(ref.of), ref.name);
  return { name: ref.name, summary: "", source: "", fixed: ref, build: () => ref };
}

/** A built-in policy goes by its name, since what it is can depend on the trace. */
export function refOf(definition: PolicyDefinition): PolicyRef {
  const { name, oracle } = definition;
  return oracle === undefined
    ? plainRef(definition)
    : { name, of: plainRef(oracle.of), prices: oracle.prices };
}

function plainRef(definition: PolicyDefinition): string | Policy {
  return builtinPolicies.includes(definition) ? definition.name : (definition.fixed ?? definition.name);
}
