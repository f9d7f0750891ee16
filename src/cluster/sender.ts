import type { FlowProducer, Queue } from "bullmq";
import { TraplineError } from "../errors.js";
import type { Shard } from "../replay/plan.js";
import { shardKey, type ShardJob } from "./job.js";
import { mergeQueue, shardQueue } from "./names.js";

/**
 * Shards that go to Redis at once. A flow of 100,000 in one go took the submitter a gigabyte and kept Redis from
 * everybody else for 5 s; in portions of a thousand, 20 MB and 0.2 s, and no longer in all (redis-server 7.0.15).
 */
const portion = 1_000;
/** Shards on Redis beyond those whose results are waited for: more than there are workers, 20 MB at most. */
const mostBeyond = 16_000;
/** Deliveries of a shard that gives an error, and milliseconds between them. */
const attempts = 3;
const backoff = { type: "fixed", delay: 500 } as const;
/** Times that a shard may be missing on Redis until it is not sent again. */
const mostLosses = 20;
/** Jobs that are removed at once, and looks at those that a worker holds. */
const together = 200;
const looks = 5;

/** Puts the shards of a run on Redis, in their order, as children of its merge. */
export interface Sender {
  /** Sends the next portion, where it is time for it; whether there is more that could be sent. */
  send(): Promise<boolean>;
  /** Somebody waits for a shard's result. */
  ask(shard: Shard): void;
  /** The result of a shard was taken. */
  settle(shard: Shard): void;
  /** Sends a shard again that is nowhere on Redis, after `check` says that its result did not come meanwhile. */
  restore(shard: Shard, isMissing: () => Promise<boolean>): Promise<void>;
  /** Removes what was sent and not taken. What a worker has begun goes when that ends. */
  remove(): Promise<void>;
}

export function createSender(
  run: string,
  shards: readonly Shard[],
  place: string,
  { queue, flows }: { readonly queue: Queue; readonly flows: FlowProducer },
): Sender {
  const positions = new Map(shards.map((shard, at) => [shardKey(shard), at]));
  /** By shard that was sent and not taken: how often it was lost. */
  const open = new Map<string, number>();
  let [sent, asked] = [0, 0];

  const idOf = (key: string): string => `${run}-${key}-${open.get(key) ?? 0}`;

  /** A flow with the merge as parent, the same one for every portion. Sent twice, it is there once. */
  async function addFlow(some: readonly Shard[]): Promise<void> {
    await flows.add({
      name: "merge",
      queueName: mergeQueue(run),
      data: { run, shards: shards.length },
      opts: { jobId: run, removeOnComplete: true, removeOnFail: true },
      children: some.map((shard) => ({
        name: "shard",
        queueName: shardQueue,
        data: { run, shard } satisfies ShardJob,
        // One that fails has said why among the results: the others go on.
        opts: {
          jobId: idOf(shardKey(shard)),
          attempts,
          backoff,
          removeOnComplete: true,
          removeOnFail: true,
          ignoreDependencyOnFailure: true,
        },
      })),
    });
  }

  return {
    async send() {
      const end = Math.min(shards.length, sent + portion, asked + mostBeyond);
      if (end === sent || (end < shards.length && end - sent < portion)) return false;
      const some = shards.slice(sent, end);
      // Before it is known whether they arrived: what may be there is to be removed.
      for (const shard of some) open.set(shardKey(shard), open.get(shardKey(shard)) ?? 0);
      await addFlow(some);
      sent = end;
      return sent < shards.length;
    },
    ask(shard) {
      // Shards are asked for in order; those of a trace that failed are not.
      asked = Math.max(asked, 1 + (positions.get(shardKey(shard)) ?? 0));
    },
    settle(shard) {
      open.delete(shardKey(shard));
    },
    async restore(shard, isMissing) {
      const key = shardKey(shard);
      if ((positions.get(key) ?? 0) >= sent) return;
      if ((await queue.getJobState(idOf(key))) !== "unknown" || !(await isMissing())) return;
      const losses = 1 + (open.get(key) ?? 0);
      if (losses > mostLosses) {
        throw new TraplineError(
          "worker",
          `Redis at ${place} lost a shard ${losses} times`,
          {},
          "It is to keep what it is given: maxmemory-policy noeviction, appendonly yes",
        );
      }
      open.set(key, losses);
      await addFlow([shard]);
    },
    async remove() {
      let ids = [...open.keys()].map(idOf);
      for (let look = 0; look < looks && ids.length > 0; look++) {
        if (look > 0) await new Promise((resolve) => setTimeout(resolve, 100));
        const held: string[] = [];
        for (let at = 0; at < ids.length; at += together) {
          await Promise.all(
            ids.slice(at, at + together).map(async (id) => {
              if ((await queue.remove(id)) !== 1) held.push(id);
            }),
          );
        }
        ids = held;
      }
    },
  };
}
