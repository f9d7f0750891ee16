import type { BreakEven, GroupSize } from "../prices/break-even.js";
import { confidence, figure, percent } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict.js";
import { csvTable, markdownTable, textTable, type Cell } from "./text-table.js";

/** What `trapline verdict --json` prints. */
export interface VerdictResult {
  readonly schema: "trapline.verdict/1";
  readonly tool: string;
  readonly seed: number;
  readonly samples: number;
  readonly notes: readonly string[];
  readonly rows: readonly VerdictRow[];
  /** Configurations that could not be answered, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

export const verdictText = (result: VerdictResult): string => report(result, textTable);
export const verdictMarkdown = (result: VerdictResult): string => report(result, markdownTable);

function report(
  { rows, notes, refused, seed, samples }: VerdictResult,
  table: (rows: readonly (readonly Cell[])[]) => string,
): string {
  const parts: string[] = [];
  const questions = new Set(rows.map(question));
  for (const asked of questions) {
    const own = rows.filter((row) => question(row) === asked);
    parts.push(asked, "", table([head, ...own.map(cells)]), "");
    // A sentence for each policy, as a whole where it has several groups: those are in the table.
    const said = own.filter(({ policy }, at) => own.findIndex((each) => each.policy === policy) === at);
    parts.push(...said.map(({ sentence }) => sentence), "");
  }
  parts.push(`${samples} draws of the prices, seed ${seed}.`);
  parts.push(...notes.map((note) => `Note: ${note}`));
  parts.push(...refused.map(({ what, why }) => `Not answered: ${what}: ${why}`));
  return parts.join("\n").trimEnd();
}

/** What rows of one table have in common. */
const question = ({ trace, mode, kernel, nesting, profile, unit }: VerdictRow): string =>
  `${trace}: mode ${mode}, kernel ${kernel}, nesting ${nesting}; ${profile} prices, in ${unit}`;

const head = [
  "policy",
  "group",
  "traps",
  "elided",
  "against eager",
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

const size = (point: GroupSize): string =>
  point.pays === "from" ? `${point.registers} register${point.registers === 1 ? "" : "s"}` : point.pays;

export function verdictCsv({ rows }: VerdictResult): string {
  return csvTable([
    [
      "trace",
      "mode",
      "kernel",
      "nesting",
      "profile",
      "unit",
      "policy",
      "group",
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
      "trap_price",
      "break_even_trap_price",
      "write_share",
      "break_even_write_share",
      "break_even_size",
    ],
    ...rows.map((row): Cell[] => [
      row.trace,
      row.mode,
      row.kernel,
      row.nesting,
      row.profile,
      row.unit,
      row.policy,
      row.group ?? "",
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
      row.trapPrice,
      breakEven(row.breakEvenTrapPrice, String),
      row.writeShare ?? "",
      row.breakEvenWriteShare === null ? "" : breakEven(row.breakEvenWriteShare, String),
      row.breakEvenSize === null ? "" : size(row.breakEvenSize),
    ]),
  ]);
}
