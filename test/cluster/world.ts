import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { version } from "#src/version.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import type { RedisServer } from "./redis-server.js";

/** The queue of shards, as its keys begin. */
export const shardQueue = `trapline:shards-${version}`;

/** Writes traces of a few thousand windows, and gives their paths. */
export const smallTraces = (folder: string, ...names: readonly string[]): string[] =>
  names.map((name, seed) => {
    const path = join(folder, `${name}.trl`);
    writeSynthetic(path, { seed, events: 60_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
    return path;
  });

/** How the replay of tests goes on: in a few shards of each kind. */
export const fewShards = ["--json", "-p", "eager,dirty-each,oracle", "--shard-windows", "2048"];

export const engineOf = (url: string): string[] => ["--engine", "bullmq", "--redis", url];

/** Keys on Redis that belong to a run: what is left are the rolls, and the queue itself. */
export const keysOfRuns = (redis: RedisServer): string[] =>
  redis
    .cli("--scan", "--pattern", "trapline:*")
    .split("\n")
    .filter((key) => key !== "" && key !== "trapline:workers" && !isOfQueue(key));

const isOfQueue = (key: string): boolean =>
  /^trapline:shards-[\d.]+:(?:id|meta|events|marker|stalled|stalled-check|active|wait)?$/.test(key);

/** Jobs that wait. */
export const waitingJobs = (redis: RedisServer): number => Number(redis.cli("llen", `${shardQueue}:wait`));

/** Milliseconds after which something that is waited for will not come any more. */
const mostWaiting = 60_000;

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, pause = 20): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > mostWaiting) throw new Error(`not in a minute: ${String(holds)}`);
    await wait(pause);
  }
}
