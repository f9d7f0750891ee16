import { actions, type Action } from "../prices/profile.js";
import { summarizeSweep, type SweepRow, type SweepSummary } from "../search/sweep.js";
import { figure, percent } from "../verdict/sentence.js";
import { modelledLines, markedCsv } from "./modelled.js";
import { markdownTable, textTable, type Cell } from "./text-table.js";

/** What `trapline sweep --json` prints. */
export interface SweepResult {
  readonly schema: "trapline.sweep/1";
  readonly tool: string;
  /** Of random points; null for a grid. */
  readonly seed: number | null;
  /** Points of prices, times modes and kernels: of each trace and policy. */
  readonly configurations: number;
  /** False where events of some traces are missing. */
  readonly complete: boolean;
  /** What of damaged traces is not in the figures; absent where all is. */
  readonly damaged?: readonly string[];
  readonly rows: readonly SweepRow[];
  /** Configurations that could not be answered, and why. */
  readonly refused: readonly { readonly what: string; readonly why: string }[];
}

export const sweepText = (result: SweepResult): string => report(result, (rows) => textTable(rows, 2));
export const sweepMarkdown = (result: SweepResult): string => report(result, markdownTable);

function report(
  { rows, refused, configurations, seed, damaged = [] }: SweepResult,
  show: (rows: readonly (readonly Cell[])[]) => string,
): string {
  const sums = summarizeSweep(rows);
  const parts: string[] = [];
  for (const asked of new Set(sums.map(question))) {
    const own = sums.filter((sum) => question(sum) === asked);
    parts.push(asked, "", show([head, ...own.map(cells)]), "", ...bestOf(own));
  }
  const random = seed === null ? "" : `, drawn at random with seed ${seed}`;
  parts.push(`Configurations of each trace and policy: ${configurations}${random}.`);
  parts.push("Note: Negative: the policy costs less than eager. Each point: --format csv or json.");
  parts.push(...damaged.map((note) => `Note: ${note}`));
  parts.push(...refused.map(({ what, why }) => `Not answered: ${what}: ${why}`));
  return parts.join("\n").trimEnd();
}

/** The policy that costs least at any of the points, where there are several. */
function bestOf(sums: readonly SweepSummary[]): string[] {
  // The first row of a policy is that of all its groups.
  const whole = sums.filter(({ row }, at) => sums.findIndex((sum) => sum.row.policy === row.policy) === at);
  if (whole.length < 2) return [];
  const best = whole.reduce((least, sum) => (sum.least.difference < least.least.difference ? sum : least));
  const { difference } = best.least;
  const against = `${figure(Math.abs(difference))} ${best.row.unit} ${difference < 0 ? "less" : "more"} than eager`;
  const at = best.points > 1 ? `, at the best of ${best.points} points` : "";
  return [`Best: ${best.row.policy}: ${against}${at}.`, ""];
}

/** What summaries of one table have in common. */
const question = ({ row }: SweepSummary): string => {
  const { trace, mode, kernel, nesting, profile, unit } = row;
  const asked = `${trace}: mode ${mode}, kernel ${kernel}, nesting ${nesting}; ${profile} prices, in ${unit}`;
  return [asked, ...modelledLines([row])].join("\n");
};

const head = [
  "policy",
  "group",
  "traps",
  "elided",
  "points",
  "cheaper at",
  "least",
  "of all",
  "greatest",
  "of all",
];

function cells({ row, points, cheaper, least, greatest }: SweepSummary): Cell[] {
  const end = ({ difference, shareOfAll }: SweepRow): Cell[] => [
    `${difference > 0 ? "+" : ""}${figure(difference)}`,
    shareOfAll === null ? "" : percent(shareOfAll),
  ];
  const group = row.group ?? "(all)";
  return [row.policy, group, row.traps, row.savesElided, points, cheaper, ...end(least), ...end(greatest)];
}

/** Long format: a row for each configuration and group, a column for each price that is varied. */
export function sweepCsv({ rows }: SweepResult): string {
  const varied = new Set<string>(rows.flatMap(({ prices }) => Object.keys(prices)));
  const columns: readonly Action[] = actions.filter((action) => varied.has(action));
  return markedCsv(rows, [
    [
      "trace",
      "mode",
      "kernel",
      "profile",
      "unit",
      "nesting",
      ...columns,
      "policy",
      "group",
      "traps",
      "saves_elided",
      "restores_elided",
      "difference",
      "share_of_all",
    ],
    ...rows.map((row): Cell[] => [
      row.trace,
      row.mode,
      row.kernel,
      row.profile,
      row.unit,
      row.nesting,
      ...columns.map((action) => row.prices[action]),
      row.policy,
      row.group ?? "",
      row.traps,
      row.savesElided,
      row.restoresElided,
      row.difference,
      row.shareOfAll ?? "",
    ]),
  ]);
}
