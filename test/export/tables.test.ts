import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { formOf } from "#src/export/registry.js";
import type { Table } from "#src/export/table.js";
import { countTable } from "#src/export/tables/counts.js";
import { eventTable } from "#src/export/tables/events.js";
import { windowTable } from "#src/export/tables/windows.js";
import { parseResult } from "#src/replay/result-file.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace, type Trace } from "#src/trace/reader.js";
import { outputOf, recording, repository, temporaryFolder, trapline } from "../cli/program.js";
import { query } from "./query.js";

const folder = temporaryFolder();
const file = join(folder, "cut.trl");
const sliced = v.object({
  traceEvents: v.array(
    v.object({
      name: v.string(),
      pid: v.number(),
      tid: v.optional(v.number()),
      ts: v.optional(v.number()),
      dur: v.optional(v.number()),
    }),
  ),
});
const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;

beforeAll(() => {
  outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", file]);
});

async function written(name: string, form: string, table: Table): Promise<string> {
  const path = join(folder, `${name}.${form}`);
  const chunks = [...((await formOf(form))?.chunks(table) ?? [])].map((each) => Buffer.from(each));
  writeFileSync(path, Buffer.concat(chunks));
  return quoted(path);
}

function withTrace<T>(work: (trace: Trace) => Promise<T>): Promise<T> {
  const trace = openTrace(file);
  return work(trace).finally(() => trace.close());
}

const tallied = ({ header }: Trace, ...kinds: readonly number[]): number =>
  header.tally.reduce((sum, [kind, , , count]) => (kinds.includes(kind) ? sum + count : sum), 0);

