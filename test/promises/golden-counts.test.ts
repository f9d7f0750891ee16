/**
 * The counts of the committed recordings under every built-in policy, or the reason why a recording cannot answer.
 * After a change that is meant to change them: `npx vitest run test/promises/golden-counts.test.ts -u`, and look at
 * the difference.
 */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { importTrace } from "#src/import/import.js";
import { builtinPolicies } from "#src/policies/registry.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { makeResult, type RegisterTotals } from "#src/replay/result.js";
import { recording, repository, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();

/** Registers that were counted alike, by their traps, saves, elided saves and restores. */
function byCounts(rows: readonly RegisterTotals[]): Record<string, string> {
  const names = new Map<string, string[]>();
  for (const { register, context, traps, saves, elided, restores } of rows) {
    const key = `${context} ${traps} ${saves} ${elided} ${restores}`;
    names.set(key, [...(names.get(key) ?? []), register]);
  }
  return Object.fromEntries([...names].map(([key, list]) => [key, list.join(" ")]));
}

/** A policy by itself, so that no other decides which registers are compared. */
async function countsOf(path: string, policy: (typeof builtinPolicies)[number]): Promise<unknown> {
  try {
    const plan = makePlan([path], { policies: [policy], choice: {} });
    const counts = [];
    for await (const each of replayPlan(plan, { threads: 0 })) counts.push(each);
    const [{ totals, registers }] = makeResult(counts, "test", false).policies;
    return { totals, ...byCounts(registers) };
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

describe("the counts of the golden traces", () => {
  it.each([1, 2])(
    "of version %d are the same: those that were counted when there was only version 1",
    async (version) => {
      const path = join(repository, "test/golden", `v${version}.trl`);
      const found: Record<string, unknown> = {};
      for (const policy of builtinPolicies) found[policy.name] = await countsOf(path, policy);
      await expect(`${JSON.stringify(found, undefined, 1)}\n`).toMatchFileSnapshot(
        "../golden/counts-golden.json",
      );
    },
  );
});

describe("the counts of the committed recordings", () => {
  const names = ["kvm-vhe", "kvm-nvhe", "chatty-vhe", "bare/bare-boot"];
  for (const name of names) {
    it(`of ${name} are those of test/golden`, async () => {
      const path = join(folder, `${names.indexOf(name)}.trl`);
      await importTrace(recording(`${name}.tarmac.${name.startsWith("bare") ? "gz" : "zst"}`), path);
      const found: Record<string, unknown> = {};
      for (const policy of builtinPolicies) found[policy.name] = await countsOf(path, policy);
      expect(Object.values(found).filter((each) => each === undefined)).toEqual([]);
      const golden = `../golden/counts-${name.split("/").at(-1) ?? ""}.json`;
      await expect(`${JSON.stringify(found, undefined, 1)}\n`).toMatchFileSnapshot(golden);
      // A recording says by name what it cannot answer, whatever the counts are.
      for (const [policy, counts] of Object.entries(found)) {
        if (typeof counts !== "string") continue;
        expect(counts).toMatch(
          name.startsWith("bare")
            ? /^unsupported: the trace holds no hypervisor/
            : new RegExp(`^unsupported: policy "${policy}" needs .* which this trace does not have`),
        );
      }
    });
  }
});
