import { TraplineError } from "../../errors.js";
import { isTrace } from "../../replay/trace-file.js";
import { makePlan } from "../../replay/plan.js";
import {
  choiceOf,
  filesOf,
  policiesOf,
  pricesOfCost,
  shardsOf,
  type ConfigArgs,
  type CostArgs,
  type OutputArgs,
  type PolicyArgs,
  type ShardArgs,
  type TraceArgs,
} from "../args.js";
import { checkOutput, emitJson } from "../output.js";

export interface PlanArgs extends TraceArgs, ConfigArgs, PolicyArgs, CostArgs, ShardArgs, OutputArgs {}

export async function plan(args: PlanArgs): Promise<void> {
  const policies = await policiesOf(args.policy, () => pricesOfCost(args.cost));
  const files = await filesOf(args);
  checkOutput(args.output, files);
  const recording = files.find((file) => !isTrace(file));
  if (recording !== undefined) {
    throw new TraplineError("input", "is no trace", { file: recording }, "Make one with `trapline import`");
  }
  emitJson(makePlan(files, { policies, choice: choiceOf(args), ...shardsOf(args) }), args.output);
}
