/** Runs of the cluster engine beside others, before and after others: the bytes of a local run each time. */

import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "#src/package-root.js";
import { version } from "#src/version.js";
import { serveRanges } from "../afar/range-server.js";
import { outputOf, refusal, runTrapline, temporaryFolder } from "../cli/program.js";
import { hasRedis, startRedis, type RedisServer } from "./redis-server.js";
import { startOnTerminal, startProgram, startWorker, type Running } from "./worker-process.js";
import { engineOf, fewShards, keysOfRuns, shardQueue, smallTraces, until, waitingJobs } from "./world.js";

const folder = temporaryFolder();
const traces = smallTraces(folder, "a", "b");
const words = ["replay", ...traces, ...fewShards];
let local = "";
let redis: RedisServer;
let worker: Running;

const engine = (): string[] => engineOf(redis.url);

/** A replay whose shards wait, since there is no worker. */
async function waitingReplay(...more: readonly string[]): Promise<Running> {
  await worker.kill("SIGTERM");
  const replay = startProgram([...words, ...engine(), ...more]);
  await replay.until(/waiting for a worker/);
  await until(() => waitingJobs(redis) > 3);
  return replay;
}

if (!hasRedis) console.warn("test/cluster: redis-server is not installed: skipped");

describe.skipIf(!hasRedis)("runs on Redis", () => {
  beforeAll(async () => {
    local = outputOf(words);
    redis = await startRedis();
    worker = await startWorker(redis.url);
  });
  afterAll(async () => {
    await worker?.kill("SIGKILL");
    await redis?.stop();
  });

  it("are flows: shards as children, the merge as their parent", async () => {
    const replay = await waitingReplay("--run", "flow");
    const [run] = redis.cli("keys", "trapline:merge-flow-*:waiting-children").split("\n");
    const id = /merge-(.*):waiting/.exec(run)?.[1] ?? "";
    expect(redis.cli("zrange", run, "0", "-1")).toBe(id);
    const children = redis.cli("smembers", `trapline:merge-${id}:${id}:dependencies`).split("\n");
    const waiting = redis.cli("lrange", `${shardQueue}:wait`, "0", "-1").split("\n");
    expect(children.toSorted()).toEqual(waiting.map((each) => `${shardQueue}:${each}`).toSorted());
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
    // The parent went from its children to work, and there to its end.
    expect(keysOfRuns(redis)).toEqual([]);
  });

  it("go on at once under their own names, and none gets a name twice", async () => {
    const first = await waitingReplay("--run", "mine");
    const taken = refusal(2, /there is a run "mine".*another --run/);
    // The one that is refused does not take the name with it.
    for (let times = 0; times < 2; times++) {
      expect(await runTrapline([...words, ...engine(), "--run", "mine"])).toEqual(taken);
    }
    const others = [[], ["--run", "her"]].map((more) => startProgram([...words, ...engine(), ...more]));
    worker = await startWorker(redis.url);
    for (const each of [first, ...others]) {
      expect(await each.ended).toMatchObject({ status: 0, stdout: local });
    }
    expect(keysOfRuns(redis)).toEqual([]);
  });

  it("count a shard once that is delivered twice", async () => {
    const replay = await waitingReplay();
    // Every job a second time, under another id: as BullMQ would deliver them again after a stall.
    const client = new Redis(redis.url);
    const jobs = new Queue(`shards-${version}`, { connection: client, prefix: "trapline" });
    try {
      const waiting = await jobs.getWaiting();
      const opts = { lifo: true, removeOnComplete: true };
      await jobs.addBulk(waiting.map(({ name, data }) => ({ name, data: data as unknown, opts })));
    } finally {
      await jobs.close();
      client.disconnect();
    }
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
    await until(() => keysOfRuns(redis).length === 0);
  });

  it("send shards again whose results Redis has lost, with everything else", async () => {
    const replay = await waitingReplay("--expire", "9");
    redis.cli("flushall");
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
  });

  it("expire when they are killed: workers drop their shards, and take what is left of them", async () => {
    const replay = await waitingReplay("--expire", "2");
    await replay.kill("SIGKILL");
    await until(() => redis.cli("keys", "trapline:run:*") === "", 100);
    expect(redis.cli("keys", "trapline:merge-*")).not.toBe("");
    worker = await startWorker(redis.url);
    await until(() => keysOfRuns(redis).length === 0);
  });

  it("say of a trace that workers do not see what a local run says", async () => {
    const [own] = smallTraces(folder, "gone");
    await worker.kill("SIGTERM");
    const replay = startProgram(["replay", own, ...engine()]);
    await replay.until(/waiting for a worker/);
    await until(() => waitingJobs(redis) > 0);
    renameSync(own, `${own}.away`);
    worker = await startWorker(redis.url);
    const { status, stderr, stdout } = await replay.ended;
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`${own}: cannot be opened`);
    await until(() => keysOfRuns(redis).length === 0);
  });

  it("try a shard again that failed, and count it once it does not", async () => {
    const replay = await waitingReplay();
    renameSync(traces[0], `${traces[0]}.away`);
    worker = await startWorker(redis.url);
    await until(() => redis.cli("exists", `${shardQueue}:delayed`) === "1", 5);
    renameSync(`${traces[0]}.away`, traces[0]);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
    expect(keysOfRuns(redis)).toEqual([]);
  });

  it("read traces by http(s)://", async () => {
    const server = await serveRanges(readFileSync(traces[0]));
    try {
      const url = `${server.url}/a.trl`;
      const { status, stdout } = await runTrapline(["replay", url, "--json", ...engine()]);
      const here = outputOf(["replay", traces[0], "--json"]);
      expect({ status, stdout }).toEqual({
        status: 0,
        stdout: here.replaceAll(JSON.stringify(traces[0]), JSON.stringify(url)),
      });
    } finally {
      await server.stop();
    }
  });

  it("go on with a journal, and give only what is not in it to workers", async () => {
    const output = join(folder, "result.json");
    const journaled = [...words, ...engine(), "-o", output, "--journal", `${output}.kept`];
    expect(await runTrapline(journaled)).toMatchObject({ status: 0 });
    expect(readFileSync(output, "utf8")).toBe(local);
    await worker.kill("SIGTERM");
    // All of it is there: no worker is needed.
    expect(await runTrapline([...journaled, "--resume"])).toMatchObject({ status: 0, stderr: "" });
    expect(readFileSync(output, "utf8")).toBe(local);
    worker = await startWorker(redis.url);
  });

  it("refuse workers of another version, and are refused by them", async () => {
    const program = otherVersion(join(folder, "other"));
    await worker.kill("SIGTERM");
    const newer = startProgram(["worker", "--redis", redis.url], {}, program);
    await newer.until(/a worker of trapline 9\.9\.9/);
    expect(await runTrapline([...words, ...engine()])).toEqual(
      refusal(1, /workers on Redis at \S+ are of trapline 9\.9\.9 \(1\), and this is trapline \S+: /),
    );
    expect(keysOfRuns(redis)).toEqual([]);
    await newer.kill("SIGTERM");
    // One that was killed long ago is no reason to refuse.
    const killed = startProgram([...words, ...engine(), "--expire", "1"]);
    await killed.until(/waiting for a worker/);
    await killed.kill("SIGKILL");
    await wait(1_500);
    const again = startProgram(["worker", "--redis", redis.url], {}, program);
    await again.until(/a worker of trapline 9\.9\.9/);
    await again.kill("SIGTERM");
    const replay = startProgram([...words, ...engine()]);
    await replay.until(/waiting for a worker/);
    await until(() => waitingJobs(redis) > 3);
    expect(await startProgram(["worker", "--redis", redis.url], {}, program).ended).toEqual(
      refusal(1, /replays on Redis at \S+ are of trapline .*this worker is trapline 9\.9\.9/),
    );
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
  });

  it("draw on a terminal how far they are", async () => {
    const drawn = startOnTerminal([...words, "-o", join(folder, "drawn.json"), ...engine()]);
    const { status, stdout } = await drawn.ended;
    expect(status).toBe(0);
    // A bar at the least: how many shards are done when it is drawn again is up to the machine.
    expect(stdout).toMatch(/\rreplaying \[#* *\] \d+ %/);
    expect(readFileSync(join(folder, "drawn.json"), "utf8")).toBe(local);
  });
});

/** The built program as another version of it. */
function otherVersion(other: string): string {
  const root = fileURLToPath(packageRoot);
  mkdirSync(join(other, "src"), { recursive: true });
  cpSync(join(root, "dist/bundle"), join(other, "dist/bundle"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(other, "node_modules"));
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const newer = manifest.replace(`"version": "${version}"`, '"version": "9.9.9"');
  writeFileSync(join(other, "package.json"), newer);
  return join(other, "dist/bundle/bin/trapline.js");
}
