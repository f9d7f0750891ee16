/** `verdict --table` and `--uses`, through the program. */

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { VerdictResult } from "#src/report/verdict.js";
import {
  firstLines,
  outputOf,
  recording,
  refusal,
  repository,
  smallCut,
  temporaryFolder,
  trapline,
} from "./program.js";

const folder = temporaryFolder();
const host = join(folder, "host.tarmac");
const trace = join(folder, "host.trl");

beforeAll(async () => {
  writeFileSync(host, await firstLines("kvm-vhe.tarmac.zst", smallCut));
  outputOf(["import", host]);
});

const figure = ["-p", "dirty-pie,dirty-each", "--cost", "neoverse-n1,apple-m1,x-gene-nvhe"];
const nested = ["--nesting", "none,l2,l2-nv2"];

describe("verdict --table", () => {
  it("shows three profiles and three nestings of each group, and the sentences of the first policy", () => {
    const out = outputOf(["verdict", trace, ...figure, ...nested, "--table"]);
    const lines = out.split("\n");
    for (const profile of ["neoverse-n1", "apple-m1", "x-gene-nvhe"]) {
      const at = lines.indexOf(`${trace}: mode vhe, kernel recorded; ${profile} prices`);
      const block = lines.slice(at + 4, lines.indexOf("", at + 4));
      expect(block.map((line) => line.split(/\s{2,}/)[0]).slice(0, 3)).toEqual([
        "dirty-pie (PIE)",
        "dirty-each",
        "- SCTLR_EL1+SCTLR2_EL1",
      ]);
      expect(block.filter((line) => line.split(/\s{2,}/).length !== 10)).toEqual([]);
    }
    expect(out.match(/: On this recording \(VHE/g)).toHaveLength(9);
    expect(out.replaceAll("\n  ", " ").match(/dirty-pie \(PIE\): \d+ traps for/g)).toHaveLength(9);
  });

  it("has a column of a nesting that a profile has no prices for, and says so", () => {
    const out = outputOf([
      "verdict",
      trace,
      "-p",
      "dirty-pie",
      "--cost",
      "neoverse-n1,nested-nv",
      ...nested,
      "--table",
    ]);
    expect(out).toMatch(/^dirty-pie \(PIE\)( +-){3} +[-+]\S+ +\S+ +\S+( +-){3}$/m);
    expect(out.replaceAll("\n  ", " ")).toMatch(/^Not answered: .* nested-nv, nesting none:/m);
  });

  it("is no JSON, which has all rows", () => {
    for (const form of [["--json"], ["--format", "json"]]) {
      expect(trapline(["verdict", trace, "--table", ...form])).toEqual(
        refusal(2, /--table is a form for people/),
      );
    }
    expect(outputOf(["verdict", trace, "-p", "dirty-pie", "--table", "--format", "csv"])).toMatch(
      /^trace,.*_none\n/,
    );
  });
});

describe("verdict --format csv", () => {
  it("has rows of recordings together behind those of each, as JSON has", () => {
    const other = join(folder, "other.trl");
    copyFileSync(trace, other);
    const args = ["verdict", trace, other, "-p", "dirty-pie", "--resamples", "0"];
    const { pooled }: VerdictResult = JSON.parse(outputOf([...args, "--json"]));
    const [head, ...rows] = outputOf([...args, "--format", "csv"])
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));
    expect(rows.map((row) => row.length)).toEqual(rows.map(() => head.length));
    expect(rows.map(([of]) => of)).toEqual([trace, other, "2 recordings together"]);
    const cell = (name: string): string => rows[2][head.indexOf(name)];
    const [{ policy, group, windows, traps, savesElided, difference, perGuestSecond }] = pooled;
    expect(
      ["policy", "group", "windows", "traps", "saves_elided", "likely", "per_guest_second"].map(cell),
    ).toEqual([policy, group, windows, traps, savesElided, difference, perGuestSecond].map(String));
    expect(cell("least")).toBe("");
  });

  it("is not of two profiles of one name", () => {
    const own = join(folder, "own.json");
    copyFileSync(join(repository, "src/prices/profiles/apple-m1.json"), own);
    expect(trapline(["verdict", trace, "-p", "dirty-pie", "--cost", `apple-m1,${own}`])).toEqual(
      refusal(2, /there are two profiles named "apple-m1"/),
    );
  });
});

describe("--uses", () => {
  it("makes lazy-pauth countable, of a recording as of its trace, and says what is modelled", () => {
    const uses = ["-p", "eager,lazy-pauth", "--uses", "pauth=load"];
    const [text, log] = [trace, host].map((file) => outputOf(["replay", file, ...uses]).split("\n"));
    expect(text.slice(1)).toEqual(log.slice(1));
    expect(text).toContain("modelled: uses pauth=load");
    expect(text.find((line) => line.startsWith("lazy-pauth"))).toMatch(/^lazy-pauth +[1-4] /);
    expect(outputOf(["inspect", trace, "--uses", "pauth=load"])).toMatch(
      /VHE host; modelled: uses pauth=load/,
    );
  });

  it("goes with exits, which come first", () => {
    const laid = [
      "--exits",
      "every=100000",
      "--mode",
      "vhe",
      "--kernel",
      "6.18",
      "--uses",
      "pauth=load,every=2",
    ];
    const out = outputOf(["verdict", recording("bare/bare-boot.tarmac.gz"), ...laid, "-p", "lazy-pauth"]);
    expect(out).toContain("modelled: exits every=100000,put=3; uses pauth=load,every=2");
  });

  it("is refused by name where it cannot be", () => {
    expect(trapline(["replay", trace, "--uses", "fp=load"])).toEqual(refusal(2, /--uses takes pauth=load/));
    const bare = recording("bare/bare-boot.tarmac.gz");
    expect(trapline(["replay", bare, "--uses", "pauth=load", "--mode", "vhe"])).toEqual(
      refusal(1, /bare-boot\.tarmac\.gz: does not show all guest entries/),
    );
  });
});
