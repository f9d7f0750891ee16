/**
 * The counts of `dirty-each` in SQL, over the events as a table:
 *
 *     node duckdb.js TRACE REPEATS RUNS THREADS
 *
 * Prints what `replay.c` prints. Making the table is not measured.
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { firstAccess, replayTables, touches } from "../tables.js";

const [path, repeats, runs, threads] = process.argv.slice(2);
const tables = replayTables(path, ["dirty-each"]);
const { tracked, accesses, lanes } = tables;
const instance = await DuckDBInstance.create(":memory:", { threads });
const connection = await instance.connect();
const rows = async (sql: string): Promise<number[][]> =>
  (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(Number));

await connection.run("CREATE TABLE once (lane INTEGER, seq BIGINT, byte UTINYINT)");
const appender = await connection.createAppender("once");
lanes.forEach((lane, number) => {
  lane.forEach((byte, at) => {
    appender.appendInteger(number);
    appender.appendBigInt(BigInt(at));
    appender.appendUTinyInt(byte);
    appender.endRow();
  });
});
appender.closeSync();
await connection.run("CREATE TABLE lengths AS SELECT lane, count(*) AS length FROM once GROUP BY lane");
await connection.run(
  `CREATE TABLE events AS SELECT lane, seq + r.range * length AS seq, byte
   FROM once JOIN lengths USING (lane), range(${Number(repeats)}) r ORDER BY lane, seq`,
);
await connection.run("CREATE TABLE touching (byte UTINYINT, grp INTEGER, arm INTEGER, save INTEGER)");
for (const [group, each] of tracked.groups.entries()) {
  for (const [code, access] of accesses.entries()) {
    if (!touches(each, access)) continue;
    await connection.run(
      `INSERT INTO touching VALUES (${firstAccess + code}, ${group}, ${each.arm[0]}, ${each.save[0]})`,
    );
  }
}

/**
 * Windows are numbered by the points passed so far; in each, the first write of a group traps, and its save point
 * saves it, if one comes. Classes of registers have different points, so that there is a number for each of these.
 */
const kinds = [...new Set(tracked.groups.flatMap(({ arm, save }) => [...arm, ...save]))];
const number = (kind: number): string =>
  `sum((byte = ${kind})::INTEGER) OVER (PARTITION BY lane ORDER BY seq ROWS UNBOUNDED PRECEDING) AS p${kind}`;
const pick = (column: string): string =>
  `CASE ${column} ${kinds.map((kind) => `WHEN ${kind} THEN p${kind}`).join(" ")} END`;
const query = `
  WITH numbered AS (SELECT lane, seq, byte, ${kinds.map(number).join(", ")} FROM events),
  passed AS (SELECT lane, ${kinds.map((kind) => `max(p${kind}) AS p${kind}`).join(", ")} FROM numbered GROUP BY lane),
  writes AS (
    SELECT lane, grp, ${pick("arm")} AS armed, ${pick("save")} AS saved, byte, seq, save
    FROM numbered JOIN touching USING (byte)),
  traps AS (
    SELECT grp, byte, count(*) AS n FROM (
      SELECT grp, arg_min(byte, seq) AS byte FROM writes GROUP BY lane, grp, armed) GROUP BY grp, byte),
  saves AS (
    SELECT grp, count(*) AS n FROM (
      SELECT DISTINCT lane, grp, saved, save FROM writes) w JOIN passed USING (lane)
      WHERE saved < ${pick("save")} GROUP BY grp)
  SELECT 0 AS what, grp, byte, n FROM traps
  UNION ALL SELECT 1, grp, 0, n FROM saves`;

const seconds: number[] = [];
let found: number[][] = [];
for (let run = 0; run < Number(runs); run++) {
  const from = performance.now();
  found = await rows(query);
  seconds.push((performance.now() - from) / 1000);
}
const saves = tracked.groups.map(() => 0);
for (const [what, group, , count] of found) if (what === 1) saves[group] = count;
const result = {
  seconds,
  traps: found.flatMap(([what, ...row]) => (what === 0 ? [row] : [])),
  saves,
  changes: tracked.groups.map(() => 0),
  bytes: Array.from({ length: 256 }, () => 0),
  before: Array.from({ length: 256 }, () => 0),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
