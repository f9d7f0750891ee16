import type { Interval, IntervalResult, TraceSeries } from "../replay/interval-result.js";
import type { Totals } from "../replay/result.js";
import { markedCsv, modelledLines } from "./modelled.js";
import { markdownTable, textTable, wrapText, type Cell } from "./text-table.js";

type Table = (rows: readonly (readonly Cell[])[], keys?: number) => string;

/** Totals per interval; registers are in JSON and CSV. */
export const intervalText = (result: IntervalResult): string =>
  report(result, textTable, (note) => wrapText(note, "Note: ", "      "));
export const intervalMarkdown = (result: IntervalResult): string =>
  report(result, markdownTable, (note) => `*Note*: ${note}\n`);

function report({ traces, notes }: IntervalResult, table: Table, note: (text: string) => string): string {
  const parts = traces.flatMap((trace) => [
    headline(trace),
    ...modelledLines([trace]),
    "",
    table(totalRows(trace), 2),
    "",
  ]);
  return [...parts, ...notes.map(note)].join("\n").trimEnd();
}

function headline({ path, mode, kernel, unit, length, perCpu, intervals }: TraceSeries): string {
  const number = `${intervals.length} interval${intervals.length === 1 ? "" : "s"}`;
  const clock = perCpu ? `${unit} of each pCPU` : unit;
  return `${path}: ${number} of ${length} ${clock}; mode ${mode}, kernel ${kernel}`;
}

/** A column of a policy that counts nothing in the whole trace is left out. */
function totalRows({ intervals, policies, unit }: TraceSeries): Cell[][] {
  const columns = policies.flatMap(({ policy, totals }, at) =>
    countNames
      .filter((name) => totals[name] > 0)
      .map((name) => ({
        head: `${policy}\n${name}`,
        of: (row: Interval): number => row.policies[at].totals[name],
        sum: totals[name],
      })),
  );
  const sum = (of: (row: Interval) => number): number => intervals.reduce((total, row) => total + of(row), 0);
  return [
    ["interval", `from\n${unit}`, "runs", "entries", "exits", "writes", ...columns.map(({ head }) => head)],
    ...intervals.map((row): Cell[] => [
      row.interval,
      row.start,
      row.runs,
      row.guestEntries,
      row.guestExits,
      row.guestWrites,
      ...columns.map(({ of }) => of(row)),
    ]),
    [
      "all",
      "",
      sum((row) => row.runs),
      sum((row) => row.guestEntries),
      sum((row) => row.guestExits),
      sum((row) => row.guestWrites),
      ...columns.map((column) => column.sum),
    ],
  ];
}

const countNames: readonly (keyof Totals)[] = ["traps", "saves", "elided", "restores"];

/**
 * Long form. An interval's first row has what the guest did, whatever the policy; then one row a policy, register
 * and context that counted something.
 */
export function intervalCsv({ traces }: IntervalResult): string {
  const marks: TraceSeries[] = [];
  const rows: Cell[][] = [
    [
      "trace",
      "interval",
      "start",
      "end",
      "unit",
      "policy",
      "register",
      "context",
      "traps",
      "saves",
      "elided",
      "restores",
      "runs",
      "guest_entries",
      "guest_exits",
      "guest_writes",
    ],
  ];
  for (const trace of traces) {
    const { path, unit, intervals } = trace;
    for (const { interval, start, end, policies, ...guest } of intervals) {
      const place: Cell[] = [path, interval, start, end, unit];
      const { runs, guestEntries, guestExits, guestWrites } = guest;
      rows.push([...place, "", "", "", "", "", "", "", runs, guestEntries, guestExits, guestWrites]);
      marks.push(trace);
      for (const { policy, registers } of policies) {
        for (const { register, context, traps, saves, elided, restores } of registers) {
          rows.push([...place, policy, register, context, traps, saves, elided, restores, "", "", "", ""]);
          marks.push(trace);
        }
      }
    }
  }
  return markedCsv(marks, rows);
}
