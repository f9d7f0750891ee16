import { countNames, type CountDifference, type OnlyIn, type ResultDiff } from "../replay/diff.js";
import type { Totals } from "../replay/result.js";
import { modelledLines } from "./modelled.js";
import { csvTable, markdownTable, textTable, type Cell } from "./text-table.js";

type Table = (rows: readonly (readonly Cell[])[], keys?: number) => string;

/** What changed as text: configuration, what only one result has, sums, registers. */
export const diffText = (diff: ResultDiff): string => report(diff, textTable, (title) => title);
export const diffMarkdown = (diff: ResultDiff): string =>
  report(diff, markdownTable, (title) => `### ${title}`);

function report(diff: ResultDiff, table: Table, heading: (title: string) => string): string {
  const { a, b, values, only, counts } = diff;
  const names = table([
    ["", "file", "traces", "tool"],
    ...[a, b].map(({ file, traces, tool }, at): Cell[] => ["AB"[at], file, traces.join(" "), tool]),
  ]);
  const parts = [names, ""];
  const modelled = modelledLines([a, b]);
  if (modelled.length > 0) parts.push(...modelled, "");
  if (values.length > 0) {
    const rows = values.map(({ trace, what, a: before, b: after }): Cell[] => {
      return [what, trace ?? "", cell(before), cell(after)];
    });
    parts.push(heading("Configuration and traces"), "", table([["what", "trace", "A", "B"], ...rows]), "");
  }
  if (only.length > 0) {
    const rows = only.map(({ what, name, result }): Cell[] => [what, name, result.toUpperCase()]);
    parts.push(heading("In one result only"), "", table([["what", "name", "in"], ...rows]), "");
  }
  const shown = withoutRepeats(counts);
  const sections: readonly (readonly [title: string, rows: readonly CountDifference[]])[] = [
    ["Sums", counts.filter(({ register, vm }) => register === null && vm === null)],
    ["Sums by vCPU", counts.filter(({ register, vm }) => register === null && vm !== null)],
    ["Registers", shown.filter(({ register, vm }) => register !== null && vm === null)],
    ["Registers by vCPU", shown.filter(({ register, vm }) => register !== null && vm !== null)],
  ];
  for (const [title, rows] of sections) {
    if (rows.length > 0) parts.push(heading(title), "", countTable(rows, table), "");
  }
  if (shown.length < counts.length) {
    parts.push("Registers of which several policies count the same are shown with the first of them.");
  }
  if (diff.equal) parts.push("The results are equal.");
  else if (counts.length === 0) parts.push("No count differs where both results have it.");
  return parts.join("\n").trimEnd();
}

/** Most registers are tracked by no policy: what they count is said once. CSV and JSON have every row. */
function withoutRepeats(rows: readonly CountDifference[]): CountDifference[] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    if (row.register === null) return true;
    const key = JSON.stringify({ ...row, policy: "" });
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** The columns that say what a row counts, of which those are shown that say something. */
const keys: readonly (readonly [head: string, of: (row: CountDifference) => Cell])[] = [
  ["policy", ({ policy }) => policy],
  ["trace", ({ trace }) => trace ?? ""],
  ["VMID", ({ vm }) => vm ?? ""],
  ["MPIDR", ({ mpidr }) => hex(mpidr)],
  ["thread", ({ thread }) => thread ?? ""],
  ["register", ({ register }) => register ?? ""],
  ["context", ({ context }) => context ?? ""],
];

/** A count that is the same in every row is left out. */
function countTable(rows: readonly CountDifference[], table: Table): string {
  const columns = keys.filter(([head, of]) => head === "policy" || rows.some((row) => of(row) !== ""));
  const changed = changedCounts(rows);
  const head = [
    ...columns.map(([name]) => name),
    ...changed.flatMap((name) => [`${name}\nA`, `${name}\nB`, `${name}\nchange`]),
  ];
  const body = rows.map((row): Cell[] => [
    ...columns.map(([, of]) => of(row)),
    ...changed.flatMap((name) => [count(row.a, name), count(row.b, name), signed(row.change[name])]),
  ]);
  return table([head, ...body], columns.length);
}

/** All of them where one result has a register that counts nothing and the other has not. */
function changedCounts(rows: readonly CountDifference[]): readonly (keyof Totals)[] {
  const changed = countNames.filter((name) => rows.some(({ change }) => change[name] !== 0));
  return changed.length === 0 ? countNames : changed;
}

const count = (totals: Totals | null, name: keyof Totals): Cell => (totals === null ? "-" : totals[name]);

const signed = (value: number): Cell => (value > 0 ? `+${value}` : value === 0 ? "" : String(value));

const cell = (value: string | number | null): Cell => value ?? "-";

const hex = (value: number | null): string => (value === null ? "" : `0x${value.toString(16)}`);

/** Long form: one row a value or count that differs, and one for each thing that only one result has. */
export function diffCsv({ values, only, counts }: ResultDiff): string {
  const rows: Cell[][] = [
    ["what", "policy", "trace", "vm", "mpidr", "context", "register", "a", "b", "change"],
  ];
  // Only recordings that tell vCPUs apart by thread have the column.
  const byThread = counts.some(({ thread }) => thread !== undefined);
  if (byThread) rows[0].push("thread");
  for (const { what, trace, a, b } of values) {
    const change = typeof a === "number" && typeof b === "number" ? b - a : "";
    rows.push([what, "", trace ?? "", "", "", "", "", a ?? "", b ?? "", change]);
  }
  for (const each of only) rows.push(onlyRow(each));
  for (const row of counts) {
    const { policy, trace, vm, mpidr, thread, context, register, a, b, change } = row;
    for (const name of changedCounts([row])) {
      rows.push([
        name,
        policy,
        trace ?? "",
        vm ?? "",
        hex(mpidr),
        context ?? "",
        register ?? "",
        a?.[name] ?? "",
        b?.[name] ?? "",
        change[name],
        ...(byThread ? [thread] : []),
      ]);
    }
  }
  return csvTable(rows);
}

const onlyRow = ({ what, name, result }: OnlyIn): Cell[] => [
  `${what} in ${result}`,
  what === "policy" ? name : "",
  what === "policy" ? "" : name,
  "",
  "",
  "",
  "",
  result === "a" ? name : "",
  result === "b" ? name : "",
  "",
];
