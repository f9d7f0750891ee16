import { nestingName } from "../report/html/charts/names.js";
import { confidence, figure, percent } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict-row.js";

/** At this share of the draws a sign is called settled; verdicts and reports say the same. */
const settledShare = 0.95;

type Signed = Pick<VerdictRow, "difference" | "sameSign">;

export type Outcome = "less" | "more" | "open";

/** Which of the two costs less, where the prices settle it. */
export const outcomeOf = ({ difference, sameSign }: Signed): Outcome =>
  sameSign < settledShare || difference.likely === 0 ? "open" : difference.likely < 0 ? "less" : "more";

/** How many of rows are settled either way, and how many are not. */
export function tally(rows: readonly Signed[]): string {
  const open = countOf(rows, "open");
  return `${countOf(rows, "less")} of ${many(rows.length, "row")} cost less in at least 95 % of the draws, ${countOf(rows, "more")} cost more, ${open} ${open === 1 ? "is" : "are"} open`;
}

export const countOf = (rows: readonly Signed[], outcome: Outcome): number =>
  rows.filter((row) => outcomeOf(row) === outcome).length;

/** `kvm-vhe.trl` without its ending. */
export const recordingOf = ({ trace }: { readonly trace: string }): string => trace.replace(/\.trl$/, "");

export const signed = (value: number): string => `${value > 0 ? "+" : ""}${figure(value)}`;
export const signedShare = (share: number | null): string =>
  share === null ? "?" : `${share > 0 ? "+" : ""}${percent(share)}`;

/** Figures of a row as shares of all executed; null where units do not fit. */
function shareOf(row: VerdictRow, value: number): number | null {
  const { difference, shareOfAll } = row;
  if (shareOfAll === null || difference.likely === 0) return null;
  return (value / difference.likely) * shareOfAll;
}

/** As many, with their noun. */
export const many = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;

export const list = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;

/** The row of a question, or the reason to look at the command. */
export function pick(rows: readonly VerdictRow[], wanted: Partial<VerdictRow>): VerdictRow {
  const found = rows.find((row) =>
    Object.entries(wanted).every(([name, value]) =>
      Object.entries(row).some(([k, v]) => k === name && v === value),
    ),
  );
  if (found === undefined) throw new RangeError(`no answer for ${JSON.stringify(wanted)}`);
  return found;
}

/** How sure a row's sign is, to stand behind a name. */
export function sureness(row: VerdictRow): string {
  const draws = `the sign holds in ${confidence(row.sameSign)} of the draws of prices`;
  const corners = row.sameSign === 1 && row.cornersSameSign === 1;
  return corners ? "the sign holds at every price in the ranges" : draws;
}

/** What a row says in cycles, per cent and draws. */
export function worth(row: VerdictRow): string {
  const { difference, unit, shareOfAll } = row;
  if (difference.likely === 0) return "costs what eager costs";
  const share = shareOfAll === null ? "" : ` (${percent(Math.abs(shareOfAll))} of all executed)`;
  const than = difference.likely < 0 ? "less" : "more";
  return `costs ${figure(Math.abs(difference.likely))} ${unit} ${than} than eager${share}; ${sureness(row)}`;
}

/** The interval of chance of a row, where one could be said. */
export function interval(row: VerdictRow): string {
  const own = row.interval;
  if (own === null) return `${recordingOf(row)}: none could be said`;
  const share =
    own.writeShare === null
      ? ""
      : `, ${percent(own.writeShare[0])} to ${percent(own.writeShare[1])} of the windows trap`;
  const [low, high] = own.difference;
  return `${recordingOf(row)}: ${signed(low)} to ${signed(high)} ${row.unit}${share} (${own.method})`;
}

/** The greatest of the 5 to 95 % ranges, as a share of all executed. */
export function greatestShare(rows: readonly VerdictRow[]): number {
  const ends = rows.flatMap((row) => [shareOf(row, row.difference.p5), shareOf(row, row.difference.p95)]);
  return Math.max(0, ...ends.flatMap((share) => (share === null ? [] : [Math.abs(share)])));
}

/** Where a trap's switch code runs, in words. */
export const placeOf = (row: Pick<VerdictRow, "nesting">): string => nestingName(row.nesting);
