import type { Redis } from "ioredis";
import type { ClusterPackages } from "./packages.js";
import { mergeQueue, nameKey, prefix, resultsKey, runKey, runsKey, workersKey } from "./names.js";
import { readRoll, signOut, type Member } from "./roll.js";

/** Workers that were heard of lately; those that were not are forgotten. */
export async function workersOn(redis: Redis, own?: Member): Promise<readonly Member[]> {
  const { present, silent } = await readRoll(redis, workersKey, own);
  await signOut(redis, workersKey, ...silent);
  return present;
}

/**
 * Runs that go on. What is left of runs that were killed goes here, once their keys have expired: the parents of their
 * shards, which no worker takes.
 */
export async function runsOn(redis: Redis, packages: ClusterPackages): Promise<readonly Member[]> {
  const { present, silent } = await readRoll(redis, runsKey);
  const going: Member[] = [];
  for (const run of [...present, ...silent]) {
    const isKept = (await redis.exists(runKey(run.name))) === 1;
    if (!isKept) await forgetRun(redis, packages, run);
    else if (present.includes(run)) going.push(run);
  }
  return going;
}

/** Takes everything of a run from Redis but its shards. Its key goes first: workers drop what they take from then on. */
export async function forgetRun(
  redis: Redis,
  { bullmq }: ClusterPackages,
  run: Member,
  name?: string,
): Promise<void> {
  await redis.del(runKey(run.name), resultsKey(run.name));
  if (name !== undefined) await redis.eval(freeName, 1, nameKey(name), run.name);
  const keys = new bullmq.QueueKeys(prefix);
  const queue = mergeQueue(run.name);
  const parent = keys.toKey(queue, run.name);
  const ofParent = ["", ":lock", ":dependencies", ":processed", ":failed", ":unsuccessful", ":logs"];
  // Once its set of children is gone, none of them writes to the parent or to its queue any more.
  await redis.del(...ofParent.map((each) => `${parent}${each}`), ...Object.values(keys.getKeys(queue)));
  // Last: who is killed before is still on the roll, and another one goes on here.
  await signOut(redis, runsKey, run);
}

/** A name is freed by who has it: it may have expired, and be another run's. */
const freeName = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;
