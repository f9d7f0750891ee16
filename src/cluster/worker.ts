import { hostname } from "node:os";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { TraplineError, errorRecord } from "../errors.js";
import { shardFailure } from "../replay/missing.js";
import { parsePlan } from "../replay/plan-file.js";
import { workOf, type Plan } from "../replay/plan.js";
import { shardTimeout } from "../replay/shard-timeout.js";
import { superviseWorkers, type SupervisedPool } from "../replay/worker-pool.js";
import { tool } from "../version.js";
import { piscinaFile } from "../worker-file.js";
import { isUrl } from "../trace/copies.js";
import { parseJob, shardKey, type ShardAnswer, type ShardJob } from "./job.js";
import { limited, unlessAborted } from "./limits.js";
import { runsOn, workersOn } from "./members.js";
import { prefix, resultsKey, runKey, shardQueue, workersKey } from "./names.js";
import { loadPackages, type ClusterPackages } from "./packages.js";
import { connectRedis, redisPlace } from "./redis.js";
import { beat, signOut, versionsOf } from "./roll.js";
import type { ShardTask } from "./shard-task.js";

export interface WorkerOptions {
  readonly redis: string;
  readonly threads: number;
  /** Seconds without a sign of life after which a worker's shards are given to others. */
  readonly lock: number;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
  /** A folder for what is read of traces by `http(s)://`. */
  readonly copies: () => string;
}

/** A shard that takes worker after worker with it stops. */
const mostStalls = 5;
/** Plans that are held: of runs that go on at once. */
const mostPlans = 16;
/** Beats between two looks for what killed runs left. */
const sweepBeats = 12;
/** Milliseconds that a worker that ends waits for a Redis that is gone, and between two looks. */
const goneLimit = 5_000;
const lookPause = 250;

/**
 * Keeps a result under its shard's identity: the first one counts, and none once the run is over. It goes a while after
 * its run was last heard of. KEYS: run, results; ARGV: shard, answer.
 */
const keepScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left > 0 then redis.call('PEXPIRE', KEYS[2], left) end
return 1`;

/**
 * Takes shards off the queue until it is told to stop, and works on them in threads of its own: the event loop that
 * renews their locks has nothing else to do. Shards that were begun are finished.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { threads, signal, tell } = options;
  const packages = await loadPackages();
  const place = redisPlace(options.redis);
  const redis = await connectRedis(place, packages, { tell, signal });
  const own = { tool, name: `${hostname()}-${process.pid}-${Date.now().toString(36)}` };
  let pool: SupervisedPool<ShardTask, ShardAnswer> | undefined;
  try {
    await unlessAborted(signal, checkRuns(redis, packages, place.name));
    pool = await superviseWorkers<ShardTask, ShardAnswer>({
      entry: piscinaFile("shard"),
      name: "runShardTask",
      threads,
      renew: (task) => task,
      timeout: ({ work, copies, identity }) =>
        shardTimeout(work, copies === undefined ? undefined : identity),
    });
    const worker = takeShards(redis, packages, pool, own.name, options);
    await unlessAborted(signal, workersOn(redis, own));
    let beats = 0;
    const sign = async (): Promise<void> => {
      await workersOn(redis, own);
      if (++beats % sweepBeats === 0) await runsOn(redis, packages);
    };
    const timer = setInterval(() => void sign().catch(() => undefined), 1000 * beat);
    const count = `${threads} ${threads === 1 ? "thread" : "threads"}`;
    tell(`trapline: a worker of ${tool} on Redis at ${place.name}: ${count}`);
    await aborted(signal);
    clearInterval(timer);
    tell("trapline: finishing the shards that were begun; again to drop them");
    await closed(worker, redis);
    await limited(signOut(redis, workersKey, own), goneLimit);
  } finally {
    await pool?.close();
    redis.disconnect();
  }
}

/** Refuses to start beside runs that are all of another version. */
async function checkRuns(redis: Redis, packages: ClusterPackages, place: string): Promise<void> {
  const runs = await runsOn(redis, packages);
  if (runs.length === 0 || runs.some((run) => run.tool === tool)) return;
  throw new TraplineError(
    "unsupported",
    `the replays on Redis at ${place} are of ${versionsOf(runs)}, and this worker is ${tool}: their counts might differ`,
    {},
    "Start a worker of the same version, or name another database (redis://host/1)",
  );
}

/** A worker of BullMQ that gives shards to the pool and puts what they gave on Redis. */
function takeShards(
  redis: Redis,
  { bullmq }: ClusterPackages,
  pool: SupervisedPool<ShardTask, ShardAnswer>,
  name: string,
  { threads, lock, copies }: WorkerOptions,
): Worker<unknown, string> {
  const planOf = planReader(redis);
  const keep = async ({ run, shard }: ShardJob, answer: ShardAnswer): Promise<unknown> =>
    redis.eval(keepScript, 2, runKey(run), resultsKey(run), shardKey(shard), JSON.stringify(answer));

  async function work(job: Job): Promise<string> {
    const own = parseJob(job.data);
    const plan = await planOf(own.run);
    // Its owner ended, or was not heard of for long: nobody waits for it.
    if (plan === undefined) return "dropped";
    const { path, identity } = plan.traces[own.shard.trace];
    const { policies, choice } = plan;
    const attempted = await pool.run({
      path,
      identity,
      policies,
      choice,
      shard: own.shard,
      work: workOf(plan, own.shard),
      ...(isUrl(path) ? { copies: copies() } : {}),
    });
    const answer = attempted.ok
      ? attempted.answer
      : { error: errorRecord(shardFailure(plan, own.shard, attempted.reasons)) };
    // A disk that is not mounted here may be elsewhere.
    if ("error" in answer && !isLast(job)) throw new Error(answer.error.message);
    await keep(own, answer);
    return "done";
  }

  /** A shard that no worker could answer is answered with why: its job is gone. */
  async function fail(job: Job | undefined, { message }: Error): Promise<void> {
    if (job === undefined || (job.finishedOn === undefined && !isSpent(job))) return;
    const own = parseJob(job.data);
    const plan = await planOf(own.run);
    if (plan === undefined) return;
    const why = /stalled/.test(message)
      ? `its worker was not heard of again, ${mostStalls + 1} times`
      : message;
    const place = { file: plan.traces[own.shard.trace].path };
    const error = new TraplineError("worker", `a shard failed: ${why}`, place, "Look at the workers");
    await keep(own, { error: errorRecord(error) });
  }

  const worker = new bullmq.Worker<unknown, string>(shardQueue, work, {
    connection: redis,
    prefix,
    concurrency: threads,
    lockDuration: 1000 * lock,
    stalledInterval: 1000 * lock,
    maxStalledCount: mostStalls,
    name,
  });
  // Of a lost connection it is told where that is made; a lock that was lost is another worker's shard now.
  worker.on("error", () => undefined);
  worker.on("failed", (job, error) => void fail(job, error).catch(() => undefined));
  return worker;
}

/** Plans of runs, as long as these go on. */
function planReader(redis: Redis): (run: string) => Promise<Plan | undefined> {
  const plans = new Map<string, Plan>();
  return async (run) => {
    const known = plans.get(run);
    if (known !== undefined) return (await redis.exists(runKey(run))) === 1 ? known : undefined;
    const text = await redis.get(runKey(run));
    if (text === null) return undefined;
    const plan = parsePlan(JSON.parse(text), `the run ${run}`);
    plans.set(run, plan);
    if (plans.size > mostPlans) plans.delete([...plans.keys()][0]);
    return plan;
  };
}

/** Closes it when its shards are done; a Redis that stays away keeps nobody from ending. */
async function closed(worker: Worker<unknown, string>, redis: Redis): Promise<void> {
  const over = new AbortController();
  const closing = worker.close().then(() => over.abort());
  let gone = 0;
  while (!over.signal.aborted && gone < goneLimit) {
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, lookPause))]);
    gone = redis.status === "ready" ? 0 : gone + lookPause;
  }
}

const isLast = ({ attemptsMade, opts }: Job): boolean => attemptsMade + 1 >= (opts.attempts ?? 1);

const isSpent = ({ attemptsMade, opts }: Job): boolean => attemptsMade >= (opts.attempts ?? 1);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
