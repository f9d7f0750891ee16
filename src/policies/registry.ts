import { adaptive, adaptiveNamed } from "./builtin/adaptive.js";
import { alwaysTrap, alwaysTrapTx2 } from "./builtin/always-trap.js";
import { deferred } from "./builtin/deferred.js";
import { dirtyEach } from "./builtin/dirty-each.js";
import { dirtyPie } from "./builtin/dirty-pie.js";
import { eager } from "./builtin/eager.js";
import { hidden } from "./builtin/hidden.js";
import { lazyDebug } from "./builtin/lazy-debug.js";
import { lazyFp } from "./builtin/lazy-fp.js";
import { lazyPauth } from "./builtin/lazy-pauth.js";
import { tvm } from "./builtin/tvm.js";
import type { PolicyDefinition } from "./policy.js";

/** The policies that come with trapline: those of the discussion, and those that the kernel has had. */
export const builtinPolicies: readonly PolicyDefinition[] = [
  eager,
  dirtyPie,
  dirtyEach,
  adaptive,
  deferred,
  hidden,
  lazyPauth,
  lazyFp,
  lazyDebug,
  tvm,
  alwaysTrap,
  alwaysTrapTx2,
];

/** `adaptive` with other parameters, by name: each name has one definition. */
const named = new Map<string, PolicyDefinition>();

/** A built-in policy by name; `adaptive:K-N-M` is one, with its parameters. Throws `usage` where they are none. */
export function builtinPolicy(name: string): PolicyDefinition | undefined {
  const found = builtinPolicies.find((policy) => policy.name === name) ?? named.get(name);
  if (found !== undefined) return found;
  const made = adaptiveNamed(name);
  if (made !== undefined) named.set(name, made);
  return made;
}
