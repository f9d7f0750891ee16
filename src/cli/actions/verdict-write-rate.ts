import { TraplineError } from "../../errors.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import type { Profile } from "../../prices/profile.js";
import type { PriceDraws } from "../../prices/range.js";
import { nestingFor } from "../../prices/terms.js";
import type { Nesting } from "../../prices/profile.js";
import { assign, type ConfigChoice } from "../../replay/config.js";
import type { TraceCounts } from "../../replay/merge.js";
import type { TraceHeader } from "../../trace/header.js";
import { vcpuSpans } from "../../verdict/vcpu-spans.js";
import { hasWriteRate, writeRates } from "../../verdict/write-rate.js";
import type { WriteRateRow } from "../../verdict/write-rate-row.js";
import { headerOf, type TraceFile } from "../trace-file.js";
import type { Refusals } from "../refusals.js";
import { walkTraces } from "../walk.js";

export interface WriteRateQuestions {
  readonly policies: readonly PolicyDefinition[];
  readonly choices: readonly ConfigChoice[];
  readonly profiles: readonly Profile[];
  readonly nestings: readonly Nesting[];
  readonly drawsOf: (profile: Profile) => PriceDraws;
  readonly refusals: Refusals;
  /** Takes what the counts are to be read with. */
  readonly takeNotes: (counts: TraceCounts) => void;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** Whether a recording shows its hypervisor's work and not its guests' writes. */
export function lacksWrites(path: string): boolean {
  const { guestWrites, loads, runs } = headerOf(path).capabilities;
  return guestWrites !== "all" && (loads || runs);
}

/** What a recording without its guests' writes can say of policies that trap them. */
export async function writeRatesOf(
  file: TraceFile,
  { policies, choices, profiles, nestings, drawsOf, refusals, takeNotes, ...work }: WriteRateQuestions,
): Promise<WriteRateRow[]> {
  const rows: WriteRateRow[] = [];
  const header = headerOf(file.path);
  const spans = vcpuSpans(file.path);
  const options = {
    ...work,
    refusals,
    choices: choices.map((choice): ConfigChoice => ({ ...choice, writes: "none" })),
    policies: async ({ choice, what }: { readonly choice: ConfigChoice; readonly what: string }) => {
      const asked: PolicyDefinition[] = [];
      // What stops eager stops all, and is said once.
      assign(header, policies.slice(0, 1), choice, file.path);
      for (const policy of policies) {
        await refusals.answer(`${what}, ${policy.name}`, file, () => {
          if (policy.name === "eager") asked.push(policy);
          else if (isAnswered(policy, header, choice, file.path)) asked.push(policy);
        });
      }
      return asked.length > 1 ? asked : [];
    },
  };
  await walkTraces([file], options, async (counts, { what }) => {
    takeNotes(counts);
    for (const profile of profiles) {
      for (const nesting of nestings) {
        await refusals.answer(`${what}, ${profile.name}, nesting ${nesting}`, file, () => {
          nestingFor(profile, nesting);
          const named = { ...counts, path: file.name };
          rows.push(...writeRates(named, spans, profile, nesting, drawsOf(profile)));
        });
      }
    }
  });
  return rows;
}

/** Throws TraplineError "unsupported" with the reason for a policy that such a recording cannot say anything of. */
function isAnswered(
  definition: PolicyDefinition,
  header: TraceHeader,
  choice: ConfigChoice,
  file: string,
): true {
  const { config, assignments } = assign(header, [definition], choice, file);
  const [assignment] = assignments;
  const { policy } = assignment;
  const refuse = (message: string, remedy: string): TraplineError =>
    new TraplineError("unsupported", `policy "${policy.name}" ${message}`, { file }, remedy);
  const saved = Object.values(assignment.config.lists.guest.save).flat();
  const missing = policy.groups
    .flatMap(({ registers }) => registers)
    .filter((register) => !saved.includes(register));
  if (missing.length > 0) {
    throw refuse(
      `is about ${missing.join(", ")}, which kernel ${config.kernel} does not switch for a guest with ${config.features.length === 0 ? "no features" : config.features.join(" ")}`,
      "Name the VM's features with --features, such as TCR2,S1PIE",
    );
  }
  if (!hasWriteRate(assignment, config.mode)) {
    throw refuse(
      "has no break-even write rate: one is for groups whose first write traps, that are saved when they are dirty and restored always",
      "Record the guest's writes, or leave the policy out",
    );
  }
  return true;
}
