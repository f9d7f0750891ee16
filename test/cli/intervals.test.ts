import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { IntervalResult } from "#src/replay/interval-result.js";
import { outputOf, recording, refusal, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const trace = join(folder, "kvm-vhe.trl");

beforeAll(() => {
  outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", trace]);
});

const given = ["replay", trace, "-p", "eager,dirty-pie,dirty-each", "--interval", "1/5"];
const resultOf = (args: readonly string[]): IntervalResult => {
  const result: IntervalResult = JSON.parse(outputOf([...args, "--json"]));
  expect(result.schema).toBe("trapline.intervals/1");
  return result;
};

describe("replay --interval", () => {
  it("CSV has every number of JSON", () => {
    const { traces } = resultOf(given);
    const [head, ...lines] = outputOf([...given, "--format", "csv"])
      .trimEnd()
      .split("\n");
    expect(head).toBe(
      "trace,interval,start,end,unit,policy,register,context,traps,saves,elided,restores,runs,guest_entries,guest_exits,guest_writes",
    );
    const expected = traces.flatMap(({ path, unit, intervals }) =>
      intervals.flatMap(({ interval, start, end, policies, ...guest }) => {
        const { runs, guestEntries, guestExits, guestWrites } = guest;
        const place = [path, interval, start, end, unit];
        return [
          [...place, "", "", "", "", "", "", "", runs, guestEntries, guestExits, guestWrites],
          ...policies.flatMap(({ policy, registers }) =>
            registers.map(({ register, context, traps, saves, elided, restores }) => {
              return [...place, policy, register, context, traps, saves, elided, restores, "", "", "", ""];
            }),
          ),
        ];
      }),
    );
    expect(lines).toEqual(expected.map((row) => row.join(",")));
    expect(lines.length).toBeGreaterThan(100);
  });

  it("text and Markdown have its totals, and fit a mail", () => {
    const { traces } = resultOf(given);
    const text = outputOf(given);
    const cells = (line: string): string =>
      line
        .trim()
        .split(/ {2,}| \| |^\| | \|$/)
        .join(" ")
        .trim();
    const lines = text.split("\n").map(cells);
    const markdown = outputOf([...given, "--format", "markdown"])
      .split("\n")
      .map(cells);
    for (const { interval, start, runs, guestEntries, guestExits, guestWrites } of traces[0].intervals) {
      const row = [interval, start, runs, guestEntries, guestExits, guestWrites].join(" ");
      expect(lines.some((line) => line.startsWith(row))).toBe(true);
      expect(markdown.some((line) => line.startsWith(row))).toBe(true);
    }
    const { traps } = traces[0].policies[2].totals;
    expect(lines.some((line) => line.startsWith("all") && line.includes(` ${traps} `))).toBe(true);
    expect(text.split("\n").filter((line) => line.length > 110 && !line.includes(folder))).toEqual([]);
    expect(text.replace(/\s+/g, " ")).toContain("Note: Each pCPU of these recordings has a clock of its own");
  });

  it("is the same at any number of threads, and from a plan", () => {
    const expected = outputOf([...given, "--json"]);
    expect(outputOf([...given, "--json", "-j", "3"])).toBe(expected);
    const plan = join(folder, "plan.json");
    outputOf(["plan", trace, "-p", "eager,dirty-pie,dirty-each", "-o", plan]);
    expect(outputOf(["replay", "--plan", plan, "--interval", "1/5", "--json"])).toBe(expected);
  });

  it("takes a recording, and several traces", () => {
    const several = ["replay", recording("kvm-vhe.tarmac.zst"), trace, "-p", "eager", "--interval", "1/3"];
    const { traces } = resultOf(several);
    expect(traces.map(({ path }) => path)).toEqual([recording("kvm-vhe.tarmac.zst"), trace]);
    expect(traces[0].intervals).toEqual(traces[1].intervals);
  });

  it("refuses what it cannot do", () => {
    const base = ["replay", trace, "-p", "eager"];
    const refused = (...args: string[]): unknown => trapline([...base, ...args]);
    expect(refused("--interval", "soon")).toEqual(refusal(2, /--interval does not take "soon"/));
    expect(refused("--interval", "10ms")).toEqual(refusal(2, /counts instructions/));
    expect(refused("--interval", "1")).toEqual(refusal(2, /makes \d+ intervals .*100000 are the most/));
    expect(refused("--interval", "5%", "--by", "vcpu")).toEqual(refusal(2, /--by do not go together/));
    expect(refused("--interval", "5%", "--shard", "1/2")).toEqual(refusal(2, /--shard do not go together/));
  });
});
