import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { FlowJob } from "bullmq";
import { TraplineError } from "../errors.js";
import type { ExecutorOptions, Outcome, PlannedTask, ReplayExecutor } from "../replay/executor.js";
import { memoryPlan } from "../replay/memory.js";
import { planText } from "../replay/plan-file.js";
import type { Plan, Shard } from "../replay/plan.js";
import { joinedShards } from "../replay/replay.js";
import { isUrl } from "../trace/copies.js";
import { tool } from "../version.js";
import { outcomeOf, shardKey, type ShardJob } from "./job.js";
import { limited } from "./limits.js";
import { mergeQueue, nameKey, prefix, resultsKey, runKey, runsKey, shardQueue, workersKey } from "./names.js";
import { loadPackages } from "./packages.js";
import { connectRedis, redisPlace } from "./redis.js";
import { beat, signIn, signOut, versionsOf } from "./roll.js";

export interface ClusterOptions {
  readonly redis: string;
  /** What the run is called; one of its own where it is left out. */
  readonly name?: string;
  /** Seconds that Redis keeps what a run left there after it was last heard of. */
  readonly expire: number;
  readonly tell: (text: string) => void;
  /** Shards that need not be run, since what they gave is known. */
  readonly isDone?: (shard: Shard) => boolean;
}

/** Shards whose results are waited for at once: few beside the memory that they take, many beside the workers. */
const mostAhead = 256;
/** Milliseconds between two looks for results: soon after some came, later when none do. */
const leastPause = 10;
const mostPause = 200;
/** Milliseconds between two looks at jobs whose results do not come, and how many are looked at. */
const checkPause = 2_000;
const mostChecked = 64;
/** Deliveries of a job that fails. */
const attempts = 3;

