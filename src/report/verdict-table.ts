import { regretNote } from "../verdict/price-notes.js";
import { confidence, percent, short } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict-row.js";
import { markedCsv, modelledLines } from "./modelled.js";
import { markdownTable, textTable, wrapText, type Cell } from "./text-table.js";
import { checkOneTable, type VerdictResult } from "./verdict.js";
import { writeRateCsv, writeRateParts } from "./write-rate.js";

/** What `trapline verdict --table` prints: a row for each group, for each profile a table with its nestings. */

export const verdictTableText = (result: VerdictResult): string =>
  report(
    result,
    (rows) => textTable(padded(rows)),
    (line) => wrapText(line, "", "  "),
  );

export const verdictTableMarkdown = (result: VerdictResult): string =>
  report(result, markdownTable, (line) => `- ${line}`);

function report(
  { rows, writeRates = [], notes, refused, samples, seed }: VerdictResult,
  table: (rows: readonly (readonly Cell[])[], keys?: number) => string,
  item: (line: string) => string,
): string {
  const nestings = nestingsOf(rows);
  const parts: string[] = [];
  for (const own of grouped(rows, blockKey)) {
    const [{ trace, mode, kernel, profile, unit }] = own;
    const head = [
      "",
      ...nestings.flatMap((nesting) => [unit, "% of all", "sure"].map((each) => `${nesting}\n${each}`)),
    ];
    const body = grouped(own, groupKey).map((cells) => [
      labelOf(cells[0], own),
      ...nestings.flatMap((nesting) => cellsOf(cells.find((row) => row.nesting === nesting))),
    ]);
    const asked = `${trace}: mode ${mode}, kernel ${kernel}; ${profile} prices`;
    parts.push(asked, ...modelledLines(own), "", table([head, ...body]), "");
  }
  const said = grouped(rows, (row) => `${blockKey(row)}\n${row.nesting}`).flatMap((own) =>
    own.filter(({ policy }) => policy === rows[0].policy).slice(0, 1),
  );
  parts.push(...writeRateParts(writeRates, table));
  parts.push(...said.map(({ trace, sentence }) => item(`${trace}: ${sentence}`)), "");
  parts.push(`${samples} draws of the prices; seed ${seed}.`);
  parts.push(
    ...[...(rows.length === 0 ? [] : legend), ...silent(rows), ...notes.filter(isOfTable)].map((note) =>
      item(`Note: ${note}`),
    ),
  );
  parts.push(...refused.map(({ what, why }) => item(`Not answered: ${what}: ${why}`)));
  return parts.join("\n").trimEnd();
}

const legend: readonly string[] = [
  "Each column: what the group costs more than eager (k, M, G: thousands, millions, thousand millions); the same in per cent of all that host and guests executed; and in how many per cent of the draws of prices its sign is that, or all: at every price in the profile's ranges.",
  "All that was executed is that of the recording, whatever the nesting: the recorded host was not nested.",
];

/** No regret is in these tables. */
const isOfTable = (note: string): boolean => note !== regretNote;

/** Profiles whose unit and a recording's clock do not meet, by name. */
function silent(rows: readonly VerdictRow[]): string[] {
  const names = rows
    .filter(({ shareOfAll }) => shareOfAll === null)
    .map(
      ({ trace, profile, unit }) =>
        `No share of all for ${trace} at ${profile} prices: they are in ${unit}, and what was executed is not known in that.`,
    );
  return [...new Set(names)];
}

const nestingsOf = (rows: readonly VerdictRow[]): VerdictRow["nesting"][] => [
  ...new Set(rows.map(({ nesting }) => nesting)),
];

const blockKey = ({ trace, mode, kernel, profile }: VerdictRow): string =>
  [trace, mode, kernel, profile].join("\n");
const groupKey = ({ policy, group }: VerdictRow): string => `${policy}\n${group}`;

/** Rows with the same key, in the order in which keys come. */
function grouped(rows: readonly VerdictRow[], keyOf: (row: VerdictRow) => string): VerdictRow[][] {
  const groups = new Map<string, VerdictRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return [...groups.values()];
}

/** A policy of several groups has a row of its own, and they stand under it. */
function labelOf({ policy, group }: VerdictRow, rows: readonly VerdictRow[]): string {
  if (group === null) return policy;
  return rows.some((row) => row.policy === policy && row.group === null)
    ? `- ${group}`
    : `${policy} (${group})`;
}

function cellsOf(row: VerdictRow | undefined): Cell[] {
  if (row === undefined) return ["-", "-", "-"];
  const { difference, shareOfAll, sameSign, cornersSameSign, undefinedAccesses } = row;
  if (undefinedAccesses > 0) return ["breaks", "-", "-"];
  const sign = difference.likely > 0 ? "+" : "";
  return [
    `${sign}${short(difference.likely)}`,
    shareOfAll === null ? "-" : `${sign}${percent(shareOfAll).replace(/ %$/, "")}`,
    sameSign === 1 && cornersSameSign === 1 ? "all" : confidence(sameSign).replace(/ %$/, ""),
  ];
}

/** Figures and their heads to the right. */
function padded(rows: readonly (readonly Cell[])[]): Cell[][] {
  const lines = rows.map((row) => row.map((cell) => String(cell ?? "").split("\n")));
  const widths = rows[0].map((_, at) =>
    Math.max(...lines.flatMap((row) => row[at].map(({ length }) => length))),
  );
  return lines.map((row) =>
    row.map((cell, at) => (at === 0 ? cell : cell.map((line) => line.padStart(widths[at]))).join("\n")),
  );
}

const perNesting = ["likely", "p5", "p95", "share_of_all", "same_sign", "corners_same_sign"] as const;

/** A row for each group and profile; for each nesting, columns that end in its name. */
export function verdictTableCsv({ rows, writeRates = [] }: VerdictResult): string {
  if (rows.length === 0) return writeRateCsv(writeRates);
  checkOneTable(writeRates);
  const nestings = nestingsOf(rows);
  const groups = grouped(rows, (row) => `${blockKey(row)}\n${groupKey(row)}`);
  const head = ["trace", "mode", "kernel", "profile", "unit", "policy", "group", "traps", "saves_elided"];
  const columns = nestings.flatMap((nesting) => perNesting.map((name) => `${name}_${nesting}`));
  return markedCsv(
    groups.map(([row]) => row),
    [
      [...head, ...columns],
      ...groups.map((own): Cell[] => {
        const [{ trace, mode, kernel, profile, unit, policy, group, traps, savesElided }] = own;
        return [
          trace,
          mode,
          kernel,
          profile,
          unit,
          policy,
          group ?? "",
          traps,
          savesElided,
          ...nestings.flatMap((nesting) => csvCells(own.find((row) => row.nesting === nesting))),
        ];
      }),
    ],
  );
}

function csvCells(row: VerdictRow | undefined): Cell[] {
  if (row === undefined) return perNesting.map(() => "");
  const { likely, p5, p95 } = row.difference;
  return [likely, p5, p95, row.shareOfAll ?? "", row.sameSign, row.cornersSameSign];
}
