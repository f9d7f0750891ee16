import { TraplineError } from "../../errors.js";
import type { TraceCounts } from "../../replay/merge.js";
import { runPart } from "../../replay/part.js";
import { makePlan } from "../../replay/plan.js";
import { readPlan } from "../../replay/plan-file.js";
import { replayPlan } from "../../replay/replay.js";
import { makeResult } from "../../replay/result.js";
import { tool } from "../../version.js";
import {
  choiceOf,
  filesOf,
  policiesOf,
  shardsOf,
  workOf,
  type ConfigArgs,
  type PolicyArgs,
  type ResultArgs,
  type ShardArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { emit } from "../output.js";
import { createProgress } from "../progress.js";
import { emitResult } from "../result.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";

export interface ReplayArgs extends ResultArgs, TraceArgs, WorkArgs, ConfigArgs, PolicyArgs, ShardArgs {
  readonly shard: string | undefined;
  readonly plan: string | undefined;
}

export async function replay(session: Session, args: ReplayArgs): Promise<void> {
  const work = workOf(args);
  const policies = await policiesOf(args.policy);
  const opened = args.plan === undefined ? await openTraces(session, await filesOf(args), work) : [];
  const paths = opened.map(({ path }) => path);
  await renamed(opened, async () => {
    const plan =
      args.plan === undefined
        ? makePlan(paths, { policies, choice: choiceOf(args), ...shardsOf(args) })
        : readPlan(args.plan);
    const bar = createProgress("replaying", work.progress);
    const options = { threads: work.threads, signal: session.signal, onProgress: bar.update };
    try {
      if (args.shard !== undefined) {
        if (opened.some(({ made }) => made)) {
          const remedy = "Make traces of the recordings with `trapline import` first";
          throw new TraplineError("usage", "--shard works on traces", {}, remedy);
        }
        const [index, count] = sliceNumbers(args.shard);
        emit(await runPart(plan, index, count, options), args.output);
        return;
      }
      const counts: TraceCounts[] = [];
      for await (const each of replayPlan(plan, options)) {
        const name = opened.find(({ path }) => path === each.path)?.name ?? each.path;
        counts.push({ ...each, path: name });
      }
      bar.end();
      emitResult(makeResult(counts, tool, args.by === "vcpu"), args);
    } finally {
      bar.end();
    }
  });
}

function sliceNumbers(text: string): [number, number] {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) {
    throw new TraplineError("usage", `--shard takes i/n with i from 1 to n, not "${text}"`);
  }
  return [index, count];
}
