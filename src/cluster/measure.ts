import { createTraceMerger } from "../replay/merge.js";
import { planShards, workOf, type Plan, type Shard } from "../replay/plan.js";
import { returnTraces } from "../replay/prepare.js";
import { runReplayTask } from "../replay/task.js";
import { packRegion } from "./job.js";
import { queueCosts, type Costs } from "./estimate.js";

/** Milliseconds for which shards are run to see what they take. */
const mostTime = 3_000;

/** Runs some shards of a plan here and says what a window, a shard and a merge take. Throws what a replay would. */
export function measureCosts(plan: Plan): Costs {
  const began = performance.now();
  let [work, running, prepared, merging, count] = [0, 0, 0, 0, 0];
  for (const shard of spread([...planShards(plan)])) {
    const { path } = plan.traces[shard.trace];
    const { policies, choice } = plan;
    const t0 = performance.now();
    const merger = createTraceMerger(path, policies, choice);
    const t1 = performance.now();
    const region = new SharedArrayBuffer(merger.regionBytes(shard));
    // Twice: the first time, code is compiled that later shards find.
    for (let round = 0; round < 2; round++) {
      const t2 = performance.now();
      const answer = runReplayTask({ path, policies, choice, shard, region });
      if (!answer.done) break;
      if (round === 1) running += performance.now() - t2;
    }
    const t3 = performance.now();
    packRegion(region);
    const t4 = performance.now();
    prepared += t1 - t0 + (t4 - t3);
    if (shard.what !== "oracles" && shard.first === 0) {
      merger.add(shard, region);
      merging += performance.now() - t4;
    }
    work += workOf(plan, shard);
    count++;
    if (performance.now() - began > mostTime) break;
  }
  returnTraces();
  const each = (milliseconds: number): number => milliseconds / 1000 / Math.max(1, count);
  return {
    perWindow: running / 1000 / Math.max(1, work),
    perShard: each(prepared),
    perMerge: each(merging),
    ...queueCosts,
  };
}

/** Shards from all over a plan, a kind after another. */
function spread(shards: readonly Shard[]): Shard[] {
  const kinds = new Map<string, Shard[]>();
  for (const shard of shards) {
    const key = `${shard.what} ${shard.segmentation}`;
    kinds.set(key, [...(kinds.get(key) ?? []).slice(0, 15), shard]);
  }
  const lists = [...kinds.values()];
  return Array.from({ length: 16 }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