interface Awaited {
  readonly task: PlannedTask;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Runs the tasks of a plan on workers elsewhere. All shards go to Redis as one flow, with the merge as their parent; what
 * they give is kept under each shard's identity, taken from there once, and merged here in the plan's order, as the
 * results of threads are.
 */
export async function clusterExecutor(
  plan: Plan,
  { signal, memory }: Pick<ExecutorOptions, "signal" | "memory">,
  options: ClusterOptions,
): Promise<ReplayExecutor> {
  const { tell, expire, isDone = () => false } = options;
  const packages = await loadPackages();
  const { Queue, FlowProducer, Worker } = packages.bullmq;
  const place = redisPlace(options.redis);
  const redis = await connectRedis(place, packages, { tell });
  const run = `${options.name ?? "run"}-${randomBytes(6).toString("hex")}`;
  const own = { tool, name: run };
  const connection = redis;
  const queue = new Queue(shardQueue, { connection, prefix });
  const mergers = new Queue(mergeQueue(run), { connection, prefix });
  const flows = new FlowProducer({ connection, prefix });
  for (const each of [queue, mergers]) each.on("error", () => undefined);
  flows.on("error", () => undefined);
  const shards = [...joinedShards(plan)].filter((shard) => !isDone(shard));
  const sent: Plan = {
    ...plan,
    traces: plan.traces.map((trace) => ({ ...trace, path: pathFor(trace.path) })),
  };
  const awaited = new Map<string, Awaited>();
  /** Deliveries of the shards that were sent again, by shard. */
  const again = new Map<string, number>();
  const ended = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let wake = (): void => undefined;

  const jobId = (shard: Shard): string => `${run}-${shardKey(shard)}-${again.get(shardKey(shard)) ?? 0}`;
  const jobOptions = { attempts, backoff: { type: "fixed", delay: 500 }, removeOnComplete: true } as const;
  const dataOf = (shard: Shard): ShardJob => ({ run, shard });

  async function keepAlive(): Promise<void> {
    const isKnown = (await redis.expire(runKey(run), expire)) === 1;
    if (!isKnown) await redis.set(runKey(run), planText(sent), "EX", expire);
    await redis.expire(resultsKey(run), expire);
    if (options.name !== undefined) await redis.set(nameKey(options.name), run, "EX", expire);
    await signIn(redis, runsKey, own);
  }

  async function begin(): Promise<void> {
    const { name } = options;
    if (name !== undefined && (await redis.set(nameKey(name), run, "EX", expire, "NX")) === null) {
      throw new TraplineError(
        "usage",
        `there is a run "${name}" on Redis at ${place.name}`,
        {},
        "Give this one another --run NAME",
      );
    }
    const workers = await signIn(redis, workersKey);
    if (workers.length === 0) {
      tell(
        `trapline: waiting for a worker of ${tool} on Redis at ${place.name}: start \`trapline worker --redis URL\``,
      );
    } else if (workers.every((each) => each.tool !== tool)) {
      throw new TraplineError(
        "unsupported",
        `the workers on Redis at ${place.name} are of ${versionsOf(workers)}, and this is ${tool}: their counts might differ`,
        {},
        "Start workers of this version",
      );
    }
    await keepAlive();
    if (shards.length > 0) await flows.add(flowOf());
  }

  function flowOf(): FlowJob {
    return {
      name: "merge",
      queueName: mergeQueue(run),
      data: { run, shards: shards.length },
      opts: { jobId: run, removeOnComplete: true, removeOnFail: true },
      children: shards.map((shard) => ({
        name: "shard",
        queueName: shardQueue,
        data: dataOf(shard),
        // A shard that fails has said so, or is found failed: the others go on.
        opts: {
          ...jobOptions,
          jobId: jobId(shard),
          ignoreDependencyOnFailure: true,
          removeOnFail: { age: expire },
        },
      })),
    };
  }

  /** Takes the results that have come; whether there were any. */
  async function take(keys: readonly string[]): Promise<boolean> {
    if (keys.length === 0) return false;
    const found = await redis.hmget(resultsKey(run), ...keys);
    const came = keys.filter((_, at) => found[at] !== null);
    keys.forEach((key, at) => {
      const text = found[at];
      const waiting = awaited.get(key);
      if (text === null || waiting === undefined) return;
      awaited.delete(key);
      const { trace, region } = waiting.task;
      waiting.settle(outcomeOf(text, region.byteLength, [sent.traces[trace].path, plan.traces[trace].path]));
    });
    if (came.length > 0) await redis.hdel(resultsKey(run), ...came);
    return came.length > 0;
  }

  /** Looks at jobs whose results have not come: what failed says why, and what is nowhere is sent again. */
  async function check(): Promise<void> {
    for (const [key, { task, settle }] of [...awaited].slice(0, mostChecked)) {
      const id = jobId(task.shard);
      const state = await queue.getJobState(id);
      if (state !== "failed" && state !== "unknown" && state !== "completed") continue;
      // It may have come while we asked.
      await take([key]);
      if (!awaited.has(key)) continue;
      if (state === "failed") {
        const job = await queue.getJob(id);
        const { path } = plan.traces[task.trace];
        const why = job?.failedReason ?? "for a reason that is lost";
        awaited.delete(key);
        settle({
          ok: false,
          error: new TraplineError(
            "worker",
            `a shard failed on the cluster: ${why}`,
            { file: path },
            "Look at the workers",
          ),
        });
        continue;
      }
      again.set(key, (again.get(key) ?? 0) + 1);
      await queue.add("shard", dataOf(task.shard), {
        ...jobOptions,
        jobId: jobId(task.shard),
        removeOnFail: { age: expire },
      });
    }
  }

  async function watch(): Promise<void> {
    let pause = leastPause;
    let [checked, kept] = [performance.now(), performance.now()];
    const often = Math.min(1000 * beat, (1000 * expire) / 3);
    while (!ended.signal.aborted) {
      const came = await take([...awaited.keys()]);
      pause = came ? leastPause : Math.min(mostPause, 1.5 * pause);
      const now = performance.now();
      if (now - kept > often) {
        await keepAlive();
        kept = now;
      }
      if (!came && now - checked > checkPause) {
        await check();
        checked = performance.now();
      }
      await new Promise<void>((done) => {
        wake = done;
        timer = setTimeout(done, pause);
      });
      clearTimeout(timer);
    }
  }

  /** Takes everything of this run from Redis. What workers have begun ends by itself, and leaves nothing. */
  async function remove(): Promise<void> {
    await redis.del(runKey(run), resultsKey(run));
    if (options.name !== undefined) await redis.del(nameKey(options.name));
    await signOut(redis, runsKey, own);
    if (awaited.size > 0 || !isWhole) {
      const ids = shards.map(jobId);
      for (let at = 0; at < ids.length; at += 100) {
        // One that is being worked on is locked, and goes when it ends.
        await Promise.all(ids.slice(at, at + 100).map((id) => queue.remove(id).catch(() => 0)));
      }
    }
    await mergers.obliterate({ force: true });
  }

  let merged = (): void => undefined;
  const mergedAll = new Promise<void>((done) => {
    merged = done;
  });
  let unanswered = shards.length;
  let isWhole = false;

  try {
    await begin();
  } catch (error) {
    await limited(remove());
    redis.disconnect();
    throw error;
  }
  // The parent becomes active when every shard is done; it is done when they are merged.
  const merge = new Worker(
    mergeQueue(run),
    async () => {
      wake();
      await mergedAll;
    },
    { connection, prefix },
  );
  merge.on("error", () => undefined);

  const stop = (): void => {
    for (const { fail } of awaited.values()) fail(new TraplineError("interrupted", "interrupted"));
    wake();
  };
  signal?.addEventListener("abort", stop, { once: true });
  watch().catch((error: unknown) => {
    if (ended.signal.aborted) return;
    for (const { fail } of awaited.values()) fail(error);
  });

  const { ahead } = memoryPlan(plan, 32, memory);
  return {
    width: Math.max(1, Math.floor(Math.min(mostAhead, ahead) / 2)),
    ahead: Math.min(mostAhead, ahead),
    run: (task) =>
      new Promise<Outcome>((settle, fail) => {
        if (signal?.aborted === true) {
          fail(new TraplineError("interrupted", "interrupted"));
          return;
        }
        const answered = (outcome: Outcome): void => {
          isWhole = --unanswered <= 0;
          settle(outcome);
        };
        awaited.set(shardKey(task.shard), { task, settle: answered, fail });
        wake();
      }),
    async close() {
      ended.abort();
      signal?.removeEventListener("abort", stop);
      wake();
      merged();
      await limited(
        merge
          .close(true)
          .catch(() => undefined)
          .then(remove),
        15_000,
      );
      redis.disconnect();
    },
  };
}

/** A path as workers elsewhere see it. */
const pathFor = (path: string): string => (isUrl(path) ? path : resolve(path));
