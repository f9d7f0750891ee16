import { figure, percent } from "../verdict/sentence.js";
import type { RateRange, WriteRateRow } from "../verdict/write-rate-row.js";
import { rateText } from "../verdict/write-rate-sentence.js";
import { markedCsv, modelledLines } from "./modelled.js";
import type { Cell } from "./text-table.js";

/** What the figures rest on: quote it with them. */
export const writeRateNotes: readonly string[] = [
  "These recordings do not show the writes of their guests, so that no policy that traps them is judged: what is said is the rate at which it would cost what eager costs. The windows are the recording's own.",
  "A rate counts windows with a write, one write a window at most: further writes in a window do not trap. A guest that writes several times in a window may write more often and still win; for one whose writes come in any window by chance --json and CSV have the rate (at random).",
  "any: dirty-save wins even if each window has a write. none: it loses even if no window has. The rates of groups hold for each by itself.",
  "Per second is per second of each vCPU from its first event to its last, waiting included; --json has the same per second in the guest, and for each vCPU.",
];

type Table = (rows: readonly (readonly Cell[])[], keys?: number) => string;

/** Tables and sentences, one table a question. Groups of a policy with the same figures are one row. */
export function writeRateParts(rows: readonly WriteRateRow[], table: Table): string[] {
  const parts: string[] = [];
  for (const asked of new Set(rows.map(questionLines))) {
    const own = likeRows(rows.filter((row) => questionLines(row) === asked));
    parts.push(asked, "", table([writeRateHead, ...own.map(writeRateCells)], 2), "");
    const lists = own.filter((group) => group.length > 1);
    parts.push(
      ...lists.map((group) => `${labelOf(group)}: ${group.map((row) => row.group).join(", ")}`),
      ...(lists.length > 0 ? [""] : []),
    );
    // A sentence for each policy's first group: the others are in the table.
    const said = own.filter(([{ policy }], at) => own.findIndex(([each]) => each.policy === policy) === at);
    parts.push(...said.map(([{ sentence }]) => sentence), "");
  }
  return parts;
}

/** Rows of a policy whose figures are the same, in the order in which the first of them comes. */
export function likeRows(rows: readonly WriteRateRow[]): WriteRateRow[][] {
  const groups = new Map<string, WriteRateRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.policy, row.registers.length, row.windowsEndAt, row.share]);
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [row]);
    else found.push(row);
  }
  return [...groups.values()];
}

/** The group, and how many more have its figures. */
export const labelOf = ([first, ...others]: readonly WriteRateRow[]): string =>
  others.length === 0 ? first.group : `${first.group} and ${others.length} more`;

/** What rows of one table have in common. */
export const questionTitle = ({ trace, mode, kernel, nesting, profile }: WriteRateRow): string =>
  `${trace}: writes not recorded; mode ${mode}, kernel ${kernel}, nesting ${nesting}; ${profile} prices`;

const questionLines = (row: WriteRateRow): string => [questionTitle(row), ...modelledLines([row])].join("\n");

export const writeRateHead: readonly string[] = [
  "policy",
  "group",
  "windows\nper s",
  "wins below\nwrites per s",
  "\n90 % of draws",
  "\nall prices",
  "wins below\nof windows",
];

const ends = (low: number, high: number): string => `${rateText(low, figure)} to ${rateText(high, figure)}`;

/** A row of the table, of groups with the same figures. */
export function writeRateCells(group: readonly WriteRateRow[]): Cell[] {
  const [row] = group;
  const { writesPerSecond: rate, share } = row;
  return [
    row.policy,
    labelOf(group),
    row.windowsPerSecond === null ? "" : figure(row.windowsPerSecond),
    rate === null ? "" : rateText(rate.likely, figure),
    rate === null ? "" : ends(rate.p5, rate.p95),
    rate === null ? "" : ends(rate.least, rate.greatest),
    rateText(share.likely, percent),
  ];
}

/** A bound of a range, and what its column has behind the range's name. */
const bounds = [
  ["likely", ""],
  ["p5", "_p5"],
  ["p95", "_p95"],
  ["least", "_least"],
  ["greatest", "_greatest"],
] as const satisfies readonly (readonly [keyof RateRange, string])[];

const rangeColumns = (name: string): string[] => bounds.map(([, end]) => `${name}${end}`);

/** Bounds that are no number are words: `any` and `none`. */
const rangeFigures = (range: RateRange | null): Figure[] =>
  bounds.map(([bound]) => {
    const rate = range?.[bound] ?? null;
    return rate === 0 || rate === Infinity ? rateText(rate, String) : rate;
  });

/** In full digits; null where the recording does not tell. */
type Figure = string | number | null;

/** Columns of all figures of a row; the same wherever they are given as data. */
export const writeRateColumns: readonly string[] = [
  "trace",
  "mode",
  "kernel",
  "nesting",
  "profile",
  "policy",
  "group",
  "registers",
  "windows",
  "windows_per_second",
  "loads_per_second",
  ...rangeColumns("wins_below_share"),
  ...rangeColumns("wins_below_per_second"),
  ...rangeColumns("wins_below_per_second_at_random"),
  ...rangeColumns("wins_below_per_guest_second"),
];

export const writeRateFigures = (row: WriteRateRow): Figure[] => [
  row.trace,
  row.mode,
  row.kernel,
  row.nesting,
  row.profile,
  row.policy,
  row.group,
  row.registers.join("+"),
  row.windows,
  row.windowsPerSecond,
  row.loadsPerSecond,
  ...rangeFigures(row.share),
  ...rangeFigures(row.writesPerSecond),
  ...rangeFigures(row.writesPerSecondAtRandom),
  ...rangeFigures(row.writesPerGuestSecond),
];

export const writeRateCsv = (rows: readonly WriteRateRow[]): string =>
  markedCsv(rows, [
    writeRateColumns,
    ...rows.map((row) => writeRateFigures(row).map((each): Cell => each ?? "")),
  ]);
