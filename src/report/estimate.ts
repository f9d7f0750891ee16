import type { Costs } from "../cluster/costs.js";
import type { Estimate, Limits } from "../cluster/estimate.js";
import { textTable } from "./text-table.js";

/** Schema `trapline.estimate/1`. */
export interface EstimateResult {
  readonly schema: "trapline.estimate/1";
  readonly events: number;
  readonly traces: number;
  /** Windows that can be cut into shards, and shards that go through a whole trace. */
  readonly windows: number;
  readonly wholes: number;
  /** Bytes of traces that all shards read. */
  readonly bytes: number;
  /** Seconds, and bytes. */
  readonly costs: Costs;
  /** Bytes a second. */
  readonly limits: Limits;
  readonly estimates: readonly Estimate[];
}

export function estimateText(result: EstimateResult): string {
  const { events, traces, windows, wholes, bytes, costs, limits, estimates } = result;
  const micro = (seconds: number): string => `${figure(1e6 * seconds)} us`;
  const rows = estimates.map((each) => [
    each.events.toExponential(1),
    each.traces,
    each.workers,
    each.shardWindows,
    each.shards,
    timeText(each.seconds),
    each.bottleneck,
    `${bytesText(each.readRate)}/s`,
  ]);
  const given = (["disk", "network"] as const).flatMap((name) => {
    const limit = limits[name];
    return limit === undefined ? [] : [`--${name}: ${bytesText(limit)}/s.`];
  });
  return [
    `${events} events in ${traces} traces: ${windows} windows to share out, ${wholes} shards of whole traces, ${bytesText(bytes)} to read.`,
    `Measured here: a worker takes ${micro(1e6 * costs.perWindow)} for a million windows, ${micro(costs.perShard)} a shard beside, and ${micro(costs.perPrepare)} to prepare a trace;`,
    `the submitter ${micro(costs.perMerge)} to merge a shard, and ${micro(costs.perTrace)} a trace. An answer has ${bytesText(costs.answerBytes)}.`,
    `Measured for all plans: a job takes Redis ${micro(costs.perJob)}, the submitter ${micro(costs.perSubmit)} and a worker ${micro(costs.perDelivery)}; the start takes ${timeText(costs.fixed)}.`,
    ...given,
    "",
    textTable([
      ["events", "traces", "workers", "shard windows", "shards", "time", "bottleneck", "workers read"],
      ...rows,
    ]),
    "",
  ].join("\n");
}

const figure = (value: number): string => String(Number(value.toPrecision(3)));

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${figure(bytes / 1000 ** power)} ${units[power]}`;
}

function timeText(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
