import { setImmediate } from "node:timers/promises";
import type { Mode } from "../configs/points.js";
import { kernelConfig, parseFeatures } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import { checkPolicy } from "../policies/check.js";
import type { PolicyDefinition } from "../policies/policy.js";
import { unswitchedGroups } from "../policies/unswitched.js";
import type { Nesting } from "../prices/profile.js";
import { registerByName } from "../registers/lookup.js";
import { features as allFeatures } from "../registers/register.js";
import { explore, type Exploration } from "./explore.js";
import { variantOf } from "./variant.js";
import type { WhatIf } from "./what-if.js";
import { signatureOf, worldsOf, type World } from "./world.js";

export interface VerifyQuestion {
  readonly policies: readonly PolicyDefinition[];
  readonly modes: readonly Mode[];
  readonly kernels: readonly string[];
  /** Whose switch code it is. A guest hypervisor's guests trap for causes that are its own host's, too. */
  readonly nestings: readonly Nesting[];
  /** Undefined: every feature that trapline knows. */
  readonly features?: readonly string[];
  /** Asked beside the policies as they are. */
  readonly whatIfs: readonly WhatIf[];
}

/** Two registers of a policy in a configuration, and all that they can do. */
export interface VerifiedWorld {
  readonly world: World;
  readonly exploration: Exploration;
}

/** A policy, or a what-if of it, in a configuration. */
export interface Verified {
  readonly policy: string;
  readonly mode: Mode;
  readonly kernel: string;
  readonly nesting: Nesting;
  readonly whatIf: WhatIf | undefined;
  /** Why a replay refuses the policy; undefined where it does not. */
  readonly refused: string | undefined;
  /** Groups of which the kernel switches nothing for these features: there is nothing to look at. */
  readonly unswitched: readonly string[];
  readonly worlds: readonly VerifiedWorld[];
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with configurations done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Explores every world of every policy in every configuration. Worlds that differ in names alone are explored once.
 * Throws `usage` for what cannot be verified.
 */
export async function verify(
  question: VerifyQuestion,
  { signal, onProgress }: VerifyOptions = {},
): Promise<Verified[]> {
  const known = new Map<string, Exploration>();
  const explored = async (world: World): Promise<Exploration> => {
    const signature = signatureOf(world);
    const found = known.get(signature);
    if (found !== undefined) return found;
    await setImmediate();
    if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    const made = explore(world);
    known.set(signature, made);
    return made;
  };
  const asked = question.policies.flatMap((definition) =>
    [undefined, ...question.whatIfs].flatMap((whatIf) =>
      question.modes.flatMap((mode) =>
        question.kernels.flatMap((kernel) =>
          question.nestings.map((nesting) => ({ definition, whatIf, mode, kernel, nesting })),
        ),
      ),
    ),
  );
  const features = question.features === undefined ? allFeatures : parseFeatures(question.features);
  const rows: Verified[] = [];
  for (const [done, { definition, whatIf, mode, kernel, nesting }] of asked.entries()) {
    onProgress?.(done, asked.length);
    if (definition.oracle !== undefined) {
      throw new TraplineError(
        "usage",
        `${definition.name} knows the future, which no hypervisor does`,
        {},
        "Verify the policy whose groups it arms",
      );
    }
    const base = kernelConfig(mode, kernel, features);
    const built = definition.build(base);
    const own = built.mode ?? mode;
    const config = own === mode ? base : kernelConfig(own, kernel, features);
    const variant = variantOf(built, whatIf, nesting !== "none");
    if (variant === undefined) continue;
    checkNames(definition.name, variant.policy.groups);
    const worlds: VerifiedWorld[] = [];
    for (const world of worldsOf(variant.policy, config, variant.assumptions)) {
      worlds.push({ world, exploration: await explored(world) });
    }
    const refused = refusalOf(() => checkPolicy(variant.policy, config));
    const unswitched = unswitchedGroups(variant.policy, config).map(({ name }) => name);
    rows.push({ policy: definition.name, mode, kernel, nesting, whatIf, refused, unswitched, worlds });
  }
  return rows;
}

export const isSound = ({ worlds }: Pick<Verified, "worlds">): boolean =>
  worlds.every(({ exploration }) => exploration.findings.length === 0);

/** Without these there is no telling which rule holds for a register. */
function checkNames(policy: string, groups: readonly { readonly registers: readonly string[] }[]): void {
  const seen = new Set<string>();
  for (const name of groups.flatMap(({ registers }) => registers)) {
    const register = registerByName(name);
    if (register?.name !== name || seen.has(name)) {
      const what = seen.has(name) ? `${name} is in two groups` : `no register is called ${name}`;
      throw new TraplineError("usage", `policy "${policy}": ${what}`);
    }
    seen.add(name);
  }
}

function refusalOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof TraplineError && error.code === "usage") return error.message;
    throw error;
  }
}
