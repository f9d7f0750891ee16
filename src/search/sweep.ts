import { cost, countDifference } from "../prices/cost.js";
import type { TraceCounts } from "../replay/merge.js";
import { groupCounts } from "../verdict/groups.js";
import { pricesAt, type PricePoint } from "./axes.js";
import { incompleteField } from "../trace/damaged.js";
import { modelledField } from "../trace/modelled.js";
import { shareOfAll } from "../verdict/share.js";
import type { Question } from "./questions.js";

/** A question with the points at which its prices are varied. */
export interface SweptQuestion extends Question {
  readonly points: readonly PricePoint[];
}

/** One configuration and group. Below 0 the policy costs less than eager. */
export interface SweepRow {
  readonly trace: string;
  readonly mode: string;
  readonly kernel: string;
  readonly profile: string;
  readonly unit: string;
  readonly nesting: string;
  readonly policy: string;
  /** Null for the policy as a whole. */
  readonly group: string | null;
  readonly traps: number;
  readonly savesElided: number;
  readonly restoresElided: number;
  /** What takes the place of the profile's likely prices. */
  readonly prices: PricePoint;
  /** In the profile's unit. */
  readonly difference: number;
  /** Of all that was executed, hosts and guests; null where units do not fit. */
  readonly shareOfAll: number | null;
  /** False where events of the trace are missing; absent otherwise. */
  readonly complete?: false;
  /** What of the trace was not recorded but modelled; absent for a recording. */
  readonly modelled?: string;
}

/** Prices what one replay counted at every point of every question: counts do not depend on prices. */
export function sweepCounts(counts: TraceCounts, questions: readonly SweptQuestion[]): SweepRow[] {
  const { path, header, config } = counts;
  const groups = groupCounts(counts).map((group) => ({
    group,
    difference: countDifference(group.own, group.eager),
  }));
  const marks = { ...incompleteField(header), ...modelledField(header) };
  return questions.flatMap(({ profile, nesting, terms, points }) => {
    const share = shareOfAll([header], profile, 1);
    return points.flatMap((prices) => {
      const values = pricesAt(profile, prices);
      return groups.map(({ group, difference }): SweepRow => {
        const value = cost(difference, values, terms);
        return {
          trace: path,
          mode: config.mode,
          kernel: config.kernel,
          profile: profile.name,
          unit: profile.unit,
          nesting,
          policy: group.policy,
          group: group.group ?? null,
          traps: group.traps,
          savesElided: group.savesElided,
          restoresElided: group.restoresElided,
          prices,
          difference: value,
          shareOfAll: share === null ? null : value * share,
          ...marks,
        };
      });
    });
  });
}

/** The rows of one group over all points of its question. */
export interface SweepSummary {
  readonly row: Omit<SweepRow, "prices" | "difference" | "shareOfAll">;
  readonly points: number;
  /** At how many of the points the policy costs less than eager. */
  readonly cheaper: number;
  readonly least: SweepRow;
  readonly greatest: SweepRow;
}

/** A summary for each group and question, in the order of the rows. */
export function summarizeSweep(rows: readonly SweepRow[]): SweepSummary[] {
  const sums = new Map<string, SweepSummary>();
  for (const row of rows) {
    const key = [row.trace, row.mode, row.kernel, row.profile, row.nesting, row.policy, row.group].join("\n");
    const sum = sums.get(key);
    const cheaper = Number(row.difference < 0);
    sums.set(
      key,
      sum === undefined
        ? { row, points: 1, cheaper, least: row, greatest: row }
        : {
            row: sum.row,
            points: sum.points + 1,
            cheaper: sum.cheaper + cheaper,
            least: row.difference < sum.least.difference ? row : sum.least,
            greatest: row.difference > sum.greatest.difference ? row : sum.greatest,
          },
    );
  }
  return [...sums.values()];
}
