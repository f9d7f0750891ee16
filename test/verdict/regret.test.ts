import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { VerdictResult } from "#src/report/verdict.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { outputOf, recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const file = join(folder, "kvm-nvhe.trl");

beforeAll(() => {
  outputOf(["import", recording("kvm-nvhe.tarmac.zst"), "-o", file]);
});

function verdict(...words: readonly string[]): readonly VerdictRow[] {
  const result: VerdictResult = JSON.parse(
    outputOf(["verdict", file, "--resamples", "0", "--json", ...words]),
  );
  return result.rows;
}

describe("the regret of a policy", () => {
  it("is what it costs more than the oracle of its groups, at the prices of each row", () => {
    const names = ["dirty-pie", "dirty-each", "adaptive", "hidden", "oracle:dirty-pie", "oracle"];
    const rows = verdict("-p", names.join(), "--cost", "neoverse-n1,instructions", "--nesting", "none,l2");
    const of = (row: VerdictRow, policy: string): VerdictRow =>
      rows.find(
        (each) =>
          each.policy === policy &&
          each.group === row.group &&
          each.profile === row.profile &&
          each.nesting === row.nesting,
      )!;
    expect(new Set(rows.map(({ policy }) => policy))).toEqual(new Set(names));
    const hidden = rows.filter(({ policy }) => policy === "hidden");
    expect(hidden.map(({ regret }) => regret)).toEqual(hidden.map(() => null));

    const oracles = rows.filter(({ policy }) => policy.startsWith("oracle"));
    expect(oracles.map(({ regret }) => regret?.cost)).toEqual(oracles.map(() => 0));
    // It could do as eager does.
    expect(Math.max(...oracles.map(({ difference }) => difference.likely))).toBeLessThanOrEqual(1e-6);

    const plain = rows.filter((row) => !hidden.includes(row) && !oracles.includes(row));
    expect(plain.some(({ regret }) => regret!.cost > 1000)).toBe(true);
    for (const row of plain) {
      const oracle = of(row, row.policy === "dirty-pie" ? "oracle:dirty-pie" : "oracle");
      expect(row.regret!.cost).toBeGreaterThanOrEqual(0);
      expect(row.regret!.cost).toBeCloseTo(row.difference.likely - oracle.difference.likely, 3);
    }
  });

  it("is within the bound of an adaptive policy, which no other has", () => {
    const rows = verdict("-p", "dirty-each,adaptive,adaptive:2-8-16", "--nesting", "none,l2");
    const [others, adaptive] = [false, true].map((is) =>
      rows.filter(({ policy }) => policy.startsWith("adaptive") === is),
    );
    expect(others.map(({ bound }) => bound)).toEqual(others.map(() => null));
    for (const { regret, bound } of adaptive) {
      const cost = regret!.share === 0 ? 0 : regret!.cost / regret!.share!;
      expect(cost).toBeLessThanOrEqual(bound!.ratio * (cost - regret!.cost) + bound!.added);
    }
  });

  it("is in every form", () => {
    const words = ["verdict", file, "--resamples", "0", "-p", "adaptive,hidden"];
    const csv = outputOf([...words, "--format", "csv"]).split("\n");
    expect(csv[0]).toContain("regret,regret_share,bound_ratio,bound_added");
    expect(outputOf([...words, "--format", "markdown"])).toContain("| regret |");
    const text = outputOf(words);
    expect(text).toMatch(/On no guest does adaptive cost more than [\d.]+ times what its oracle costs/);
    expect(text).toContain("Regret:");
  });
});

it("an oracle is a policy in a replay, and says at whose prices it chooses", () => {
  const words = ["replay", file, "-p", "eager,adaptive,oracle,oracle:dirty-pie", "--cost", "apple-m1"];
  const text = outputOf(words);
  expect(text).toMatch(/^oracle:dirty-pie +\d/m);
  expect(text).toContain("oracle knows the future, and chooses at apple-m1 prices");
  expect(text).toMatch(/adaptive went \d+ times from trapping/);
});
