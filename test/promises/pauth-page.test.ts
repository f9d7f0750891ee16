/** The figures of docs/pauth.md, made again by the commands that it names. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VerdictResult } from "#src/report/verdict.js";
import { percent } from "#src/verdict/sentence.js";
import type { VerdictRow } from "#src/verdict/verdict-row.js";
import { outputOf, readText, recording, repository } from "../cli/program.js";

const page = readText(join(repository, "docs/pauth.md"));
const names = ["kvm-vhe", "chatty-vhe"] as const;
const recordings = process.env["TRAPLINE_RECORDINGS"] ?? "";
const large = names.map((name) => join(recordings, `${name}.tarmac.zst`));
const minutes = 60_000;

/** As the page's table has it: shares of all executed. */
function rowText(name: string, uses: string, row: VerdictRow): string {
  const { likely, p5, p95, least, greatest } = row.difference;
  const all = likely / (row.shareOfAll ?? Number.NaN);
  const share = (value: number): string => `${value > 0 ? "+" : ""}${percent(value / all)}`;
  const span = (low: number, high: number): string => `${share(low)} to ${share(high)}`;
  const cells = [name, uses, row.nesting, row.traps, share(likely), span(p5, p95), span(least, greatest)];
  return `| ${cells.join(" | ")} |`;
}

function rowsOf(files: readonly string[], uses: string, label: (name: string) => string): string[] {
  const policy = ["-p", "lazy-pauth", "--cost", "apple-m1", "--nesting", "none,l2,l2-nv2"];
  const args = ["verdict", ...files, "--uses", uses, ...policy, "--resamples", "0", "--json"];
  const { rows }: VerdictResult = JSON.parse(outputOf(args));
  return rows
    .filter(({ nesting }) => uses === "pauth=load" || nesting === "none")
    .map((row) => rowText(label(names[files.indexOf(row.trace)]), uses.replace("pauth=", ""), row));
}

const models = ["pauth=load", "pauth=load,every=2", "pauth=load,every=10"];
const missing = (rows: readonly string[]): string[] => rows.filter((row) => !page.split("\n").includes(row));

describe("the page on lazy pointer authentication", () => {
  it.each(models)("says what the committed cuts give under %s", (uses) => {
    const files = names.map((name) => recording(`${name}.tarmac.zst`));
    expect(missing(rowsOf(files, uses, (name) => `traces/${name}`))).toEqual([]);
  });

  it.runIf(large.every((file) => existsSync(file))).each(models)(
    "says what the long recordings give under %s",
    (uses) => expect(missing(rowsOf(large, uses, (name) => name))).toEqual([]),
    5 * minutes,
  );

  it("counts a trap for each load with an entry, in the recordings of its first command", () => {
    const [, command] = /^\$ trapline (replay traces\/\S+ .*)$/m.exec(page) ?? [];
    const out = outputOf(command.split(/\s+/)).split("\n");
    const shown = page.slice(page.indexOf(command) + command.length).split("```")[0];
    const lines = shown.split("\n").filter((line) => line.trim() !== "");
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.filter((line) => !out.includes(line))).toEqual([]);
  });
});
