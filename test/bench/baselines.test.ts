/** Timings compare programs that count the same: that they do is tested here, and again before each time is printed. */

import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { findPolicy } from "#src/policies/find.js";
import { makePlan } from "#src/replay/make-plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { openTrace } from "#src/trace/reader.js";
import { assertSame, baselineCounts, replayCounts, type PolicyCounts } from "../../dist/bench/counts.js";
import { tenPolicies } from "../../dist/bench/policies.js";
import { repeatTrace } from "../../dist/bench/repeat.js";
import { writeSynthetic } from "../../dist/bench/synthetic.js";
import { encodeTables, replayTables, wordsFor, type Tables } from "../../dist/bench/tables.js";
import { recording, temporaryFolder } from "../cli/program.js";

const folder = temporaryFolder();
const built = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

async function countsOf(trace: string, policies: readonly string[]): Promise<PolicyCounts[]> {
  const plan = makePlan([trace], { policies: policies.map(findPolicy), choice: {} });
  for await (const counts of replayPlan(plan, { threads: 0 })) {
    const rows = counts.policies.map((each) => each.rows);
    return replayCounts(counts.assignments, rows);
  }
  throw new Error("nothing was replayed");
}

const printed = (command: string, args: readonly string[]): unknown =>
  JSON.parse(execFileSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 }));

function tablesFile(tables: Tables): string {
  const path = join(folder, "tables");
  writeFileSync(path, Buffer.concat([...encodeTables(tables)]));
  return path;
}

const hasGcc = spawnSync("gcc", ["--version"]).error === undefined;

type Found = Parameters<typeof baselineCounts>[1];

/** What a baseline printed; whether its figures are right is for the comparison. */
function asCounts(value: unknown): Found {
  const isFound = (each: unknown): each is Found => typeof each === "object" && each !== null;
  if (!isFound(value)) throw new Error("a baseline printed no counts");
  return value;
}

/** What each baseline counts of the events of `once`, `times` over. */
function baselines(tables: Tables, times: number): Record<string, PolicyCounts[]> {
  const file = tablesFile(tables);
  const args = [file, String(times), "1"];
  const counts = (result: unknown): PolicyCounts[] => baselineCounts(tables, asCounts(result));
  const plain = counts(printed(process.execPath, [built("dist/bench/baselines/replay.js"), ...args]));
  if (!hasGcc) return { plain };
  const program = join(folder, "replay");
  const source = built("bench/baselines/replay.c");
  execFileSync("gcc", [
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    `-DWORDS=${wordsFor(tables)}`,
    "-o",
    program,
    source,
  ]);
  return { plain, c: counts(printed(program, args)) };
}

describe("baselines count what a replay counts", () => {
  if (!hasGcc) process.stderr.write("There is no gcc here: the baseline in C is not tested.\n");

  it.each(["kvm-vhe", "kvm-nvhe"])("in repetitions of %s, and in each of them", async (name) => {
    const once = join(folder, `${name}.trl`);
    const long = join(folder, `${name}-long.trl`);
    await importTrace(recording(`${name}.tarmac.zst`), once);
    const { events, times } = repeatTrace(once, long, 100_000);
    expect([events >= 100_000, times > 1]).toEqual([true, true]);
    const trace = openTrace(long);
    try {
      expect(trace.header.events).toBe(events);
    } finally {
      trace.close();
    }
    const tables = replayTables(once, tenPolicies);
    const expected = await countsOf(long, tenPolicies);
    for (const [what, counts] of Object.entries(baselines(tables, times))) {
      expect(() => assertSame(what, tables, expected, counts)).not.toThrow();
    }
    const sql = replayTables(once, ["dirty-each"]);
    const found = printed(process.execPath, [
      built("dist/bench/baselines/duckdb.js"),
      once,
      String(times),
      "1",
      "2",
    ]);
    const inSql = baselineCounts(sql, asCounts(found));
    assertSame("DuckDB", sql, await countsOf(long, ["dirty-each"]), inSql);
    expect(Object.values(inSql[0].traps).length).toBeGreaterThan(3);
  });

  it.each([0, 40])("in a synthetic trace of %i different windows", async (distinct) => {
    const trace = join(folder, "synthetic.trl");
    writeSynthetic(trace, { seed: 7, events: 60_000, vcpus: 3, length: 20, writes: 9, distinct });
    const tables = replayTables(trace, tenPolicies);
    const expected = await countsOf(trace, tenPolicies);
    for (const [what, counts] of Object.entries(baselines(tables, 1))) {
      expect(() => assertSame(what, tables, expected, counts)).not.toThrow();
    }
    const changes = expected.flatMap((each) => Object.values(each.changes));
    expect(changes.length).toBeGreaterThan(10);
  });

  it("and one that does not is refused by name", async () => {
    const trace = join(folder, "synthetic.trl");
    writeSynthetic(trace, { seed: 7, events: 5000, vcpus: 1, length: 20, writes: 9, distinct: 3 });
    const tables = replayTables(trace, ["dirty-each"]);
    const counts = await countsOf(trace, ["dirty-each"]);
    const [{ traps, ...rest }] = counts;
    const [register] = Object.keys(traps);
    const wrong = [{ ...rest, traps: { ...traps, [register]: traps[register] + 1 } }];
    expect(() => assertSame("it", tables, counts, wrong)).toThrow(`dirty-each, ${register}: traps differ`);
  });
});

describe("a synthetic trace", () => {
  it("is the same for a seed, says what it is, and has the windows that were asked for", () => {
    const bytes = [1, 1, 2].map((seed, at) => {
      const path = join(folder, `s${at}.trl`);
      writeSynthetic(path, { seed, events: 20_000, vcpus: 2, length: 12, writes: 4, distinct: 5 });
      const trace = openTrace(path);
      try {
        expect(trace.header.source.format).toBe("synthetic");
        expect(trace.header.events).toBeGreaterThanOrEqual(20_000);
        expect(trace.header.vcpus.length).toBe(2);
        // Five; some behind a load, and some behind the write that turns the caches on; and the puts.
        expect(trace.windows().dictionaries[0].size).toBeLessThanOrEqual(16);
        const counted = trace.header.tally.reduce((sum, row) => sum + row[3], 0);
        expect(counted).toBe(trace.header.events);
        return JSON.stringify(trace.header.tally);
      } finally {
        trace.close();
      }
    });
    expect(bytes[0]).toBe(bytes[1]);
    expect(bytes[0]).not.toBe(bytes[2]);
  });
});
