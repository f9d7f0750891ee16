/** The write rate below which dirty-save wins, from a trace without writes, against replays of traces with them. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changedModel } from "#src/generate/change.js";
import { generateTrace } from "#src/generate/generate.js";
import type { GuestModel } from "#src/generate/model.js";
import { builtinPolicies } from "#src/policies/registry.js";
import { loadProfile } from "#src/prices/load.js";
import type { Nesting } from "#src/prices/profile.js";
import { drawPrices } from "#src/prices/range.js";
import type { ConfigChoice } from "#src/replay/config.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { kernelConfig } from "#src/configs/resolve.js";
import { parsePolicy } from "#src/policies/file.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { vcpuSpans } from "#src/verdict/vcpu-spans.js";
import { priceCounts } from "#src/verdict/verdict.js";
import { hasWriteRate, writeRates } from "#src/verdict/write-rate.js";
import type { WriteRateRow } from "#src/verdict/write-rate-row.js";
import { modelOf, newPath } from "../generate/support.js";

const [eager, dirtyPie, dirtyEach] = ["eager", "dirty-pie", "dirty-each"].map((name) => {
  const found = builtinPolicies.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(name);
  return found;
});

const foreign = parsePolicy(
  "name: foreign\ngroups:\n  - {registers: [PIR_EL1, PIRE0_EL1], restore: foreign}\n",
  "foreign.yaml",
);

async function countsOf(path: string, choice: ConfigChoice): Promise<TraceCounts> {
  const plan = makePlan([path], { policies: [eager, dirtyPie, dirtyEach], choice });
  for await (const counts of replayPlan(plan, { threads: 0 })) return counts;
  throw new RangeError("no counts");
}

/** A trace as the kernel's own events give it: the same guest without its accesses. */
async function withoutWrites(model: GuestModel, windows: number): Promise<string> {
  const path = newPath();
  const silent: GuestModel = {
    ...model,
    capabilities: { ...model.capabilities, guestWrites: "trapped-only", values: false },
    vcpus: model.vcpus.map((vcpu) => ({
      ...vcpu,
      phases: vcpu.phases.map((phase) => ({ ...phase, activities: [] })),
    })),
  };
  await generateTrace(path, silent, { seed: 1, size: { windows } });
  return path;
}

async function rowsOf(
  path: string,
  choice: ConfigChoice,
  profile: string,
  nesting: Nesting,
): Promise<WriteRateRow[]> {
  const counts = await countsOf(path, { ...choice, writes: "none" });
  const prices = loadProfile(profile);
  return writeRates(counts, vcpuSpans(path), prices, nesting, drawPrices(prices, 1, 200));
}

const windows = 2000;

/** What a policy with a write in so many of the windows costs more than eager. */
async function difference(
  model: GuestModel,
  written: number,
  choice: ConfigChoice,
  row: Pick<WriteRateRow, "profile" | "nesting" | "policy" | "group" | "registers">,
): Promise<number> {
  const path = newPath();
  const rates = [{ name: row.registers.join("+"), value: written / windows }];
  const changed = changedModel(model, { rates });
  // One phase of all windows, so that the number of written ones is exact.
  const whole: GuestModel = {
    ...changed,
    vcpus: changed.vcpus.map((vcpu) => ({
      ...vcpu,
      phases: vcpu.phases.map((phase) => ({
        ...phase,
        windows,
        activities: phase.activities
          .filter(({ name }) => name === rates[0].name)
          .map((each) => ({
            ...each,
            windows: written,
            bursts: Math.max(Math.min(written, 1), Math.min(written, 50)),
            parts: each.parts.map((part) => ({
              runs: written,
              accesses: part.accesses.map((access) => ({ ...access, times: written })),
            })),
          })),
      })),
    })),
  };
  await generateTrace(path, whole, { seed: 1, size: { windows } });
  const counts = await countsOf(path, choice);
  const prices = loadProfile(row.profile);
  const found = priceCounts(counts, prices, row.nesting, drawPrices(prices, 1, 1)).find(
    (each) => each.policy === row.policy && each.group === row.group,
  );
  if (found === undefined) throw new RangeError("no such group");
  // A window has one trap for its write, whichever registers of the group are written.
  expect(found.traps).toBe(written);
  return found.difference.likely;
}

