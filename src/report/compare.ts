import { figure, percent } from "../verdict/sentence.js";
import type { Rate, RateComparison, VerdictDiff } from "../verdict/compare.js";
import { markedCsv, modelledLines, modelsOf } from "./modelled.js";
import { questionCells, questionColumns } from "./question.js";
import { markdownTable, textTable, type Cell } from "./text-table.js";

type Table = (rows: readonly (readonly Cell[])[], keys?: number) => string;

export const compareText = (diff: VerdictDiff): string => report(diff, textTable);
export const compareMarkdown = (diff: VerdictDiff): string => report(diff, markdownTable);

function report({ a, b, comparisons, unpaired, differ, notes }: VerdictDiff, table: Table): string {
  const names = table([
    ["", "file", "traces", "tool"],
    ...[a, b].map(({ file, traces, tool }, at): Cell[] => ["AB"[at], file, traces.join(" "), tool]),
  ]);
  const parts = [names, ...modelledLines([a, b]), ""];
  for (const rate of rateNames.keys()) {
    const own = comparisons.filter((each) => each.rate === rate);
    if (own.length > 0) parts.push(`${rateNames.get(rate)}:`, "", rateTable(own, rate, table), "");
  }
  const count = comparisons.filter((each) => each.differ).length;
  parts.push(
    differ
      ? `${count} of ${comparisons.length} rates differ; the others are not told apart.`
      : "No rate of the two is told apart from noise.",
  );
  const { a: first, b: second } = unpaired;
  if (first + second > 0) parts.push(`Rows that only one result has: ${first} in A, ${second} in B.`);
  parts.push(...notes.map((note) => `Note: ${note}`));
  return parts.join("\n").trimEnd();
}

const rateNames: ReadonlyMap<Rate, string> = new Map([
  ["writeShare", "Windows that trap"],
  ["trapsPerGuestSecond", "Traps per second in the guest"],
  ["perGuestSecond", "Cost against eager per second in the guest, at likely prices"],
]);

/** Columns of what tells the rows of these results apart; those that say nothing are left out. */
const keys: readonly (readonly [head: string, of: (row: RateComparison) => Cell])[] = [
  ["trace", ({ trace }) => trace ?? ""],
  ["mode", ({ mode }) => mode ?? ""],
  ["kernel", ({ kernel }) => kernel ?? ""],
  ["nesting", ({ nesting }) => (nesting === null || nesting === "none" ? "" : nesting)],
  ["prices", ({ profile, unit }) => [profile, unit].filter((part) => part !== null).join(", ")],
];

function rateTable(rows: readonly RateComparison[], rate: Rate, table: Table): string {
  const columns = keys.filter(([, of]) => new Set(rows.map(of)).size > 1);
  const show = rate === "writeShare" ? percent : figure;
  const head = [...columns.map(([name]) => name), "policy", "group", "A", "B", "B less A, 95 %", ""];
  const body = rows.map((row): Cell[] => [
    ...columns.map(([, of]) => of(row)),
    row.policy,
    row.group ?? "(all)",
    show(row.a.value),
    show(row.b.value),
    `${show(row.interval[0])} to ${show(row.interval[1])}`,
    row.differ ? "differ" : "not told apart",
  ]);
  return table([head, ...body], columns.length + 2);
}

/** The comparisons as a table for other programs. */
export const comparisonColumns: readonly string[] = [
  "rate",
  ...questionColumns,
  "a",
  "a_low",
  "a_high",
  "b",
  "b_low",
  "b_high",
  "difference",
  "difference_low",
  "difference_high",
  "differ",
];

export const comparisonCells = (row: RateComparison): (string | number | null)[] => [
  row.rate,
  ...questionCells<string | null>(row),
  row.a.value,
  ...row.a.interval,
  row.b.value,
  ...row.b.interval,
  row.difference,
  ...row.interval,
  row.differ ? "yes" : "no",
];

export function compareCsv({ a, b, comparisons }: VerdictDiff): string {
  const all = modelsOf([a, b]).join("; ");
  const mark = all === "" ? {} : { modelled: all };
  return markedCsv(
    comparisons.map(() => mark),
    [comparisonColumns, ...comparisons.map((row) => comparisonCells(row).map((cell): Cell => cell ?? ""))],
  );
}
