import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { FlowProducer, Queue, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { TraplineError, messageOf } from "../errors.js";
import type { ExecutorOptions, Outcome, PlannedTask, ReplayExecutor } from "../replay/executor.js";
import { memoryPlan } from "../replay/memory.js";
import { planText } from "../replay/plan-file.js";
import type { Plan, Shard } from "../replay/plan.js";
import { joinedShards } from "../replay/replay.js";
import { isUrl } from "../trace/copies.js";
import { tool } from "../version.js";
import { outcomeOf, shardKey } from "./job.js";
import { createNap, limited, unlessAborted } from "./limits.js";
import { forgetRun, runsOn, workersOn } from "./members.js";
import { mergeQueue, nameKey, prefix, resultsKey, runKey, runsKey, shardQueue } from "./names.js";
import { loadPackages, type ClusterPackages } from "./packages.js";
import { connectRedis, redisPlace } from "./redis.js";
import { beat, readRoll, versionsOf, type Member } from "./roll.js";
import { createSender } from "./sender.js";

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
/** Errors of Redis in a row, and milliseconds between them, until it is said that it is of no use. */
const mostErrors = 10;
const errorPause = 500;
/** Milliseconds that it may take to clean up; a Redis that is gone may come back in time. */
const cleanLimit = ({ status }: Redis): number => (status === "ready" ? 15_000 : 3_000);

interface Awaited {
  readonly task: PlannedTask;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Runs the tasks of a plan on workers elsewhere. The shards go to Redis as a flow, with the merge as their parent; what
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
  const place = redisPlace(options.redis);
  const redis = await connectRedis(place, packages, { tell, signal });
  const own: Member = { tool, name: `${options.name ?? "run"}-${randomBytes(6).toString("hex")}` };
  const run = own.name;
  const shards = [...joinedShards(plan)].filter((shard) => !isDone(shard));
  const sent: Plan = {
    ...plan,
    traces: plan.traces.map((trace) => ({ ...trace, path: pathFor(trace.path) })),
  };
  const keepAlive = (): Promise<void> => keepRun(redis, own, sent, options);
  const forget = (): Promise<void> => forgetRun(redis, packages, own, options.name);
  const begin = async (): Promise<void> => {
    await claimName(redis, run, place.name, options);
    await keepAlive();
    await runsOn(redis, packages);
    if (shards.length > 0) await checkWorkers(redis, place.name, tell);
  };
  const beginning = begin();
  try {
    await unlessAborted(signal, beginning);
  } catch (error) {
    // What is under way would come back after it was taken away.
    await limited(beginning.catch(() => undefined).then(forget), cleanLimit(redis));
    redis.disconnect();
    throw error;
  }

  const { queue, flows, merge, merged } = connectQueues(redis, run, packages);
  const sender = createSender(run, shards, place.name, { queue, flows });
  const awaited = new Map<string, Awaited>();
  const nap = createNap();
  const over = new AbortController();
  const isOver = (): boolean => over.signal.aborted;
  let failure: { readonly error: unknown } | undefined;

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
      const { trace, region, shard } = waiting.task;
      sender.settle(shard);
      waiting.settle(outcomeOf(text, region.byteLength, [sent.traces[trace].path, plan.traces[trace].path]));
    });
    if (came.length > 0) await redis.hdel(resultsKey(run), ...came);
    return came.length > 0;
  }

  /** Looks at shards whose results have not come: what is nowhere is sent again, once the run is known again. */
  async function check(): Promise<void> {
    await keepAlive();
    for (const [key, { task }] of [...awaited].slice(0, mostChecked)) {
      // It may have come while we asked.
      await sender.restore(task.shard, async () => !(await take([key])) && awaited.has(key));
    }
  }

  let [checked, kept] = [performance.now(), performance.now()];
  const often = Math.min(1000 * beat, (1000 * expire) / 3);
  /** One look at Redis; whether the next one is to be soon. */
  async function look(): Promise<boolean> {
    const more = await sender.send();
    const came = await take([...awaited.keys()]);
    if (performance.now() - kept > often) {
      await keepAlive();
      kept = performance.now();
    }
    if (came || more) checked = performance.now();
    else if (performance.now() - checked > checkPause) {
      await check();
      checked = performance.now();
    }
    return came || more;
  }

  async function watch(): Promise<void> {
    let pause = leastPause;
    let errors = 0;
    while (!isOver()) {
      try {
        pause = (await look()) ? leastPause : Math.min(mostPause, 1.5 * pause);
        errors = 0;
      } catch (error) {
        if (isOver()) return;
        if (error instanceof TraplineError) throw error;
        // A connection that is lost in the middle of a transaction is an error, too; what was sent is sent again.
        if (redis.status === "ready" && ++errors > mostErrors) throw refused(place.name, error);
        pause = errorPause;
      }
      if (!isOver()) await nap.sleep(pause);
    }
  }

  function failAll(error: unknown): void {
    const all = [...awaited.values()];
    awaited.clear();
    for (const { fail } of all) fail(error);
  }

  const stop = (): void => {
    over.abort();
    failAll(new TraplineError("interrupted", "interrupted"));
    nap.wake();
  };
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  const watching = watch().catch((error: unknown) => {
    failure = { error };
    failAll(error);
  });

  /** Takes everything of this run from Redis. Nothing of it is being sent any more. */
  async function remove(): Promise<void> {
    await watching;
    await redis.del(runKey(run));
    merged();
    await merge.close();
    await sender.remove();
    await forget();
  }

  const { ahead } = memoryPlan(plan, 32, memory);
  return {
    width: Math.max(1, Math.floor(Math.min(mostAhead, ahead) / 2)),
    ahead: Math.min(mostAhead, ahead),
    run: (task) =>
      new Promise<Outcome>((settle, fail) => {
        if (failure !== undefined) fail(failure.error);
        else if (isOver()) fail(new TraplineError("interrupted", "interrupted"));
        else {
          sender.ask(task.shard);
          awaited.set(shardKey(task.shard), { task, settle, fail });
          nap.wake();
        }
      }),
    async close() {
      over.abort();
      signal?.removeEventListener("abort", stop);
      nap.wake();
      if (!(await limited(remove(), cleanLimit(redis)))) {
        tell(
          `trapline: what Redis at ${place.name} keeps of this run could not be removed: it expires in ${expire} s`,
        );
      }
      redis.disconnect();
    },
  };
}