describe("the break-even write rate", () => {
  it("is where a replay of a guest that writes changes its sign", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("neoverse-n1", "apple-m1", "x-gene-nvhe"),
        fc.constantFrom<Nesting>("none", "l2", "l2-nv2"),
        fc.constantFrom("idle", "migration"),
        fc.constantFrom<["dirty-pie" | "dirty-each", string]>(
          ["dirty-pie", "PIE"],
          ["dirty-each", "CONTEXTIDR_EL1"],
          ["dirty-each", "TCR_EL1+TCR2_EL1"],
        ),
        async (profile, nesting, name, [policy, group]) => {
          const choice: ConfigChoice = { mode: "vhe" };
          const model = changedModel(modelOf(name), { vcpus: 1, pcpus: 1 });
          const rows = await rowsOf(await withoutWrites(model, windows), choice, profile, nesting);
          const row = rows.find((each) => each.policy === policy && each.group === group);
          if (row === undefined) throw new RangeError("no row");
          expect(row.windows).toBe(windows);
          // The last whole number of windows below the rate and the next above it, where there are such.
          const at = Math.min(row.share.likely, 2) * windows;
          const trials = [
            [Math.ceil(at) - 1, -1],
            [Math.floor(at) + 1, 1],
            ...(row.share.likely === Infinity ? [[windows, -1]] : []),
          ].filter(([written]) => written >= 0 && written <= windows);
          for (const [written, sign] of trials) {
            expect(Math.sign(await difference(model, written, choice, row))).toBe(sign);
          }
        },
      ),
      { numRuns: 8, seed: 5 },
    );
  }, 60_000);

  it("has the range of the prices, per second of a vCPU", async () => {
    const model = changedModel(modelOf("idle"), { vcpus: 2, pcpus: 2 });
    const path = await withoutWrites(model, windows);
    const rows = await rowsOf(path, {}, "apple-m1", "none");
    expect(rows.map(({ policy }) => policy)).toContain("dirty-each");
    for (const { share, writesPerSecond: rate, writesPerSecondAtRandom: random, ...row } of rows) {
      expect(share.least).toBeLessThanOrEqual(share.p5);
      expect(share.p5).toBeLessThanOrEqual(share.likely);
      expect(share.likely).toBeLessThanOrEqual(share.p95);
      expect(share.p95).toBeLessThanOrEqual(share.greatest);
      const seconds = row.vcpuSeconds ?? Number.NaN;
      expect(rate?.likely).toBeCloseTo((share.likely * row.windows) / seconds, 9);
      // Writes that fall by chance waste some on windows that have one.
      expect(random?.likely ?? 0).toBeGreaterThanOrEqual(rate?.likely ?? 0);
      const own = row.vcpus.reduce((sum, vcpu) => sum + (vcpu.writesPerSecond ?? 0) * (vcpu.seconds ?? 0), 0);
      expect(own).toBeCloseTo(share.likely * row.windows, 6);
    }
  });

  it("is said in a sentence with what it rests on", async () => {
    const model = changedModel(modelOf("idle"), { vcpus: 2, pcpus: 2 });
    const rows = await rowsOf(await withoutWrites(model, 200), {}, "apple-m1", "none");
    const pie = rows.find(({ group }) => group === "PIE");
    expect(pie?.sentence).toMatch(
      /^PIR_EL1\+PIRE0_EL1: dirty-save (?:wins|loses) on this trace, which is synthetic idle.*VHE; \d+ loads and puts per second and vCPU\) .*apple-m1 prices/,
    );
  });

  it("is for policies whose first write traps and that save what is dirty", () => {
    const config = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
    const having = [...builtinPolicies, foreign].filter((policy) =>
      hasWriteRate({ policy: policy.build(config), config }, "vhe"),
    );
    expect(having.map(({ name }) => name)).toEqual(["dirty-pie", "dirty-each"]);
    // Windows of another mode than the run's, and a VM without the registers.
    const policy = dirtyPie.build(config);
    expect(hasWriteRate({ policy, config }, "nvhe")).toBe(false);
    expect(hasWriteRate({ policy, config: kernelConfig("vhe", "6.12", []) }, "vhe")).toBe(false);
  });
});
