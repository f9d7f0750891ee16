import type { Policy } from "../../policies/policy.js";
import { replayValues, type TraceValues } from "../../replay/values/replay-values.js";
import { makeValuesResult } from "../../replay/values/values-result.js";
import { valuesText } from "../../report/replay-verify.js";
import { tool } from "../../version.js";
import { variantOf } from "../../verify/variant.js";
import { whatIfNamed } from "../../verify/what-if.js";
import { choiceOf, filesOf, openingOf, policiesOf, readsOf, refuseBeside } from "../args.js";
import { batchOptions } from "../batch.js";
import { checkEngine } from "../engine.js";
import { openTraces, renamed } from "../open.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { createProgress } from "../progress.js";
import type { Session } from "../session.js";
import type { ReplayArgs } from "./replay-plan.js";

/** Values of one trace after another, in this thread. Returns the exit status: 1 when a policy loses one. */
export async function replayVerify(session: Session, args: ReplayArgs): Promise<number> {
  const json = args.json || args.format === "json";
  refuseBeside("--verify", [
    ["--shard", args.shard !== undefined],
    ["--plan", args.plan !== undefined],
    ["--interval", args.interval !== undefined],
    ["--by", args.by !== undefined],
    ["--registers all", args.registers === "all"],
    [`--format ${args.format}`, !json && args.format !== "text"],
    ["--cost", args.cost !== undefined],
    ["--shard-windows", args.shardWindows !== undefined],
    ["--engine bullmq", args.engine !== "local"],
    ...batchOptions(args),
  ]);
  checkEngine(args);
  const vary = variation(args.whatIf);
  const choice = choiceOf(args);
  const policies = await policiesOf(args.policy);
  const opening = await openingOf(args);
  const files = await filesOf(args, { urls: true });
  checkOutput(args.output, readsOf(files, opening, args));
  const opened = await openTraces(session, files, opening);
  const bar = createProgress("verifying", args.progress);
  const traces: TraceValues[] = [];
  try {
    for (const { path, name } of opened) {
      const options = { vary, signal: session.signal, onProgress: bar.update };
      const found = await renamed(opened, () => replayValues(path, policies, choice, options));
      traces.push({ ...found, path: name });
    }
  } finally {
    bar.end();
  }
  const result = makeValuesResult(traces, tool);
  if (json) emitJson(result, args.output);
  else emit(valuesText(result), args.output);
  return result.kept ? 0 : 1;
}

/** What a what-if does to policies; what it says of the world, the recording says itself. */
function variation(name: string | undefined): (policy: Policy) => Policy {
  if (name === undefined) return (policy) => policy;
  const whatIf = whatIfNamed(name);
  return (policy) => {
    const found = variantOf(policy, whatIf, false);
    return found === undefined ? policy : { ...found.policy, name: `${policy.name} (${name})` };
  };
}
