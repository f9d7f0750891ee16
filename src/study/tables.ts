import type { Cell } from "../report/text-table.js";
import { modeName } from "../report/html/charts/names.js";
import { confidence, percent } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict-row.js";
import { placeOf, recordingOf, signed, signedShare } from "./words.js";

/** Columns that a table of costs can have. */
const columns = {
  recording: ["recording", recordingOf],
  mode: ["mode", ({ mode }) => modeName(mode)],
  nesting: ["switch code of", placeOf],
  prices: ["prices", ({ profile }) => profile],
  policy: ["policy", ({ policy }) => policy],
  group: ["group", ({ policy, group }) => group ?? `all of ${policy}`],
  windows: ["windows", ({ windows }) => windows],
  traps: ["traps", ({ traps }) => traps],
  elided: ["saves elided", ({ savesElided }) => savesElided],
  restores: ["restores elided", ({ restoresElided }) => restoresElided],
  undefined: ["UNDEFINED", ({ undefinedAccesses }) => undefinedAccesses],
  writes: ["windows that trap", ({ writeShare }) => (writeShare === null ? "-" : percent(writeShare))],
  pays: [
    "pays below",
    ({ breakEvenWriteShare: point }) =>
      point === null ? "-" : "value" in point ? percent(point.value) : point.pays,
  ],
  size: [
    "registers to pay",
    ({ breakEvenSize: size }) => (size === null ? "-" : size.pays === "from" ? size.registers : size.pays),
  ],
  likely: ["against eager", ({ difference }) => signed(difference.likely)],
  range: ["5 to 95 % of draws", ({ difference: { p5, p95 } }) => `${signed(p5)} to ${signed(p95)}`],
  edges: ["at any price", ({ difference: { least, greatest } }) => `${signed(least)} to ${signed(greatest)}`],
  unit: ["unit", ({ unit }) => unit],
  share: ["of all", ({ shareOfAll }) => signedShare(shareOfAll)],
  sure: ["same sign", ({ sameSign }) => confidence(sameSign)],
} as const satisfies Readonly<Record<string, readonly [string, (row: VerdictRow) => Cell]>>;

export type Column = keyof typeof columns;

/** What a difference in cost is, and how sure. */
export const differenceColumns = [
  "likely",
  "unit",
  "range",
  "edges",
  "share",
  "sure",
] as const satisfies readonly Column[];

/** Rows of a verdict as a table with a head. */
export const costTable = (rows: readonly VerdictRow[], wanted: readonly Column[]): Cell[][] => [
  wanted.map((name) => columns[name][0]),
  ...rows.map((row) => wanted.map((name): Cell => columns[name][1](row))),
];
