/** Text, CSV and Markdown say what JSON says. */

import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReplayResult, Totals } from "#src/replay/result.js";
import { outputOf, recording, temporaryFolder } from "./program.js";

const folder = temporaryFolder();
const traces = ["kvm-vhe", "kvm-nvhe"].map((name) => join(folder, `${name}.trl`));
const policies = "eager,dirty-pie,dirty-each,hidden";
let result: ReplayResult;

const replay = (...args: string[]): string => outputOf(["replay", folder, "-p", policies, ...args]);

beforeAll(() => {
  for (const trace of traces) {
    outputOf(["import", recording(`${trace.slice(folder.length + 1, -4)}.tarmac.zst`), "-o", trace]);
  }
  const parsed: ReplayResult = JSON.parse(replay("--json", "--by", "vcpu"));
  result = parsed;
});

const countsOf = ({ traps, saves, elided, restores }: Totals): string =>
  [traps, saves, elided, restores].join(" ");

/** Tables as rows of words: a head of several lines is their words below each other. */
function textTables(text: string): string[][][] {
  return text.split("\n\n").map((table) => table.split("\n").map((line) => line.trim().split(/ {2,}/)));
}

function markdownTables(text: string): string[][][] {
  const isRow = (line: string): boolean => line.startsWith("| ");
  return text
    .split("\n\n")
    .filter(isRow)
    .map((table) =>
      table
        .split("\n")
        .filter((line) => !line.startsWith("| -"))
        .map((line) => line.slice(2, -2).split(" | ")),
    );
}

/** Rows that tables of either form must have and have not: totals by policy, trace and vCPU, and eager's registers. */
function missingRows(tables: readonly (readonly (readonly string[])[])[]): unknown[] {
  const rows = tables.flat();
  const numbers = ({ traps, saves, elided, restores }: Totals): number[] => [traps, saves, elided, restores];
  const wanted = [
    ...result.policies.flatMap(({ policy, totals, vcpus = [] }) => [
      [policy, ...numbers(totals)],
      ...vcpus.map(({ trace, vm, mpidr, totals: own }) => {
        return [trace, vm, `0x${mpidr.toString(16)}`, policy, ...numbers(own)];
      }),
    ]),
    ...result.traces.flatMap(({ path, policies: own = [] }) =>
      own.map(({ policy, totals }) => [path, policy, ...numbers(totals)]),
    ),
    ...result.policies[0].registers.map(({ register, context, restores, saves }) => {
      return [register, context, restores, saves];
    }),
  ];
  return wanted.filter((cells) => !rows.some((row) => cells.every((cell, at) => row[at] === String(cell))));
}

describe("the forms of a replay", () => {
  it("CSV has every number of JSON", () => {
    const [head, ...lines] = replay("--format", "csv", "--by", "vcpu").trimEnd().split("\n");
    expect(head).toBe("policy,trace,vm,mpidr,context,register,traps,saves,elided,restores");
    const expected = result.policies.flatMap(({ policy, registers, vcpus = [] }) => [
      ...registers.map((row) => [policy, "", "", "", row.context, row.register, countsOf(row)]),
      ...vcpus.flatMap(({ trace, vm, mpidr, registers: own }) =>
        own.map((row) => [
          policy,
          trace,
          String(vm),
          `0x${mpidr.toString(16)}`,
          row.context,
          row.register,
          countsOf(row),
        ]),
      ),
    ]);
    const found = lines.map((line) => {
      const cells = line.split(",");
      return [...cells.slice(0, 6), cells.slice(6).join(" ")];
    });
    expect(found).toEqual(expected);
  });

  it("text has its numbers, and fits a mail", () => {
    const text = replay("--by", "vcpu", "--registers", "all");
    expect(missingRows(textTables(text))).toEqual([]);
    const wide = text.split("\n").filter((line) => line.length > 110 && !line.includes(folder));
    expect(wide).toEqual([]);
  });

  it("Markdown has its numbers", () => {
    const text = replay("--format", "markdown", "--by", "vcpu", "--registers", "all");
    expect(missingRows(markdownTables(text))).toEqual([]);
  });

  it("shows the registers in which a policy differs, unless all are asked for", () => {
    const registersOf = (text: string): string[] => [
      ...new Set(text.split("\n").flatMap((line) => /^[A-Z0-9_]+_EL[0-2](?= )/.exec(line) ?? [])),
    ];
    const shown = registersOf(replay());
    expect(shown).toEqual(expect.arrayContaining(["PIR_EL1", "CONTEXTIDR_EL1"]));
    expect(shown).not.toContain("ESR_EL1");
    expect(registersOf(replay("--registers", "all"))).toContain("ESR_EL1");
    const one = outputOf(["replay", traces[0], "-p", "eager"]);
    expect(one).toContain("No policy differs from the first in any register.");
  });

  it("notes are in all but CSV", () => {
    expect(result.notes.length).toBeGreaterThan(0);
    const words = (text: string): string => text.replace(/\s+/g, " ");
    for (const note of result.notes) {
      expect(words(replay("--by", "vcpu"))).toContain(`Note: ${note}`);
      expect(words(replay("--by", "vcpu", "--format", "markdown"))).toContain(`*Note*: ${note}`);
      expect(replay("--by", "vcpu", "--format", "csv")).not.toContain(note);
    }
  });

  it("has no colour, asked or not", () => {
    const plain = replay();
    expect(plain).not.toContain("\u001b");
    expect(outputOf(["replay", folder, "-p", policies], { env: { NO_COLOR: "1" } })).toBe(plain);
    expect(outputOf(["replay", folder, "-p", policies], { env: { FORCE_COLOR: "1" } })).toBe(plain);
  });
});

describe("text of the other commands", () => {
  it("fits a mail", () => {
    const commands = [
      ["inspect", ...traces],
      ["validate", traces[1], "--all"],
      ["policies"],
      ["registers"],
      ["registers", "PIR_EL1", "AFSR0_EL1", "FPSIMD"],
    ];
    for (const args of commands) {
      const wide = outputOf(args)
        .split("\n")
        .filter((line) => line.length > 110);
      expect({ args, wide }).toEqual({ args, wide: [] });
    }
  });

  it("inspect shows each register's accesses", () => {
    const text = outputOf(["inspect", traces[0]]);
    expect(text).toMatch(/^guestWrite +6641$/m);
    expect(text).toMatch(/^PIR_EL1 +\d+ /m);
  });

  it("registers tells what the README promises", () => {
    const text = outputOf(["registers", "PIR_EL1"]);
    for (const word of ["S3_0_C10_C2_3", "PIR_EL12", "el1", "HFGWTR_EL2[58] = 0", "S1PIE"]) {
      expect(text).toContain(word);
    }
    expect(outputOf(["registers", "PAR_EL1"])).toMatch(/other writers +address translation/);
  });

  it("policies names each, and how to write one", () => {
    const text = outputOf(["policies"]);
    expect(text).toMatch(/^dirty-pie$/m);
    expect(text).toMatch(/^ {2}groups:$/m);
  });
});
