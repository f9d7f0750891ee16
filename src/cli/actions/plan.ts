import { TraplineError } from "../../errors.js";
import { isTrace } from "../../replay/trace-file.js";
import { makePlan } from "../../replay/make-plan.js";
import {
  choiceOf,
  filesOf,
  pricedPolicies,
  readsOf,
  shardsOf,
  type ConfigArgs,
  type CostArgs,
  type JsonArgs,
  type PolicyArgs,
  type ShardArgs,
  type TraceArgs,
} from "../args.js";
import { renamed } from "../open.js";
import { checkOutput, emitJson } from "../output.js";
import type { Session } from "../session.js";
import { fetchRest, fetchUrls, tellSecrets } from "../urls.js";

export interface PlanArgs extends TraceArgs, ConfigArgs, PolicyArgs, CostArgs, ShardArgs, JsonArgs {
  readonly estimate: boolean;
  readonly disk: string | undefined;
  readonly network: string | undefined;
}

export async function plan(session: Session, args: PlanArgs): Promise<void> {
  if (args.json && !args.estimate)
    throw new TraplineError("usage", "--json goes with --estimate: a plan is JSON");
  if (!args.estimate && (args.disk !== undefined || args.network !== undefined)) {
    throw new TraplineError("usage", "--disk and --network go with --estimate");
  }
  const choice = choiceOf(args);
  const policies = await pricedPolicies(args);
  const files = await filesOf(args, { urls: true });
  const fetched = await fetchUrls(session, files);
  checkOutput(args.output, readsOf(files, {}, args));
  const recording = files.find((file) => !isTrace(file));
  if (recording !== undefined) {
    throw new TraplineError("input", "is no trace", { file: recording }, "Make one with `trapline import`");
  }
  const made = await renamed(fetched, () => makePlan(files, { policies, choice, ...shardsOf(args) }));
  if (args.estimate) {
    const { estimate } = await import("./estimate.js");
    await renamed(fetched, async () => {
      // It runs shards in this thread.
      for (const { path } of fetched) await fetchRest(path);
      await estimate(made, args);
    });
  } else {
    emitJson(made, args.output);
    tellSecrets(files, args.output);
  }
}
