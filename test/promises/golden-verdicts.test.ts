/**
 * What `verdict` and `validate` answer on the committed recordings. After a change that is meant to change them:
 * `TRAPLINE_GOLDEN=make npx vitest run --project short test/promises/golden-verdicts.test.ts`, and look at the difference.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ValidateResult } from "#src/replay/validate.js";
import type { VerdictResult } from "#src/report/verdict.js";
import { outputOf, readText, recording, repository, temporaryFolder, trapline } from "../cli/program.js";

const folder = temporaryFolder();
const names = ["kvm-vhe", "kvm-nvhe", "chatty-vhe"];
const trace = (name: string): string => join(folder, `${name}.trl`);

beforeAll(() => {
  for (const name of names) outputOf(["import", recording(`${name}.tarmac.zst`), "-o", trace(name)]);
});

/** Logarithms and roots of two versions of Node may differ in a double's last digits. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value;

/** A line for each row, and what is in the file; that is made again where the environment says so. */
function linesOf(name: string, rows: readonly object[]): { readonly found: string; readonly golden: string } {
  const file = join(repository, "test/golden", name);
  const found = `${rows.map((row) => JSON.stringify(row, rounded)).join("\n")}\n`;
  if (process.env["TRAPLINE_GOLDEN"] === "make") writeFileSync(file, found);
  return { found, golden: readText(file) };
}

describe.each(names)("of %s", (name) => {
  it("the verdict on three policies, nested or not, is that of test/golden", () => {
    const policies = ["-p", "dirty-pie,dirty-each,adaptive", "--resamples", "50"];
    const prices = ["--cost", "neoverse-n1", "--nesting", "none,l2-nv2"];
    const { rows }: VerdictResult = JSON.parse(
      outputOf(["verdict", trace(name), ...policies, ...prices, "--json"]),
    );
    const shown = rows.map(
      ({ nesting, policy, group, windows, traps, savesElided, writeShare, difference, ...more }) => {
        const { regret, bound, interval } = more;
        const counts = { windows, traps, savesElided, writeShare };
        return { nesting, policy, group, ...counts, difference, regret, bound, interval };
      },
    );
    const { found, golden } = linesOf(`verdict-${name}.jsonl`, shown);
    expect(found).toBe(golden);
  });

  it("validate says what is in test/golden", () => {
    const policy = name === "chatty-vhe" ? recording("chatty-vhe.policy.yaml") : "eager";
    const { status, stdout, stderr } = trapline(["validate", trace(name), "-p", policy, "--json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { compared, agree, rows }: ValidateResult = JSON.parse(stdout);
    const { found, golden } = linesOf(`validate-${name}.jsonl`, [{ compared, agree }, ...rows]);
    expect(found).toBe(golden);
  });
});

it("the recorded kernel trapped the first use of vector registers as often as lazy-fp does", () => {
  const shown: ValidateResult = JSON.parse(
    outputOf(["validate", trace("kvm-vhe"), "-p", "lazy-fp", "--json"]),
  );
  expect(shown.agree).toBe(true);
  const own = shown.rows.filter(({ register }) => register === "FPSIMD");
  expect(own.map(({ what, recorded, model }) => [what, recorded > 0, recorded === model])).toEqual([
    ["trap", true, true],
  ]);
  expect(shown.unseen).toEqual(["FPSIMD"]);
});

it("a policy that a recording cannot answer does not keep the others from their verdicts", () => {
  const shown: VerdictResult = JSON.parse(
    outputOf(["verdict", trace("kvm-nvhe"), "-p", "lazy-fp,dirty-pie", "--resamples", "0", "--json"]),
  );
  expect(shown.rows.map(({ policy }) => policy)).toEqual(["dirty-pie"]);
  expect(shown.refused).toEqual([
    {
      what: expect.stringMatching(/kvm-nvhe\.trl, mode as recorded, kernel recorded, lazy-fp$/),
      why: expect.stringMatching(/^policy "lazy-fp" needs vcpu_load and vcpu_put/),
    },
  ]);
});
