import { kernelConfig } from "#src/configs/resolve.js";
import { findPolicy } from "#src/policies/find.js";
import { parsePolicy } from "#src/policies/file.js";
import type { PolicyDefinition } from "#src/policies/policy.js";
import { features } from "#src/registers/register.js";
import { variantOf } from "#src/verify/variant.js";
import { shortestOf } from "#src/verify/shortest.js";
import { isSound, verify, type Verified } from "#src/verify/verify.js";
import { whatIfNamed, whatIfs } from "#src/verify/what-if.js";
import { worldsOf, type World } from "#src/verify/world.js";

export type Mode = "vhe" | "nvhe";

/** A policy, or one by its text. */
export const policyNamed = (policy: string): PolicyDefinition =>
  policy.includes("\n") ? parsePolicy(policy, "policy.yaml") : findPolicy(policy);

/** The worlds of a policy on one kernel, as they are or under a what-if. */
export function worlds(policy: string, mode: Mode, whatIf?: string): World[] {
  const base = kernelConfig(mode, "6.12", features);
  const built = policyNamed(policy).build(base);
  const config = kernelConfig(built.mode ?? mode, "6.12", features);
  const variant = variantOf(built, whatIf === undefined ? undefined : whatIfNamed(whatIf), false);
  if (variant === undefined) throw new Error(`${whatIf} says nothing of ${policy}`);
  return worldsOf(variant.policy, config, variant.assumptions);
}

/** One policy in one configuration. */
export async function verified(
  policy: string,
  mode: Mode,
  whatIf?: string,
  nesting: "none" | "l2" | "l2-nv2" = "none",
): Promise<Verified> {
  const rows = await verify({
    policies: [policyNamed(policy)],
    modes: [mode],
    kernels: ["6.12"],
    nestings: [nesting],
    features: ["TCR2", "S1PIE"],
    whatIfs: whatIf === undefined ? [] : whatIfs.filter(({ name }) => name === whatIf),
  });
  const found = rows.at(-1);
  if (found === undefined || (whatIf !== undefined && found.whatIf?.name !== whatIf)) {
    throw new Error(`${whatIf} says nothing of ${policy}`);
  }
  return found;
}

/** `sound`, or what is broken and after which events: `memory-right: load 0 on 0, emulate 0, put 0`. */
export function verdictOf(row: Verified): string {
  if (isSound(row)) return "sound";
  const { finding, world } = shortestOf(row)!;
  const events = finding.steps.map(({ event: { name, vcpu, pcpu, register } }) =>
    [
      name,
      vcpu < 0 ? `pcpu${pcpu}` : `vcpu${vcpu}`,
      ...(register < 0 ? [] : [world.registers[register].name]),
    ].join(" "),
  );
  return `${finding.breach.invariant}: ${events.join(", ")}`;
}
