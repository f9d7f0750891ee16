import { TraplineError } from "../../errors.js";
import { estimateBest, scaleWork, type Limits } from "../../cluster/estimate.js";
import { measureCosts } from "../../cluster/measure.js";
import type { Plan } from "../../replay/plan.js";
import { estimateText, type EstimateResult } from "../../report/estimate.js";
import { bytesOf } from "../batch.js";
import { emit, emitJson, tell } from "../output.js";

/** Workers of one thread each, and events beside the plan's own. */
const workerCounts = [1, 2, 4, 10, 100, 1000, 10_000];
const eventCounts = [1e9, 1e10, 1e11, 1e12];

export interface EstimateArgs {
  readonly json: boolean;
  readonly output: string | undefined;
  /** Bytes a second, such as 2G. */
  readonly disk: string | undefined;
  readonly network: string | undefined;
}

/** Measures some shards of a plan and says what all of it would take on workers of such a machine. */
export async function estimate(plan: Plan, args: EstimateArgs): Promise<void> {
  const limits: Limits = {
    ...(args.disk === undefined ? {} : { disk: bytesOf(args.disk, "--disk") }),
    ...(args.network === undefined ? {} : { network: bytesOf(args.network, "--network") }),
  };
  const { costs, work, old } = await measureCosts(plan);
  if (old.length > 0) {
    const what = old.length === 1 ? old[0] : `${old[0]} and ${old.length - 1} more`;
    tell(
      `trapline: ${what}: of format version 1: every worker makes its windows anew, and longer ones take longer than it says here; import the recording again`,
    );
  }
  const { events } = work;
  if (events === 0) throw new TraplineError("input", "there is no event in these traces to measure");
  const sizes = [events, ...eventCounts.filter((count) => count > events)];
  const result: EstimateResult = {
    schema: "trapline.estimate/1",
    events,
    traces: work.traces,
    windows: work.stretches.reduce((sum, { windows }) => sum + windows, 0),
    wholes: work.wholes.length,
    bytes: work.bytes,
    costs,
    limits,
    estimates: sizes.flatMap((count) =>
      workerCounts.map((workers) => estimateBest(costs, scaleWork(work, count), workers, limits)),
    ),
  };
  if (args.json) emitJson(result, args.output);
  else emit(estimateText(result), args.output);
}
