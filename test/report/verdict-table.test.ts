import { describe, expect, it } from "vitest";
import { verdictTableCsv, verdictTableMarkdown, verdictTableText } from "#src/report/verdict-table.js";
import type { VerdictResult } from "#src/report/verdict.js";
import { trackedGroup } from "#src/policies/policy.js";
import { loadProfile } from "#src/prices/load.js";
import type { Nesting, Profile } from "#src/prices/profile.js";
import { drawPrices } from "#src/prices/range.js";
import { priceNotes } from "#src/verdict/price-notes.js";
import { short } from "#src/verdict/sentence.js";
import { priceCounts } from "#src/verdict/verdict.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { traceCounts } from "../search/support.js";

const groups = [["PIR_EL1", "PIRE0_EL1"], ["TPIDR_EL1"]].map((names) => trackedGroup(names));
const [n1, m1] = ["neoverse-n1", "apple-m1"].map(loadProfile);

function rowsOf(profile: Profile, nestings: readonly Nesting[], names = groups): VerdictRow[] {
  const draws = drawPrices(profile, 1, 200);
  return nestings.flatMap((nesting) => priceCounts(traceCounts(3, names), profile, nesting, draws));
}

const resultOf = (rows: readonly VerdictRow[]): VerdictResult => ({
  schema: "trapline.verdict/1",
  tool: "test",
  seed: 1,
  samples: 200,
  resamples: 0,
  complete: true,
  notes: ["read this"],
  rows,
  pooled: [],
  refused: [{ what: "x.trl, nested-nv, nesting none", why: "it has no such prices" }],
});

const nested = ["none", "l2"] as const;
const result = resultOf([...rowsOf(n1, nested), ...rowsOf(m1, ["none"])]);
const lines = verdictTableText(result).split("\n");

describe("the table of a verdict", () => {
  it("has a block for each profile, a row for each group, three columns for each nesting", () => {
    const at = lines.indexOf("x.trl: mode vhe, kernel 6.12; neoverse-n1 prices");
    expect(lines[at + 2].trim().split(/\s+/)).toEqual(["none", "none", "none", "l2", "l2", "l2"]);
    const body = lines.slice(at + 4, at + 7).map((line) => line.trim().split(/\s{2,}/));
    expect(body.map(([label]) => label)).toEqual(["mine", "- PIR_EL1+PIRE0_EL1", "- TPIDR_EL1"]);
    expect(body.map(({ length }) => length)).toEqual([7, 7, 7]);
    const [own] = result.rows;
    expect(body[0][1]).toBe(short(own.difference.likely).replace(/^(?!-)/, "+"));
    expect(lines).toContain("x.trl: mode vhe, kernel 6.12; apple-m1 prices");
  });

  it("has no note about what it does not show", () => {
    const notes = priceNotes([n1]);
    const told = verdictTableText({ ...result, notes });
    expect(notes.join()).toContain("Regret:");
    expect(told).toContain("Note: Negative:");
    expect(told).not.toContain("Regret");
  });

  it("marks what was not answered, and says why by name", () => {
    const at = lines.indexOf("x.trl: mode vhe, kernel 6.12; apple-m1 prices");
    expect(lines[at + 4]).toMatch(/^mine .*-\s+-\s+-$/);
    expect(lines.at(-1)).toBe("Not answered: x.trl, nested-nv, nesting none: it has no such prices");
  });

  it("says no share where units do not meet, and names the profile", () => {
    const silent = resultOf(result.rows.map((row) => ({ ...row, shareOfAll: null })));
    const text = verdictTableText(silent).replaceAll("\n  ", " ");
    expect(text).toMatch(/Note: No share of all for x\.trl at apple-m1 prices: they are in cycles, and/);
    expect(verdictTableText(result)).not.toContain("No share of all");
  });

  it("says all of a sign that no price in the ranges turns, and what breaks the guest", () => {
    const [row] = result.rows;
    const certain = { ...row, sameSign: 1, cornersSameSign: 1 };
    expect(verdictTableText(resultOf([certain]))).toMatch(/^mine .* all$/m);
    expect(verdictTableText(resultOf([{ ...certain, cornersSameSign: 0.99 }]))).toMatch(/^mine .* 100$/m);
    expect(verdictTableText(resultOf([{ ...row, undefinedAccesses: 2 }]))).toMatch(/^mine +breaks +- +-$/m);
  });

  it("has a sentence of the first policy for each profile and nesting, in lines that fit a mail", () => {
    const text = verdictTableText(result).replaceAll("\n  ", " ");
    const said = result.rows
      .filter(({ group }) => group === null)
      .map(({ sentence }) => `x.trl: ${sentence}`);
    expect(said).toHaveLength(3);
    for (const sentence of said) expect(text).toContain(sentence);
    expect(lines.filter(({ length }) => length > 100)).toEqual([]);
  });

  it("is the same as Markdown and as CSV", () => {
    const markdown = verdictTableMarkdown(result);
    expect(markdown).toContain("| none cycles | none % of all | none sure | l2 cycles |");
    expect(markdown).toContain(`- x.trl: ${result.rows[0].sentence}`);
    const [head, ...rows] = verdictTableCsv(result).split("\n");
    expect(head).toMatch(/,traps,saves_elided,likely_none,p5_none,p95_none,share_of_all_none,/);
    expect(head).toMatch(/,likely_l2,.*,corners_same_sign_l2$/);
    expect(rows).toHaveLength(6);
    expect(rows[0]).toContain(`,mine,,6,${result.rows[0].savesElided},${result.rows[0].difference.likely},`);
    expect(rows[5]).toMatch(/,apple-m1,.*,,,,,,$/);
  });
});

describe("short", () => {
  it.each([
    [0, "0"],
    [-17_545, "-17.5k"],
    [999.4, "999"],
    [999.6, "1k"],
    [999_600, "1M"],
    [3_920_000_000, "3.92G"],
    [0.0123, "0.0123"],
  ])("%d is %s", (value, text) => {
    expect(short(value)).toBe(text);
  });
});
