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
  deferred,
  hidden,
  lazyPauth,
  lazyFp,
  lazyDebug,
  tvm,
  alwaysTrap,
  alwaysTrapTx2,
];

/** A built-in policy by name. */
export const builtinPolicy = (name: string): PolicyDefinition | undefined =>
  builtinPolicies.find((policy) => policy.name === name);
