/** A trace that no machine made says so, and every report of it repeats it. */

import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { outputOf, temporaryFolder, trapline } from "../cli/program.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const idle = at("idle.trl");
const worst = at("worst.trl");

beforeAll(() => {
  outputOf(["generate", "idle", "-o", idle, "--windows", "60"]);
  outputOf(["worst-case", "dirty-pie", "--rate", "0.05", "-o", worst]);
  for (const seed of ["1", "2"]) {
    outputOf(["generate", "pie-rewrite", "-o", at("pie.trl"), "--windows", "60", "--seed", seed]);
    const few = ["--samples", "10", "--resamples", "50", "--json"];
    outputOf(["verdict", at("pie.trl"), "-p", "dirty-pie", ...few, "-o", at(`verdict${seed}.json`)]);
    outputOf(["replay", at("pie.trl"), "-p", "eager,dirty-pie", "--json", "-o", at(`replay${seed}.json`)]);
  }
}, 60_000);

const few = ["--samples", "10", "--resamples", "0"];
const kernel = ["--kernel", "6.12", "--features", "TCR2,S1PIE"];

/** A command, and the forms in which it answers. */
const reports: readonly (readonly [args: readonly string[], ...forms: readonly string[]])[] = [
  [["inspect", idle, worst], "text", "json"],
  [["replay", idle], "text", "json", "csv", "markdown"],
  [["replay", worst, ...kernel], "text"],
  [["replay", idle, "--interval", "50%"], "text", "json", "csv"],
  [["verdict", idle, ...few], "text", "json", "csv"],
  [["verdict", idle, ...few, "--table"], "text", "csv"],
  [["advise", idle], "text", "json", "csv"],
  [["sweep", idle, "-p", "dirty-pie", "--set", "fastTrap=100,200"], "text", "json", "csv"],
  [["worst-case", "dirty-pie"], "text", "json", "csv"],
  [["diff", at("replay1.json"), at("replay2.json")], "text", "json"],
  [["diff", at("verdict1.json"), at("verdict2.json")], "text", "json", "csv"],
  [["generate", "idle", "-o", at("other.trl"), "--windows", "10"], "text", "json"],
];
/** A process each: the other forms are for the long suite. */
const isLong = process.env["TRAPLINE_LONG"] !== undefined;
const cases = reports.flatMap(([args, ...forms]) =>
  forms.filter((form) => isLong || form === "text").map((form) => [args, form] as const),
);

describe("every report of a synthetic trace says that it is one", () => {
  it.each(cases)(
    "%s as %s",
    (args, form) => {
      const asked = form === "json" ? ["--json"] : form === "text" ? [] : ["--format", form];
      const { stdout, stderr } = trapline([...args, ...asked]);
      expect(stderr).toBe("");
      expect(stdout).toMatch(/synthetic.*(?:idle|pie-rewrite|worst-case of dirty-pie)/);
      expect(stdout).toMatch(form === "csv" ? /^[^\n]*,modelled\n/ : /modelled/i);
    },
    20_000,
  );

  it("export marks each event", () => {
    const csv = outputOf(["export", idle, "--format", "csv"]).trimEnd().split("\n");
    expect(csv[0]).toMatch(/,modelled$/);
    expect(csv.slice(1).every((line) => line.endsWith(',"synthetic idle, seed 1"'))).toBe(true);
    const lines = outputOf(["export", idle, "--format", "jsonl"]).trimEnd().split("\n");
    expect(lines.every((line) => line.endsWith('"modelled":"synthetic idle, seed 1"}'))).toBe(true);
  }, 20_000);

  it("what asks for a recording refuses it", () => {
    for (const args of [
      ["validate", idle],
      ["costs", "--recorded", idle],
      ["verdict", idle, "--cost", "recorded"],
    ]) {
      const { status, stderr } = trapline(args);
      expect({ args, status }).toEqual({ args, status: 1 });
      expect(stderr).toMatch(/is modelled \(synthetic idle, seed 1\)/);
    }
  }, 20_000);
});
