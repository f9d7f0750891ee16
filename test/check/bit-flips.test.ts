import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkTrace } from "#src/check/check-trace.js";
import { TraplineError } from "#src/errors.js";
import { findPolicy } from "#src/policies/find.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { openTrace } from "#src/trace/reader.js";
import { chance } from "../chance.js";
import { steadyRuns } from "../trace/samples.js";
import { fields, temporaryFolder, writeTrace } from "../trace/support.js";

// Every byte of a trace is covered by a checksum: one bit that is wrong is found wherever it is. All of them are tried
// in the long suite, some of them here.

const long = process.env["TRAPLINE_LONG"] !== undefined;
const folder = temporaryFolder();
const [whole, flipped] = [join(folder, "whole.trl"), join(folder, "flipped.trl")];
const recorded = [0xc080, 0xc100, 0xc513, 0xc101];
const given = {
  ...fields,
  mode: "vhe" as const,
  recorded: { guestSave: recorded, guestRestore: recorded, hostSave: [], hostRestore: [] },
};
writeTrace(whole, steadyRuns(48), { blockEvents: 20 }, given);
const bytes = readFileSync(whole);
const trace = openTrace(whole);
trace.close();

async function replay(path: string): Promise<unknown> {
  const policies = ["eager", "dirty-each", "adaptive"].map((name) => findPolicy(name));
  const plan = makePlan([path], { policies, choice: {} });
  for await (const { policies: rows } of replayPlan(plan, { threads: 0 })) return rows;
  throw new Error("there is no trace");
}

function bits(most: number): number[] {
  const all = 8 * bytes.length;
  if (long) return Array.from({ length: all }, (_, bit) => bit);
  // A bit from each of so many stretches: everything that a trace is made of is met.
  const next = chance(20_261_122);
  return Array.from({ length: most }, (_, at) => Math.floor(((at + next()) * all) / most));
}

function flip(bit: number): void {
  const other = Uint8Array.from(bytes);
  other[bit >> 3] ^= 1 << (bit & 7);
  writeFileSync(flipped, other);
}

describe("a single bit that is wrong", () => {
  it("was not there before", async () => {
    expect(checkTrace(whole)).toMatchObject({ whole: true, findings: [], notes: [] });
    expect(trace.blocks.length).toBeGreaterThan(2);
    await expect(replay(whole)).resolves.toHaveLength(3);
  });

  it("is found by a check, which says where", () => {
    // Without its magic it is no trace: see below.
    const tried = bits(400).filter((bit) => bit >= 64);
    for (const bit of tried) {
      flip(bit);
      const at = bit >> 3;
      const { whole: isWhole, findings } = checkTrace(flipped);
      const block = [...trace.blocks].findIndex(
        ({ offset, bytes: length }) => at >= offset && at < offset + length,
      );
      const [first] = findings;
      expect({ bit, isWhole, kind: first?.kind, block: first?.block }).toEqual({
        bit,
        isWhole: false,
        kind: "damage",
        block: block < 0 ? undefined : block,
      });
      // A part's beginning, or the place of what is wrong in it; of a wrong length, where it is told.
      expect([bit, (first.offset ?? Infinity) <= Math.max(at, 12)]).toEqual([bit, true]);
    }
    if (long) process.stdout.write(`${tried.length} bits, each wrong once, each found\n`);
    expect(tried.length).toBe(
      long ? 8 * bytes.length - 64 : 400 - Math.ceil((64 * 400) / (8 * bytes.length)),
    );
  });

  it("makes it no trace, in the first eight bytes", () => {
    for (let bit = 0; bit < 64; bit++) {
      flip(bit);
      expect(() => checkTrace(flipped)).toThrow("is not a trapline trace");
    }
  });

  it("is refused by a replay, or changes nothing of what it counts", async () => {
    const counts = await replay(whole);
    let refused = 0;
    const tried = bits(150);
    for (const bit of tried) {
      flip(bit);
      const said = await replay(flipped).catch((error: unknown) => {
        if (!(error instanceof TraplineError)) throw error;
        refused++;
        return [error.code, error.place.file];
      });
      const isRefused = [bit < 64 ? "input" : "corrupt", flipped];
      expect([bit, said]).toEqual([
        bit,
        JSON.stringify(said) === JSON.stringify(isRefused) ? isRefused : counts,
      ]);
    }
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(tried.length);
  });
}, 1_200_000);
