import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { findPolicy } from "#src/policies/find.js";
import type { PolicyDefinition } from "#src/policies/policy.js";
import { parsePolicy } from "#src/policies/file.js";
import { loadProfile } from "#src/prices/load.js";
import { drawPrices } from "#src/prices/range.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { priceCounts } from "#src/verdict/verdict.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const names = ["kvm-vhe", "kvm-nvhe", "chatty-vhe"];
const pathOf = (name: string): string => join(folder, `${name}.trl`);
const profile = loadProfile("neoverse-n1");
const draws = drawPrices(profile, 1, 50);

beforeAll(async () => {
  for (const name of names) await importTrace(recording(`${name}.tarmac.zst`), pathOf(name));
});

async function rowsOf(path: string, policies: readonly PolicyDefinition[]): Promise<VerdictRow[]> {
  const rows: VerdictRow[] = [];
  const asked = [findPolicy("eager"), ...policies];
  for await (const counts of replayPlan(makePlan([path], { policies: asked, choice: {} }), { threads: 0 })) {
    rows.push(...priceCounts(counts, profile, "none", draws));
  }
  return rows;
}

/** A policy of one group of these rules. */
const ruled = (name: string, rules: string): PolicyDefinition =>
  parsePolicy(`name: ${name}\ngroups:\n  - {${rules}}\n`, `${name}.yaml`);

const shaped = [
  "dirty-pie",
  "dirty-each",
  "lazy-debug",
  ruled("open", "registers: [TTBR0_EL1, TTBR1_EL1], save: open"),
  ruled("after", "registers: [TTBR0_EL1, TTBR1_EL1], arm: after-save"),
  ruled("brought", "registers: [TTBR0_EL1, TTBR1_EL1], trap: first-access, save: open, restore: never"),
].map((each) => (typeof each === "string" ? findPolicy(each) : each));

describe.each(names)("on %s", (name) => {
  it("a break-even curve says what the policy costs at the share of windows that trap", async () => {
    const rows = (await rowsOf(pathOf(name), shaped)).filter(({ group }) => group !== null);
    const { mrs, store, load, msr } = profile.prices;
    const switched = mrs.likely + store.likely + load.likely + msr.likely;
    for (const { policy, registers, windows, difference, writeShare, trapPrice, breakEvenCurve } of rows) {
      if (writeShare === null || !breakEvenCurve) throw new Error(`no curve of ${policy}`);
      const { gain, rest } = breakEvenCurve;
      const said = windows * (writeShare * (trapPrice + rest) - gain);
      // The end of a recording cuts a window of each vCPU.
      const cut = 2 * registers.length * switched + 1e-3;
      expect({ policy, fits: Math.abs(difference.likely - said) < cut }).toEqual({ policy, fits: true });
    }
    expect(rows.length).toBeGreaterThan(10);
  });

  it("a group with another rule has neither a share nor a break-even", async () => {
    const others = [
      ...["always-trap", "always-trap-tx2", "tvm", "adaptive"].map(findPolicy),
      // Where keys are switched in the run and nobody saw loads, nobody knows when they are armed.
      ...(name === "kvm-nvhe" ? [] : [findPolicy("lazy-pauth")]),
      ruled("foreign", "registers: [TTBR0_EL1, TTBR1_EL1], restore: foreign"),
    ];
    const rows = (await rowsOf(pathOf(name), others)).filter(({ group }) => group !== null);
    for (const { policy, writeShare, breakEvenWriteShare, breakEvenSize, breakEvenCurve } of rows) {
      const said = [policy, writeShare, breakEvenWriteShare, breakEvenSize, breakEvenCurve];
      expect(said).toEqual([policy, null, null, null, null]);
    }
    expect(rows.length).toBeGreaterThan(5);
  });
});

it("vector registers that come in with the trap are paid for where they come in", async () => {
  const [row] = await rowsOf(pathOf("kvm-vhe"), [findPolicy("lazy-fp")]);
  const { traps, windows, savesElided, restoresElided, writeShare, trapPrice, breakEvenCurve } = row;
  expect(traps).toBeGreaterThan(0);
  // What is in use is saved at put, and was restored: each window either traps, or elides both. The end of a recording
  // cuts windows that were restored and never saved.
  expect(savesElided).toBe(windows - traps);
  expect(restoresElided - savesElided).toBeGreaterThanOrEqual(0);
  expect(restoresElided - savesElided).toBeLessThanOrEqual(2);
  const { fpSave, fpRestore } = profile.prices;
  const each = fpSave.likely + fpRestore.likely;
  const opened = trapPrice + profile.prices.trapRegisterUpdate.likely;
  expect(row.difference.likely).toBeCloseTo(
    traps * opened - savesElided * fpSave.likely - restoresElided * fpRestore.likely,
    3,
  );
  if (!breakEvenCurve || writeShare === null) throw new Error("no curve");
  expect(row.breakEvenWriteShare).toEqual({
    pays: "below",
    value: expect.closeTo(each / (opened + each), 12),
  });
  expect(row.breakEvenSize).toBeNull();
});

it("a policy in a mode of its own is answered, without a break-even", async () => {
  const moded = parsePolicy(
    "name: moded\nmode: nvhe\ngroups:\n  - {registers: [CONTEXTIDR_EL1]}\n",
    "moded.yaml",
  );
  const [row] = await rowsOf(pathOf("kvm-vhe"), [moded]);
  expect(row.traps).toBeGreaterThan(0);
  expect(row.breakEvenCurve).toBeNull();
});