/** A path as workers elsewhere see it. */
const pathFor = (path: string): string => (isUrl(path) ? path : resolve(path));

const refused = (place: string, error: unknown): TraplineError =>
  new TraplineError("worker", `Redis at ${place} refuses what it is asked: ${messageOf(error)}`);

/** Takes a name that no other run has. */
async function claimName(
  redis: Redis,
  run: string,
  place: string,
  { name, expire }: ClusterOptions,
): Promise<void> {
  if (name === undefined || (await redis.set(nameKey(name), run, "EX", expire, "NX")) !== null) return;
  throw new TraplineError(
    "usage",
    `there is a run "${name}" on Redis at ${place}`,
    {},
    "Give this one another --run NAME",
  );
}

/** Says that a run goes on; what is gone of it is there again. */
async function keepRun(
  redis: Redis,
  own: Member,
  sent: Plan,
  { name, expire }: ClusterOptions,
): Promise<void> {
  const isKnown = (await redis.expire(runKey(own.name), expire)) === 1;
  if (!isKnown) await redis.set(runKey(own.name), planText(sent), "EX", expire);
  await redis.expire(resultsKey(own.name), expire);
  if (name !== undefined) await redis.set(nameKey(name), own.name, "EX", expire);
  await readRoll(redis, runsKey, own);
}

/** Refuses to wait for workers that are all of another version; says so where there are none. */
async function checkWorkers(redis: Redis, place: string, tell: (text: string) => void): Promise<void> {
  const workers = await workersOn(redis);
  if (workers.length === 0) {
    tell(
      `trapline: waiting for a worker of ${tool} on Redis at ${place}: start \`trapline worker --redis URL\``,
    );
  } else if (workers.every((each) => each.tool !== tool)) {
    throw new TraplineError(
      "unsupported",
      `the workers on Redis at ${place} are of ${versionsOf(workers)}, and this is ${tool}: their counts might differ`,
      {},
      "Start workers of this version",
    );
  }
}

interface Queues {
  readonly queue: Queue;
  readonly flows: FlowProducer;
  /** Takes the parent when all shards are done, and is done with it when they are merged. */
  readonly merge: Worker;
  readonly merged: () => void;
}

function connectQueues(redis: Redis, run: string, { bullmq }: ClusterPackages): Queues {
  const shared = { connection: redis, prefix };
  let merged = (): void => undefined;
  const mergedAll = new Promise<void>((done) => {
    merged = done;
  });
  const queue = new bullmq.Queue(shardQueue, shared);
  const flows = new bullmq.FlowProducer(shared);
  const merge = new bullmq.Worker(mergeQueue(run), () => mergedAll, shared);
  // Of a lost connection it is told where that is made; Node ends a process over an error that nobody hears.
  const deaf = (): void => undefined;
  queue.on("error", deaf);
  flows.on("error", deaf);
  merge.on("error", deaf);
  return { queue, flows, merge, merged };
}
