/** The exit status of `trapline diff` is that of diff(1). */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sampleResult } from "../replay/result-sample.js";
import { temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const file = (name: string, data: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(data));
  return path;
};
const base = file("base.json", sampleResult());
const other = file("other.json", {
  ...sampleResult(),
  config: { mode: "nvhe", kernel: "6.12", features: [] },
});

it("is 0 for equal results, one of them from standard input too", () => {
  const input = JSON.stringify(sampleResult("x.trl"));
  const { status, stdout, stderr } = trapline(["diff", base, "-"], { input });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/equal\.\n$/);
});

it("is 1 for different ones, in any form", () => {
  for (const form of [[], ["--json"], ["--format", "csv"], ["--format", "markdown"]]) {
    const { status, stdout, stderr } = trapline(["diff", base, other, ...form]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout).toContain("nvhe");
  }
});

it("is 2 for trouble, with one line that names the file", () => {
  const broken = file("broken.json", { schema: "trapline.verdict/1" });
  for (const wrong of [broken, join(folder, "none.json"), folder]) {
    const { status, stdout, stderr } = trapline(["diff", base, wrong]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr.startsWith(`trapline: ${wrong}: `)).toBe(true);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  }
  expect(trapline(["diff", base]).status).toBe(2);
  expect(trapline(["diff", base, other, "--json", "--format", "csv"]).status).toBe(2);
  expect(trapline(["diff", base, other, "-o", join(folder, "none", "x")]).status).toBe(2);
});
