import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../src/package-root.js";
import { startRedis } from "../test/cluster/redis-server.js";
import { startProgram, type Running } from "../test/cluster/worker-process.js";

/** What one run took: seconds on the clock, and of processors; memory in MB. */
export interface LocalRun {
  readonly seconds: number;
  readonly submitter: number;
  readonly redis: number;
  readonly workers: number;
  readonly peak: number;
  readonly stdout: string;
}

/** A Redis and worker processes of one thread each, on this machine. */
export interface LocalCluster {
  readonly redisVersion: string;
  setWorkers(count: number): Promise<void>;
  /** Runs a replay there; or here, without it. */
  run(words: readonly string[]): Promise<LocalRun>;
  local(words: readonly string[]): Promise<LocalRun>;
  /** Bytes that Redis holds for each job of a replay while they all wait. */
  jobBytes(words: readonly string[], jobs: number): Promise<number>;
  end(): Promise<void>;
}

export async function createLocalCluster(
  program = fileURLToPath(new URL("dist/bundle/bin/trapline.js", packageRoot)),
): Promise<LocalCluster> {
  // An append-only file, written once a second, as for a queue that is to outlive a crash.
  const redis = await startRedis("--appendfsync", "everysec");
  const engine = ["--engine", "bullmq", "--redis", redis.url];
  let workers: Running[] = [];
  const info = (section: string, name: RegExp): number =>
    [...redis.cli("info", section).matchAll(name)].reduce((sum, [, value]) => sum + Number(value), 0);
  const redisTime = (): number => info("cpu", /^used_cpu_(?:sys|user):([\d.]+)/gm);
  const workerTime = (): number => workers.reduce((sum, { child }) => sum + processorTime(child.pid), 0);

  async function setWorkers(count: number): Promise<void> {
    while (workers.length > count) await workers.pop()?.kill("SIGTERM");
    while (workers.length < count) {
      const worker = startProgram(["worker", "--redis", redis.url, "-j", "1"], {}, program);
      await worker.until(/a worker of trapline/);
      workers.push(worker);
    }
  }
  async function run(words: readonly string[]): Promise<LocalRun> {
    const before = [redisTime(), workerTime()];
    const began = performance.now();
    const child = spawn(process.execPath, [program, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    let [submitter, peak] = [0, 0];
    // A process that has ended has no figures: they are taken while it goes on, often enough for both.
    const timer = setInterval(() => {
      submitter = Math.max(submitter, processorTime(child.pid));
      peak = Math.max(peak, mostMemory(child.pid));
    }, 10);
    await once(child, "close");
    const seconds = (performance.now() - began) / 1000;
    clearInterval(timer);
    if (child.exitCode !== 0) throw new Error(`a replay ended with status ${child.exitCode}`);
    return {
      seconds,
      submitter,
      peak,
      redis: redisTime() - before[0],
      workers: workerTime() - before[1],
      stdout,
    };
  }
  return {
    redisVersion: `redis-server ${/redis_version:(\S+)/.exec(redis.cli("info", "server"))?.[1]}`,
    setWorkers,
    run: (words) => run([...words, ...engine]),
    local: run,
    async jobBytes(words, jobs) {
      const kept = workers.length;
      await setWorkers(0);
      const memory = (): number => info("memory", /^used_memory:(\d+)/gm);
      const before = memory();
      const replay = startProgram([...words, ...engine], {}, program);
      await replay.until(/waiting for a worker/);
      let most = before;
      for (let still = 0; still < 20; still++) {
        await wait(100);
        const now = memory();
        if (now > most) still = 0;
        most = Math.max(most, now);
      }
      await replay.kill("SIGINT");
      await setWorkers(kept);
      return (most - before) / jobs;
    },
    async end() {
      await setWorkers(0);
      await redis.stop();
    },
  };
}

/** Ticks of /proc a second (proc(5): sysconf(_SC_CLK_TCK), 100 on Linux as Debian builds it). */
const ticks = 100;

/** Seconds of processors that a process has used: user and system, fields 14 and 15 of proc(5)'s stat. */
function processorTime(pid: number | undefined): number {
  const fields = read(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
  return fields.length < 13 ? 0 : (Number(fields[11]) + Number(fields[12])) / ticks;
}

/** MB of a process, at their most. */
const mostMemory = (pid: number | undefined): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(read(pid, "status"))?.[1] ?? 0) / 1024;

function read(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
