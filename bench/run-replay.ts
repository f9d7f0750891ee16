/**
 * Replays a trace over and over in one process, and prints seconds and counts as JSON:
 *
 *     node run-replay.js TRACE POLICIES THREADS RUNS
 *
 * THREADS 0 works in this thread: prepares the trace, runs every shard and merges them, all of it measured. With
 * workers, time begins where the trace is prepared in all threads, and ends with the merged counts.
 */
import { findPolicy } from "../src/policies/find.js";
import { createReplayExecutor } from "../src/replay/executor.js";
import { mergerOf, type TraceCounts } from "../src/replay/merge.js";
import { makePlan } from "../src/replay/make-plan.js";
import { planShards, type Plan } from "../src/replay/plan.js";
import { inOrder } from "../src/replay/pool.js";
import { prepareTrace } from "../src/replay/prepare.js";
import { planTasks } from "../src/replay/replay.js";
import { runGroups, runWindows } from "../src/replay/shard.js";
import { replayCounts, type PolicyCounts } from "./counts.js";

/** What a run prints. */
export interface ReplayRuns {
  /** Wall clock and CPU time of each run, and the time in which the trace was prepared. */
  readonly seconds: readonly number[];
  readonly cpu: readonly number[];
  readonly prepare: readonly number[];
  readonly events: number;
  readonly windows: number;
  readonly counts: readonly PolicyCounts[];
  /** Bytes, of the process. */
  readonly peak: number;
}

interface Run {
  readonly counts: TraceCounts;
  readonly prepare: number;
}

const [path, policies, threads, runs] = process.argv.slice(2);
const definitions = policies.split(",").map(findPolicy);
const plan = makePlan([path], { policies: definitions, choice: {} });
const executor =
  Number(threads) > 0 ? await createReplayExecutor(plan, Infinity, { threads: Number(threads) }) : undefined;

/** Runs that compile the loops, start the workers and have them prepare the trace. */
const uncounted = 2;
const measured = { seconds: [] as number[], cpu: [] as number[], prepare: [] as number[] };
let last: TraceCounts | undefined;
try {
  for (let run = 0; run < Number(runs) + uncounted; run++) {
    const cpu = process.cpuUsage();
    const from = performance.now();
    const { counts, prepare } = executor === undefined ? alone(plan) : await pooled(plan);
    const elapsed = performance.now() - from - (executor === undefined ? 0 : prepare);
    const { user, system } = process.cpuUsage(cpu);
    last = counts;
    if (run < uncounted) continue;
    measured.seconds.push(elapsed / 1000);
    measured.cpu.push((user + system) / 1e6);
    measured.prepare.push(prepare / 1000);
  }
} finally {
  await executor?.close();
}
if (last !== undefined) {
  const { assignments, policies: counted, header } = last;
  const result: ReplayRuns = {
    ...measured,
    events: header.events,
    windows: plan.traces[0].all.reduce((sum, each) => sum + each, 0),
    counts: replayCounts(
      assignments,
      counted.map(({ rows }) => rows),
    ),
    peak: process.resourceUsage().maxRSS * 1024,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

function alone({ traces, policies: refs, choice, ...rest }: Plan): Run {
  const from = performance.now();
  const prepared = prepareTrace(traces[0].path, refs, choice);
  try {
    const prepare = performance.now() - from;
    const merger = mergerOf(prepared);
    for (const shard of planShards({ ...rest, traces, policies: refs, choice })) {
      const { what, segmentation, first, end } = shard;
      const region = new ArrayBuffer(merger.regionBytes(shard));
      if (what === "windows") runWindows(prepared, segmentation, first, end, new Uint32Array(region));
      else runGroups(prepared, segmentation, first, end, new Float64Array(region));
      merger.add(shard, region);
    }
    return { counts: merger.finish(), prepare };
  } finally {
    prepared.trace.close();
  }
}

async function pooled(whole: Plan): Promise<Run> {
  const from = performance.now();
  const prepared = prepareTrace(whole.traces[0].path, whole.policies, whole.choice);
  prepared.trace.close();
  const prepare = performance.now() - from;
  const merger = mergerOf(prepared);
  for await (const { task, answer } of inOrder(
    executor!,
    planTasks(whole, () => merger),
  )) {
    if (!answer.ok) throw answer.error;
    merger.add(task.shard, answer.region);
  }
  return { counts: merger.finish(), prepare };
}
