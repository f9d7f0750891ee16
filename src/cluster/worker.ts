import { hostname } from "node:os";
import type { Job } from "bullmq";
import { TraplineError, errorRecord } from "../errors.js";
import { shardFailure } from "../replay/missing.js";
import { parsePlan } from "../replay/plan-file.js";
import { workOf, type Plan } from "../replay/plan.js";
import { superviseWorkers, type SupervisedPool } from "../replay/worker-pool.js";
import { tool } from "../version.js";
import { piscinaFile } from "../worker-file.js";
import { isUrl } from "../trace/copies.js";
import { parseJob, shardKey, type ShardAnswer } from "./job.js";
import { prefix, resultsKey, runKey, runsKey, shardQueue, workersKey } from "./names.js";
import { loadPackages } from "./packages.js";
import { connectRedis, redisPlace } from "./redis.js";
import { beat, signIn, signOut, versionsOf } from "./roll.js";
import { limited, shardTimeout } from "./limits.js";
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
  const { threads, lock, signal, tell } = options;
  const packages = await loadPackages();
  const place = redisPlace(options.redis);
  const redis = await connectRedis(place, packages, { tell });
  const own = { tool, name: `${hostname()}-${process.pid}-${Date.now().toString(36)}` };
  let pool: SupervisedPool<ShardTask, ShardAnswer> | undefined;
  try {
    const runs = await signIn(redis, runsKey);
    if (runs.length > 0 && runs.every((run) => run.tool !== tool)) {
      throw new TraplineError(
        "unsupported",
        `the replays on Redis at ${place.name} are of ${versionsOf(runs)}, and this worker is ${tool}: their counts might differ`,
        {},
        "Start a worker of the same version, or name another database (redis://host/1)",
      );
    }
    pool = await superviseWorkers<ShardTask, ShardAnswer>({
      entry: piscinaFile("shard"),
      name: "runShardTask",
      threads,
      renew: (task) => task,
      timeout: ({ work }) => shardTimeout(work),
    });
    const running = pool;
    const plans = new Map<string, Plan>();
    const planOf = async (run: string): Promise<Plan | undefined> => {
      const known = plans.get(run);
      if (known !== undefined) return (await redis.exists(runKey(run))) === 1 ? known : undefined;
      const text = await redis.get(runKey(run));
      if (text === null) return undefined;
      const plan = parsePlan(JSON.parse(text), `the run ${run}`);
      plans.set(run, plan);
      if (plans.size > mostPlans) plans.delete([...plans.keys()][0]);
      return plan;
    };
    const worker = new packages.bullmq.Worker<unknown, string>(
      shardQueue,
      async (job) => {
        const { run, shard } = parseJob(job.data);
        const plan = await planOf(run);
        // Its owner ended, or was not heard of for long: nobody waits for it.
        if (plan === undefined) return "dropped";
        const { path, identity } = plan.traces[shard.trace];
        const { policies, choice } = plan;
        const attempted = await running.run({
          path,
          identity,
          policies,
          choice,
          shard,
          work: workOf(plan, shard),
          ...(isUrl(path) ? { copies: options.copies() } : {}),
        });
        const answer = attempted.ok
          ? attempted.answer
          : { error: errorRecord(shardFailure(plan, shard, attempted.reasons)) };
        // A disk that is not mounted here may be elsewhere.
        if ("error" in answer && !isLast(job)) throw new Error(answer.error.message);
        await redis.eval(
          keepScript,
          2,
          runKey(run),
          resultsKey(run),
          shardKey(shard),
          JSON.stringify(answer),
        );
        return "done";
      },
      {
        connection: redis,
        prefix,
        concurrency: threads,
        lockDuration: 1000 * lock,
        stalledInterval: 1000 * lock,
        maxStalledCount: mostStalls,
        name: own.name,
      },
    );
    // Of a lost connection it is told where that is made; a lock that was lost is another worker's shard now.
    worker.on("error", () => undefined);
    const sign = (): void => void signIn(redis, workersKey, own).catch(() => undefined);
    await signIn(redis, workersKey, own);
    const timer = setInterval(sign, 1000 * beat);
    tell(
      `trapline: a worker of ${tool} on Redis at ${place.name}: ${threads} ${threads === 1 ? "thread" : "threads"}`,
    );
    await stopped(signal);
    clearInterval(timer);
    tell("trapline: finishing the shards that were begun; again to drop them");
    await worker.close();
    await limited(signOut(redis, workersKey, own));
  } finally {
    await pool?.close();
    redis.disconnect();
  }
}

const isLast = ({ attemptsMade, opts }: Job): boolean => attemptsMade + 1 >= (opts.attempts ?? 1);

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