describe("what other programs read is what was exported", () => {
  it("events as Parquet and as CSV", () =>
    withTrace(async (trace) => {
      const parquet = await written("events", "parquet", eventTable(trace));
      const csv = await written("events", "csv", eventTable(trace));
      const sums =
        "count(*), sum(time), sum(pcpu), count(vcpu), count(register), count(value), count(distinct kind)";
      const [ofParquet] = await query(`select ${sums} from ${parquet}`);
      expect(ofParquet).toEqual((await query(`select ${sums} from read_csv(${csv}, all_varchar=false)`))[0]);
      expect(ofParquet[0]).toBe(String(trace.header.events));
      // Every row, values of 64 bits in full.
      const hex = "'0x' || lpad(lower(printf('%x', value)), 16, '0')";
      const rows = `select row_number() over (), time, pcpu, vcpu, kind, register`;
      const differing = await query(
        `select count(*) from ((${rows}, ${hex} as value from ${parquet}) except
         (${rows}, value from read_csv(${csv}, types={'value': 'varchar'})))`,
      );
      expect(differing).toEqual([["0"]]);
      // A reader that passes row groups over by their statistics finds values with the top bit set.
      const high = await query(`select count(*) from ${parquet} where value >= 9223372036854775808::ubigint`);
      expect(Number(high[0][0])).toBeGreaterThan(100);
    }));

  it("windows, whose sums are those of the events", () =>
    withTrace(async (trace) => {
      const parquet = await written("windows", "parquet", windowTable(trace));
      const [loads, runs] = await query(
        `select count(begin), count("end"), sum(entries), sum(exits), sum(writes), sum(emulatedWrites)
         from ${parquet} group by "window" order by "window"`,
      );
      const exits = tallied(trace, Kind.fullExit, Kind.fastExit);
      const inside = [
        tallied(trace, Kind.entry),
        exits,
        tallied(trace, Kind.guestWrite),
        tallied(trace, Kind.emulatedWrite),
      ];
      expect(loads).toEqual([tallied(trace, Kind.load), tallied(trace, Kind.put), ...inside].map(String));
      expect(runs).toEqual(
        [tallied(trace, Kind.runStart), tallied(trace, Kind.runEnd), ...inside].map(String),
      );
      const reasons = await query(
        `select reason, count(*) from ${parquet} where "window" = 'run' group by 1`,
      );
      expect(reasons.length).toBeGreaterThan(3);
    }));

  it("windows whose end was lost, too", async () => {
    const kernel = gunzipSync(readFileSync(join(repository, "traces/kernel/kvm-vhe.trace.txt.gz")));
    let exits = 0;
    const lost = kernel
      .toString()
      .split("\n")
      .filter((line) => !line.includes(" kvm_exit:") || ++exits % 50 !== 0);
    const path = join(folder, "lost.txt");
    writeFileSync(path, lost.join("\n"));
    outputOf(["import", path, "-o", join(folder, "lost.trl")]);
    const trace = openTrace(join(folder, "lost.trl"));
    const starts = tallied(trace, Kind.runStart);
    const csv = await written("lost", "csv", windowTable(trace));
    const slices = trapline(["export", trace.path, "--format", "perfetto"]).stdout;
    trace.close();
    const [[runs, unended]] = await query(
      `select count(*), count(*) - count("end") from read_csv(${csv}) where "window" = 'run'`,
    );
    expect(Number(runs)).toBe(starts);
    expect(Number(unended)).toBeGreaterThanOrEqual(Math.floor(exits / 50));
    // Drawn as far as they were seen: on one track they do not overlap.
    const { traceEvents } = v.parse(sliced, JSON.parse(slices));
    const ends = new Map<string, number>();
    for (const { name, pid, tid, ts = 0, dur = 0 } of traceEvents) {
      if (name !== "run") continue;
      const track = `${pid} ${tid}`;
      expect(ts).toBeGreaterThanOrEqual(ends.get(track) ?? 0);
      ends.set(track, ts + dur - 1e-6);
    }
    expect(ends.size).toBeGreaterThan(0);
  });

  it("counts of one result in every form, to the last digit", async () => {
    const text = outputOf(["replay", file, "--by", "vcpu", "-p", "eager,dirty-pie,dirty-each", "--json"]);
    const result = parseResult(text, "result");
    const table = (): Table => countTable(result);
    const parquet = await written("counts", "parquet", table());
    const csv = await written("counts", "csv", table());
    const names = table().columns.map(({ name }) => name);
    const cast = names.map((name) => `cast("${name}" as varchar)`).join();
    const [ofParquet, ofCsv] = await Promise.all(
      [parquet, `read_csv(${csv}, all_varchar=true)`].map((each) => query(`select ${cast} from ${each}`)),
    );
    expect(ofParquet.length).toBe(
      result.policies.reduce(
        (sum, { registers, vcpus = [] }) =>
          sum + registers.length + vcpus.reduce((own, each) => own + each.registers.length, 0),
        0,
      ),
    );
    expect(ofCsv).toEqual(ofParquet);
    const jsonl = [...((await formOf("jsonl"))?.chunks(table()) ?? [])].join("");
    const ofJson = jsonl
      .trimEnd()
      .split("\n")
      .map((line) => v.parse(v.record(v.string(), v.union([v.string(), v.number()])), JSON.parse(line)))
      .map((row) => names.map((name) => (name in row ? String(row[name]) : null)));
    expect(ofJson).toEqual(ofParquet);
    for (const { policy, totals } of result.policies) {
      const [sums] = await query(
        `select sum(traps), sum(saves), sum(elided), sum(restores) from ${parquet}
         where policy = ${quoted(policy)} and trace is null`,
      );
      const { traps, saves, elided, restores } = totals;
      expect(sums).toEqual([traps, saves, elided, restores].map(String));
    }
  });
});

describe("a cell of CSV", () => {
  it("is quoted where it has to be", async () => {
    const table: Table = {
      columns: [
        { name: "a", type: "text" },
        { name: "b", type: "integer" },
      ],
      rows: [
        ['comma, quote " and\nline', 1],
        [undefined, 2],
      ],
    };
    const path = await written("odd", "csv", table);
    expect(await query(`select a, b from read_csv(${path}, header=true)`)).toEqual([
      ['comma, quote " and\nline', "1"],
      [null, "2"],
    ]);
  });
});
