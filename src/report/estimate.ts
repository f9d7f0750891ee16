import type { Costs, Estimate } from "../cluster/estimate.js";
import { textTable } from "./text-table.js";

/** Schema `trapline.estimate/1`. */
export interface EstimateResult {
  readonly schema: "trapline.estimate/1";
  readonly events: number;
  readonly windows: number;
  /** Seconds. */
  readonly costs: Costs;
  readonly estimates: readonly Estimate[];
}

export function estimateText({ events, windows, costs, estimates }: EstimateResult): string {
  const micro = (seconds: number): string => `${(1e6 * seconds).toPrecision(3)} us`;
  const rows = estimates.map(({ events: own, workers, shardWindows, shards, seconds, bottleneck }) => [
    own.toExponential(1),
    workers,
    shardWindows,
    shards,
    timeText(seconds),
    bottleneck,
  ]);
  return [
    `${events} events, ${windows} windows of work. Measured here: ${micro(1e6 * costs.perWindow)} a million windows,`,
    `${micro(costs.perShard)} a shard, ${micro(costs.perMerge)} a merge; a job takes Redis ${micro(costs.perJob)} and the submitter ${micro(costs.perSubmit)}.`,
    "",
    textTable([["events", "workers", "shard windows", "shards", "time", "bottleneck"], ...rows]),
    "",
  ].join("\n");
}

function timeText(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
