import { TraplineError } from "../errors.js";
import type { BreakEven, GroupSize } from "../prices/break-even.js";
import { boundSentence, confidence, figure, percent } from "../verdict/sentence.js";
import type { PooledRow } from "../verdict/pooled.js";
import type { VerdictRow } from "../verdict/verdict-row.js";
import type { WriteRateRow } from "../verdict/write-rate-row.js";
import { modelledLines, markedCsv } from "./modelled.js";
import { questionCells, questionColumns } from "./question.js";
import { pooledQuestion, pooledTable, rateCells, rateColumns, rateTable } from "./rates.js";
import { markdownTable, textTable, type Cell } from "./text-table.js";
import { writeRateCsv, writeRateParts } from "./write-rate.js";

/** What `trapline verdict --json` prints. */
export interface VerdictResult {
  readonly schema: "trapline.verdict/1";
  readonly tool: string;
  readonly seed: number;
  readonly samples: number;
  /** Of the windows, and of the recordings; 0 where no intervals were asked for. */
  readonly resamples: number;
  /** False where events of some traces are missing. */
  readonly complete: boolean;
  readonly notes: readonly string[];
  readonly rows: readonly VerdictRow[];
  /** Of recordings that do not show their guests' writes: where dirty-save would win; absent without any. */
  readonly writeRates?: readonly WriteRateRow[];
  /** Rows of several recordings as one. */
  readonly pooled: readonly PooledRow[];
  /** Configurations that could not be answered, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

export const verdictText = (result: VerdictResult): string => report(result, textTable);
export const verdictMarkdown = (result: VerdictResult): string => report(result, markdownTable);

function report(
  { rows, writeRates = [], pooled, notes, refused, seed, samples, resamples }: VerdictResult,
  table: (rows: readonly (readonly Cell[])[], keys?: number) => string,
): string {
  const parts: string[] = [];
  const questions = new Set(rows.map(question));
  for (const asked of questions) {
    const own = rows.filter((row) => question(row) === asked);
    parts.push(asked, "", table([head, ...own.map(cells)]), "");
    const rates = rateTable(own);
    if (rates.length > 1) parts.push(table(rates, 2), "");
    // A sentence for each policy, as a whole where it has several groups: those are in the table.
    const said = own.filter(({ policy }, at) => own.findIndex((each) => each.policy === policy) === at);
    parts.push(...said.flatMap((row) => [row.sentence, boundSentence(row) ?? []].flat()), "");
  }
  for (const asked of new Set(pooled.map(pooledQuestion))) {
    const own = pooled.filter((row) => pooledQuestion(row) === asked);
    parts.push([asked, ...modelledLines(own)].join("\n"), "", table(pooledTable(own), 2), "");
  }
  parts.push(...writeRateParts(writeRates, table));
  const drawn = resamples === 0 || rows.length === 0 ? "" : `; ${resamples} resamples for the intervals`;
  parts.push(`${samples} draws of the prices${drawn}; seed ${seed}.`);
  parts.push(...notes.map((note) => `Note: ${note}`));
  parts.push(...refused.map(({ what, why }) => `Not answered: ${what}: ${why}`));
  return parts.join("\n").trimEnd();
}

/** What rows of one table have in common. */
const question = (row: VerdictRow): string => {
  const { trace, mode, kernel, nesting, profile, unit } = row;
  const asked = `${trace}: mode ${mode}, kernel ${kernel}, nesting ${nesting}; ${profile} prices, in ${unit}`;
  return [asked, ...modelledLines([row])].join("\n");
};

const head = [
  "policy",
  "group",
  "traps",
  "elided",
  "against eager",
  "regret",
  "of all",
  "same sign",
  "pays if trap",
  "pays if writes",
  "pays from",
];

function cells(row: VerdictRow): Cell[] {
  const { likely } = row.difference;
  return [
    row.policy,
    row.group ?? "(all)",
    row.traps,
    row.savesElided,
    `${likely > 0 ? "+" : ""}${figure(likely)}`,
    row.regret === null ? "-" : figure(row.regret.cost),
    row.shareOfAll === null ? "" : percent(row.shareOfAll),
    confidence(row.sameSign),
    breakEven(row.breakEvenTrapPrice, figure),
    row.breakEvenWriteShare === null ? "" : breakEven(row.breakEvenWriteShare, percent),
    row.breakEvenSize === null ? "" : size(row.breakEvenSize),
  ];
}

function breakEven(point: BreakEven, show: (value: number) => string): string {
  if (!("value" in point)) return point.pays;
  return `${point.pays === "below" ? "<" : ">"} ${show(point.value)}`;
}

/** Refuses a table of rows that have other columns than the others. */
export function checkOneTable(writeRates: readonly WriteRateRow[]): void {
  if (writeRates.length === 0) return;
  throw new TraplineError(
    "usage",
    `${writeRates[0].trace} does not show its guest's writes, and what is said of it has other columns`,
    {},
    "Ask for CSV of such recordings by themselves",
  );
}

const size = (point: GroupSize): string =>
  point.pays === "from" ? `${point.registers} register${point.registers === 1 ? "" : "s"}` : point.pays;

/** Rows of several recordings as one come last, with what such a row has; `trace` says of how many. */
export function verdictCsv({ rows, writeRates = [], pooled }: VerdictResult): string {
  if (rows.length === 0) return writeRateCsv(writeRates);
  checkOneTable(writeRates);
  return markedCsv(
    [...rows, ...pooled],
    [
      [
        ...questionColumns,
        "windows",
        "traps",
        "saves_elided",
        "restores_elided",
        "undefined_accesses",
        "likely",
        "p5",
        "p95",
        "least",
        "greatest",
        "same_sign",
        "share_of_all",
        "per_guest_second",
        "regret",
        "regret_share",
        "bound_ratio",
        "bound_added",
        "trap_price",
        "break_even_trap_price",
        "write_share",
        "break_even_write_share",
        "break_even_size",
        ...rateColumns,
      ],
      ...rows.map((row): Cell[] => [
        ...questionCells({ ...row, group: row.group ?? "" }),
        row.windows,
        row.traps,
        row.savesElided,
        row.restoresElided,
        row.undefinedAccesses,
        row.difference.likely,
        row.difference.p5,
        row.difference.p95,
        row.difference.least,
        row.difference.greatest,
        row.sameSign,
        row.shareOfAll ?? "",
        row.perGuestSecond ?? "",
        row.regret?.cost ?? "",
        row.regret?.share ?? "",
        row.bound?.ratio ?? "",
        row.bound?.added ?? "",
        row.trapPrice,
        breakEven(row.breakEvenTrapPrice, String),
        row.writeShare ?? "",
        row.breakEvenWriteShare === null ? "" : breakEven(row.breakEvenWriteShare, String),
        row.breakEvenSize === null ? "" : size(row.breakEvenSize),
        ...rateCells(row),
      ]),
      ...pooled.map((row): Cell[] => [
        ...questionCells({
          ...row,
          trace: `${row.recordings.length} recordings together`,
          group: row.group ?? "",
        }),
        row.windows,
        row.traps,
        row.savesElided,
        ...["", ""],
        row.difference,
        ...["", "", "", "", "", ""],
        row.perGuestSecond ?? "",
        ...["", "", "", "", "", ""],
        row.writeShare ?? "",
        ...["", ""],
        ...rateCells(row),
      ]),
    ],
  );
}
