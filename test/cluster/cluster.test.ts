/** The cluster engine on a real Redis: the bytes of a local run, whatever happens on the way. */

import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "#src/package-root.js";
import { version } from "#src/version.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import { outputOf, refusal, runTrapline, temporaryFolder } from "../cli/program.js";
import { serveRanges } from "../afar/range-server.js";
import { hasRedis, startRedis, type RedisServer } from "./redis-server.js";
import { startProgram, startWorker, type Running } from "./worker-process.js";

const folder = temporaryFolder();
const traces = ["a", "b"].map((name) => join(folder, `${name}.trl`));
const words = ["replay", ...traces, "--json", "-p", "eager,dirty-each,oracle", "--shard-windows", "2048"];
let local = "";
let redis: RedisServer;
let worker: Running;

const engine = (url = redis.url): string[] => ["--engine", "bullmq", "--redis", url];

/** Keys on Redis that belong to a run. */
const left = (): string[] =>
  redis
    .cli("--scan", "--pattern", "trapline:*")
    .split("\n")
    .filter((key) => /:run:|results|merge|:name:|run-/.test(key));

if (!hasRedis) console.warn("test/cluster: redis-server is not installed: skipped");

describe.skipIf(!hasRedis)("on Redis", () => {
  beforeAll(async () => {
    for (const [at, path] of traces.entries()) {
      writeSynthetic(path, { seed: at, events: 60_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
    }
    local = outputOf(words);
    redis = await startRedis();
    worker = await startWorker(redis.url);
  });
  afterAll(async () => {
    await worker?.kill("SIGKILL");
    await redis?.stop();
  });

  it("prints the bytes of a local run, and leaves nothing of it", async () => {
    expect(await runTrapline([...words, ...engine()])).toEqual({ status: 0, stdout: local, stderr: "" });
    expect(left()).toEqual([]);
  });

  it("runs several at once under their own names, and refuses a name twice", async () => {
    await worker.kill("SIGTERM");
    const first = startProgram([...words, ...engine(), "--run", "mine"]);
    await first.until(/waiting for a worker/);
    while (left().length < 3) await wait(20);
    expect(await runTrapline([...words, ...engine(), "--run", "mine"])).toEqual(
      refusal(2, /there is a run "mine".*another --run/),
    );
    const others = [
      startProgram([...words, ...engine()]),
      startProgram([...words, ...engine(), "--run", "her"]),
    ];
    worker = await startWorker(redis.url);
    for (const each of [first, ...others])
      expect(await each.ended).toMatchObject({ status: 0, stdout: local });
    expect(left()).toEqual([]);
  });

  it("counts a shard once that is delivered twice", async () => {
    await worker.kill("SIGTERM");
    const replay = startProgram([...words, ...engine()]);
    await replay.until(/waiting for a worker/);
    const queue = `trapline:shards-${version}`;
    while (Number(redis.cli("llen", `${queue}:wait`)) < 4) await wait(20);
    // Every job a second time, under another id: as BullMQ would deliver them again after a stall.
    const client = new Redis(redis.url);
    try {
      const { Queue } = await import("bullmq");
      const jobs = new Queue(`shards-${version}`, { connection: client, prefix: "trapline" });
      const waiting = await jobs.getWaiting();
      await jobs.addBulk(
        waiting.map(({ name, data }) => ({ name, data: data as unknown, opts: { lifo: true } })),
      );
      await jobs.close();
    } finally {
      client.disconnect();
    }
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
  });

  it("sends shards again whose results Redis has lost, with everything else", async () => {
    await worker.kill("SIGTERM");
    const replay = startProgram([...words, ...engine(), "--expire", "9"]);
    await replay.until(/waiting for a worker/);
    while (left().length < 3) await wait(20);
    redis.cli("flushall");
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
  });

  it("lets what a killed run left expire, and drops its shards", async () => {
    await worker.kill("SIGTERM");
    const replay = startProgram([...words, ...engine(), "--expire", "2"]);
    await replay.until(/waiting for a worker/);
    const queue = `trapline:shards-${version}`;
    while (Number(redis.cli("llen", `${queue}:wait`)) < 4) await wait(20);
    await replay.kill("SIGKILL");
    while (redis.cli("--scan", "--pattern", "trapline:run:*") !== "") await wait(100);
    worker = await startWorker(redis.url);
    while (redis.cli("llen", `${queue}:wait`) !== "0") await wait(50);
    expect(redis.cli("--scan", "--pattern", "trapline:results:*")).toBe("");
  });

  it("says of a trace that workers do not see what a local run says", async () => {
    const own = join(folder, "gone.trl");
    writeSynthetic(own, { seed: 9, events: 60_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
    await worker.kill("SIGTERM");
    const replay = startProgram(["replay", own, ...engine()]);
    await replay.until(/waiting for a worker/);
    while (left().length < 3) await wait(20);
    renameSync(own, `${own}.away`);
    worker = await startWorker(redis.url);
    const { status, stderr, stdout } = await replay.ended;
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`${own}: cannot be opened`);
    expect(left()).toEqual([]);
  });

  it("reads traces by http(s)://", async () => {
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

  it("refuses workers of another version, and they refuse the run", async () => {
    const root = fileURLToPath(packageRoot);
    const other = join(folder, "other");
    mkdirSync(join(other, "src"), { recursive: true });
    cpSync(join(root, "dist/bundle"), join(other, "dist/bundle"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(other, "node_modules"));
    const manifest = readFileSync(join(root, "package.json"), "utf8");
    writeFileSync(
      join(other, "package.json"),
      manifest.replace(`"version": "${version}"`, '"version": "9.9.9"'),
    );
    const program = join(other, "dist/bundle/bin/trapline.js");
    await worker.kill("SIGTERM");
    const newer = startProgram(["worker", "--redis", redis.url], {}, program);
    await newer.until(/a worker of trapline 9\.9\.9/);
    expect(await runTrapline([...words, ...engine()])).toEqual(
      refusal(1, /workers on Redis at \S+ are of trapline 9\.9\.9 \(1\), and this is trapline \S+: /),
    );
    await newer.kill("SIGTERM");
    const replay = startProgram([...words, ...engine()]);
    await replay.until(/waiting for a worker/);
    while (left().length < 3) await wait(20);
    expect(await startProgram(["worker", "--redis", redis.url], {}, program).ended).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /replays on Redis at \S+ are of trapline .*this worker is trapline 9\.9\.9/,
      ),
    });
    worker = await startWorker(redis.url);
    expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
  });

  it("goes on with a journal, and gives only what is not in it to workers", async () => {
    const output = join(folder, "result.json");
    const journaled = [...words, ...engine(), "-o", output, "--journal", `${output}.kept`];
    expect(await runTrapline(journaled)).toMatchObject({ status: 0 });
    expect(readFileSync(output, "utf8")).toBe(local);
    await worker.kill("SIGTERM");
    // All of it is there: no worker is needed.
    expect(await runTrapline([...journaled, "--resume"])).toMatchObject({ status: 0 });
    expect(readFileSync(output, "utf8")).toBe(local);
    worker = await startWorker(redis.url);
  });
});

describe.skipIf(!hasRedis)("a password", () => {
  it("is taken from the URL or the environment, and never shown", async () => {
    const guarded = await startRedis("--requirepass", "s3cret");
    try {
      const url = `redis://:s3cret@127.0.0.1:${guarded.port}`;
      const one = await startWorker(url);
      const done = await runTrapline([...words, "--engine", "bullmq"], { env: { TRAPLINE_REDIS: url } });
      expect(done).toEqual({ status: 0, stdout: local, stderr: "" });
      expect((await one.kill("SIGTERM")).stderr).not.toContain("s3cret");
      for (const wrong of [`redis://:s3crets@127.0.0.1:${guarded.port}`, guarded.url]) {
        const refused = await runTrapline([...words, ...engine(wrong)]);
        expect(refused).toEqual(refusal(1, /Redis at 127\.0\.0\.1:\d+ refuses the user or the password/));
        expect(refused.stderr).not.toContain("s3cret");
      }
    } finally {
      await guarded.stop();
    }
  });
});

it("refuses a Redis that is not there, and what is no Redis", async () => {
  writeSynthetic(traces[0], { seed: 0, events: 60_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
  const run = (...more: string[]): ReturnType<typeof runTrapline> =>
    runTrapline(["replay", traces[0], ...more]);
  expect(await run(...engine("redis://:hidden@127.0.0.1:1"))).toEqual(
    refusal(1, /Redis at 127\.0\.0\.1:1 cannot be reached: nobody listens there/),
  );
  expect(await run(...engine("http://:hidden@127.0.0.1"))).toEqual(refusal(2, /--redis takes redis:/));
  expect(await run("--engine", "bullmq")).toEqual(refusal(2, /no Redis is named/));
  expect(await run("--redis", "redis://a")).toEqual(refusal(2, /--redis goes with --engine bullmq/));
  expect(await run(...engine("redis://a"), "--interval", "1e6")).toEqual(refusal(2, /do not go together/));
});

it("says what to install where the packages are absent", async () => {
  const root = fileURLToPath(packageRoot);
  const bare = join(folder, "bare");
  mkdirSync(bare);
  cpSync(join(root, "dist/bundle"), join(bare, "dist/bundle"), { recursive: true });
  cpSync(join(root, "package.json"), join(bare, "package.json"));
  const program = join(bare, "dist/bundle/bin/trapline.js");
  const { status, stderr } = await startProgram(["worker", "--redis", "redis://a"], {}, program).ended;
  expect(status).toBe(2);
  expect(stderr).toMatch(/needs the packages bullmq and ioredis.*npm install/);
});
