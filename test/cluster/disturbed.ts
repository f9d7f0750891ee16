import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { writeSynthetic } from "../../bench/synthetic.js";
import { startRedis, type RedisServer } from "./redis-server.js";
import { startProgram, startWorker, type Running } from "./worker-process.js";
import { keysOfRuns } from "./world.js";

/** A Redis, three workers, some traces, and what a local run prints of them. */
export interface Disturbed {
  readonly redis: RedisServer;
  readonly folder: string;
  /** Seconds of a run that nobody disturbs. */
  readonly seconds: number;
  /** One run with a worker killed at a moment `share` of the way; whether its bytes are those of a local run. */
  readonly killed: (share: number) => Promise<Disturbance>;
  /** One run with Redis killed at that moment, and started again. */
  readonly restarted: (share: number) => Promise<Disturbance>;
  end(): Promise<void>;
}

export interface Disturbance {
  readonly same: boolean;
  readonly seconds: number;
  /** Whether the run was still going on when it was disturbed. */
  readonly during: boolean;
  readonly said: string;
  /** Keys of runs that are left on Redis, when workers are done. */
  readonly left: readonly string[];
}

const workerCount = 3;
/** Looks, a tenth of a second apart, until what is left of a run is called so. */
const mostLooks = 200;

export async function createDisturbed(events: number, seed: number): Promise<Disturbed> {
  const folder = mkdtempSync(join(tmpdir(), "trapline-cluster-"));
  const traces = ["a", "b", "c"].map((name, at) => {
    const path = join(folder, `${name}.trl`);
    writeSynthetic(path, { seed: seed + at, events, vcpus: 2, length: 8, writes: 2, distinct: 500 });
    return path;
  });
  const redis = await startRedis();
  const words = ["replay", ...traces, "-p", "eager,dirty-each,oracle,oracle:dirty-pie", "--json"];
  words.push("--shard-windows", "4096");
  const local = await startProgram(words).ended;
  if (local.status !== 0) throw new Error(local.stderr);
  const workers: Running[] = [];
  for (let at = 0; at < workerCount; at++) workers.push(await startWorker(redis.url));

  async function run(disturb: () => Promise<void>, delay: number): Promise<Disturbance> {
    const begun = performance.now();
    const replay = startProgram([...words, "--engine", "bullmq", "--redis", redis.url]);
    let isOver = false;
    void replay.ended.then(() => (isOver = true));
    await Promise.race([wait(delay), replay.ended]);
    const during = !isOver;
    await disturb();
    const { stdout, stderr, status } = await replay.ended;
    const seconds = (performance.now() - begun) / 1000;
    // A shard that two workers have, since the lock of one was lost, goes when both are done with it.
    for (let looks = 0; looks < mostLooks && keysOfRuns(redis).length > 0; looks++) await wait(100);
    const left = keysOfRuns(redis);
    return { same: status === 0 && stdout === local.stdout, seconds, during, said: stderr, left };
  }
  // Once to warm up, once to be measured.
  const nothing = (): Promise<void> => Promise.resolve();
  await run(nothing, 0);
  const { seconds } = await run(nothing, 0);
  let next = 0;
  let shortest = seconds;
  const moment = (share: number): number => 1000 * shortest * share;
  const noted = (done: Disturbance): Disturbance => {
    shortest = Math.min(shortest, done.seconds);
    return done;
  };
  return {
    redis,
    folder,
    seconds,
    async killed(share) {
      const at = next++ % workerCount;
      const result = await run(async () => void (await workers[at].kill("SIGKILL")), moment(share));
      workers[at] = await startWorker(redis.url);
      return noted(result);
    },
    restarted: async (share) => noted(await run(() => redis.restart(200), moment(share))),
    async end() {
      await Promise.all(workers.map((worker) => worker.kill("SIGTERM")));
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
