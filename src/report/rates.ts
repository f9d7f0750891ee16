import type { Interval } from "../verdict/binomial.js";
import type { PooledRow } from "../verdict/pooled.js";
import type { RateIntervals } from "../verdict/rate-interval.js";
import { figure, percent } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict-row.js";
import type { Cell } from "./text-table.js";

type RateRow = Pick<
  VerdictRow | PooledRow,
  "policy" | "group" | "writeShare" | "trapsPerGuestSecond" | "interval"
>;

/** The rates of a question's rows with their intervals; no rows but the head where none has an interval. */
export function rateTable(rows: readonly VerdictRow[]): Cell[][] {
  const own = rows.filter(({ interval }) => interval !== null);
  return table(own);
}

/** Several recordings as one, with an interval or without. */
export const pooledTable = (rows: readonly PooledRow[]): Cell[][] => table(rows);

export const pooledQuestion = ({ recordings, mode, kernel, nesting, profile, unit }: PooledRow): string =>
  `${recordings.length} recordings together: mode ${mode}, kernel ${kernel}, nesting ${nesting}; ${profile} prices, in ${unit}`;

/** What is no group has no windows of its own: its traps are told per second in the guest. */
function table(rows: readonly RateRow[]): Cell[][] {
  return [
    ["policy", "group", "trap in", "95 %", "against eager, 95 %", "by"],
    ...rows.map((row): Cell[] => {
      const { writeShare, trapsPerGuestSecond: perSecond, interval } = row;
      const rate =
        writeShare !== null
          ? [percent(writeShare), span(interval?.writeShare, percent)]
          : [perSecond === null ? "" : `${figure(perSecond)}/s`, span(interval?.trapsPerGuestSecond, figure)];
      const by = interval === null ? "" : methodNames[interval.method];
      return [row.policy, row.group ?? "(all)", ...rate, span(interval?.difference, signed), by];
    }),
  ];
}

const methodNames: Readonly<Record<RateIntervals["method"], string>> = {
  bootstrap: "bootstrap",
  both: "both",
  "clopper-pearson": "exact",
  recordings: "recordings",
};

/** Both ends, with the unit once. */
function span(interval: Interval | null | undefined, show: (value: number) => string): string {
  if (interval === null || interval === undefined) return "";
  const [low, high] = interval.map(show);
  return `${low.replace(/ %$/, "")} to ${high}`;
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${figure(value)}`;

export const rateColumns = [
  "traps_per_guest_second",
  "interval_method",
  "block_windows",
  "write_share_low",
  "write_share_high",
  "traps_per_guest_second_low",
  "traps_per_guest_second_high",
  "likely_low",
  "likely_high",
  "per_guest_second_low",
  "per_guest_second_high",
] as const;

export function rateCells({
  trapsPerGuestSecond,
  interval,
}: Pick<VerdictRow | PooledRow, "trapsPerGuestSecond" | "interval">): Cell[] {
  const ends = (of: Interval | null | undefined): Cell[] => [of?.[0] ?? "", of?.[1] ?? ""];
  return [
    trapsPerGuestSecond ?? "",
    interval?.method ?? "",
    interval?.blockWindows ?? "",
    ...ends(interval?.writeShare),
    ...ends(interval?.trapsPerGuestSecond),
    ...ends(interval?.difference),
    ...ends(interval?.perGuestSecond),
  ];
}
