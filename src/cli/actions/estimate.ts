import { estimateBest } from "../../cluster/estimate.js";
import { measureCosts } from "../../cluster/measure.js";
import { planShards, workOf, type Plan } from "../../replay/plan.js";
import { estimateText, type EstimateResult } from "../../report/estimate.js";
import { emit, emitJson } from "../output.js";

/** Workers of one thread each, and events beside the plan's own. */
const workerCounts = [1, 2, 4, 10, 100, 1000, 10_000];
const eventCounts = [1e9, 1e10, 1e11, 1e12];

/** Measures some shards of a plan and says what all of it would take on workers of such a machine. */
export function estimate(
  plan: Plan,
  { json, output }: { readonly json: boolean; readonly output: string | undefined },
): void {
  const costs = measureCosts(plan);
  const events = plan.traces.reduce((sum, trace) => sum + trace.events, 0);
  const shards = [...planShards(plan)];
  const windows = shards.reduce((sum, shard) => sum + workOf(plan, shard), 0);
  // A trace has so many shards however large they are.
  const leastShards = new Set(
    shards.map(({ trace, what, segmentation }) => `${trace} ${what} ${segmentation}`),
  ).size;
  const sizes = [events, ...eventCounts.filter((count) => count > events)];
  const estimates = sizes.flatMap((count) =>
    workerCounts.map((workers) => {
      const work = {
        windows: Math.ceil((windows * count) / Math.max(1, events)),
        events: count,
        leastShards,
      };
      return estimateBest(costs, work, workers);
    }),
  );
  const result: EstimateResult = { schema: "trapline.estimate/1", events, windows, costs, estimates };
  if (json) emitJson(result, output);
  else emit(estimateText(result), output);
}
