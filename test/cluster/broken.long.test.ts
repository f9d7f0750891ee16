/** What breaks while the cluster engine works: workers, the way to Redis, Redis itself, and the user's patience. */

import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { writeSynthetic } from "../../bench/synthetic.js";
import { outputOf, refusal, runTrapline, temporaryFolder } from "../cli/program.js";
import { createDisturbed } from "./disturbed.js";
import { proxyTo } from "./proxy.js";
import { freePort, hasRedis, startRedis, type RedisServer } from "./redis-server.js";
import { startProgram, startWorker } from "./worker-process.js";
import { engineOf, fewShards, keysOfRuns, shardQueue, smallTraces, until, waitingJobs } from "./world.js";

const folder = temporaryFolder();
const words = ["replay", ...smallTraces(folder, "a", "b", "c"), ...fewShards];
let local = "";
let redis: RedisServer;

const activeJobs = (): string[] =>
  redis.cli("lrange", `${shardQueue}:active`, "0", "-1").split("\n").filter(Boolean);
const noneLeft = (): boolean => keysOfRuns(redis).length === 0;

/** Tests that take half a minute each, or more. */
const isLong = process.env["TRAPLINE_LONG"] !== undefined;

describe.skipIf(!hasRedis)("a run on Redis", () => {
  beforeAll(async () => {
    local = outputOf(words);
    redis = await startRedis();
  });
  beforeEach(() => void redis.cli("flushall"));
  afterAll(() => redis?.stop());

  it("gives the shards of a worker that stands still to another, and counts them once", async () => {
    const still = await startWorker(redis.url);
    const replay = startProgram([...words, ...engineOf(redis.url)]);
    await until(() => activeJobs().length > 0, 1);
    still.child.kill("SIGSTOP");
    const other = await startWorker(redis.url);
    try {
      expect(await replay.ended).toMatchObject({ status: 0, stdout: local });
      still.child.kill("SIGCONT");
      await until(noneLeft);
    } finally {
      await Promise.all([still, other].map((each) => each.kill("SIGKILL")));
    }
  });

  it("gives up on a shard that takes worker after worker with it", async () => {
    const first = await startWorker(redis.url);
    const replay = startProgram([...words, ...engineOf(redis.url)]);
    await until(() => activeJobs().length > 0, 1);
    first.child.kill("SIGSTOP");
    // As if it had been so with five workers before.
    for (const id of activeJobs()) redis.cli("hset", `${shardQueue}:${id}`, "stc", "5");
    const second = await startWorker(redis.url);
    try {
      const { status, stdout, stderr } = await replay.ended;
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/\.trl: a shard failed: its worker was not heard of again, 6 times/);
      await first.kill("SIGKILL");
      await until(noneLeft);
    } finally {
      await Promise.all([first, second].map((each) => each.kill("SIGKILL")));
    }
  });

  it.runIf(isLong)("keeps the locks of shards that take much longer than a lock", async () => {
    const path = join(folder, "long.trl");
    writeSynthetic(path, { seed: 1, events: 6_000_000, vcpus: 2, length: 8, writes: 2, distinct: 500 });
    const long = ["replay", path, "--json", "-p", "oracle"];
    const workers = [await startWorker(redis.url), await startWorker(redis.url)];
    try {
      const began = performance.now();
      const { stdout, status } = await runTrapline([...long, ...engineOf(redis.url)]);
      expect(performance.now() - began).toBeGreaterThan(3_000);
      expect({ status, stdout }).toEqual({ status: 0, stdout: outputOf(long) });
      const events = redis.cli("xrange", `${shardQueue}:events`, "-", "+").split("\n");
      expect(events.filter((each) => each === "completed")).toHaveLength(1);
      expect(events).not.toContain("stalled");
    } finally {
      await Promise.all(workers.map((each) => each.kill("SIGKILL")));
    }
  });

  it("goes on when the connection comes back that it or its worker has lost", async () => {
    const proxies = [await proxyTo(redis.port), await proxyTo(redis.port)];
    const worker = await startWorker(proxies[0].url);
    try {
      for (const cut of [[0], [1], [0, 1]]) {
        const replay = startProgram([...words, ...engineOf(proxies[1].url)]);
        await until(() => activeJobs().length > 0, 1);
        for (const at of cut) proxies[at].cut();
        await wait(1_500);
        for (const at of cut) proxies[at].mend();
        const { status, stdout, stderr } = await replay.ended;
        expect({ status, stdout }).toEqual({ status: 0, stdout: local });
        expect(/lost the connection to Redis at 127/.test(stderr)).toBe(cut.includes(1));
        await until(noneLeft);
      }
      expect(worker.said()).toMatch(/lost the connection[^\n]*\n[^\n]*connected to Redis at \S+ again/);
    } finally {
      await worker.kill("SIGKILL");
      await Promise.all(proxies.map((each) => each.stop()));
    }
  });

  it("ends at Ctrl-C when Redis is gone, and so does a worker", async () => {
    const proxy = await proxyTo(redis.port);
    const worker = await startWorker(proxy.url);
    await worker.kill("SIGTERM");
    const replay = startProgram([...words, ...engineOf(proxy.url), "--expire", "3"]);
    await replay.until(/waiting for a worker/);
    await until(() => waitingJobs(redis) > 3);
    const second = startProgram(["worker", "--redis", proxy.url, "-j", "1", "--lock", "1"]);
    await second.until(/a worker of/);
    proxy.cut();
    await Promise.all([replay, second].map((each) => each.until(/lost the connection/)));
    const [ended, over] = await Promise.all([replay.kill("SIGINT"), second.kill("SIGTERM")]);
    expect(ended).toMatchObject({
      status: 130,
      stderr: expect.stringMatching(/could not be removed: it expires in 3 s\n.*interrupted/),
    });
    expect(over.status).toBe(0);
    await proxy.stop();
    // What it left is taken away by the next worker.
    await until(() => redis.cli("keys", "trapline:run:*") === "", 100);
    const third = await startWorker(redis.url);
    await until(noneLeft);
    await third.kill("SIGKILL");
  });

  it("leaves nothing at Ctrl-C, at whatever moment", async () => {
    const worker = await startWorker(redis.url);
    const began = performance.now();
    expect(await runTrapline([...words, ...engineOf(redis.url)])).toMatchObject({ status: 0 });
    const whole = performance.now() - began;
    const moments = 12;
    const statuses = new Set<number | null>();
    try {
      for (let at = 0; at < moments; at++) {
        const replay = startProgram([...words, ...engineOf(redis.url)]);
        await wait(150 + (whole * at) / moments);
        const { status, stdout } = await replay.kill("SIGINT");
        statuses.add(status);
        // Before it hears signals there is no status, and nothing on Redis.
        expect([0, 130, null]).toContain(status);
        expect(stdout === local).toBe(status === 0);
        // A shard that a worker has begun goes with its end.
        await until(noneLeft);
        expect(redis.cli("zcard", "trapline:runs")).toBe("0");
      }
      expect(statuses).toContain(130);
    } finally {
      await worker.kill("SIGKILL");
    }
  });

  it.runIf(isLong)("leaves nothing at Ctrl-C while thousands of shards are being sent", async () => {
    const tiny = join(folder, "tiny.trl");
    writeSynthetic(tiny, { seed: 1, events: 2_000, vcpus: 2, length: 8, writes: 2, distinct: 90 });
    const many = Array.from({ length: 1_800 }, (_, at) => join(folder, `tiny-${at}.trl`));
    for (const path of many) copyFileSync(tiny, path);
    const asked = ["replay", ...many, "--json", "-p", "eager,oracle", ...engineOf(redis.url)];
    const counts: number[] = [];
    // Portions are some hundredths of a second apart: too soon for redis-cli.
    const client = new Redis(redis.url);
    for (const jobs of [1, 1_000, 1_001, 1_800]) {
      const replay = startProgram(asked);
      await until(async () => {
        counts.push(await client.llen(`${shardQueue}:wait`));
        return (counts.at(-1) ?? 0) >= jobs;
      }, 1);
      expect(await replay.kill("SIGINT")).toMatchObject({ status: 130 });
      expect(keysOfRuns(redis)).toEqual([]);
    }
    client.disconnect();
    expect(new Set(counts)).toEqual(new Set([0, 1_000, 1_800]));
    // All of them, by a worker that is there while the rest is sent.
    const worker = await startWorker(redis.url);
    const { status, stdout } = await runTrapline(asked);
    expect({ status, stdout }).toEqual({ status: 0, stdout: outputOf(asked.slice(0, -4)) });
    await until(noneLeft);
    await worker.kill("SIGKILL");
  });
});

describe.skipIf(!hasRedis)("three workers", () => {
  it.runIf(isLong)("give the same bytes whichever is killed, and when Redis is restarted", async () => {
    const world = await createDisturbed(200_000, 3);
    try {
      for (const share of [0.2, 0.5, 0.8]) {
        expect(await world.killed(share)).toMatchObject({ same: true, left: [] });
        expect(await world.restarted(share)).toMatchObject({ same: true, left: [] });
      }
    } finally {
      await world.end();
    }
  });
});

describe.skipIf(!hasRedis)("TLS", () => {
  const file = (name: string): string => join(folder, name);

  it("is asked for by rediss://, and refuses a certificate that nobody vouches for", async () => {
    execFileSync(
      "openssl",
      ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"].concat(
        ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        ["-keyout", file("key.pem"), "-out", file("cert.pem")],
      ),
      { stdio: "ignore" },
    );
    const port = await freePort();
    const own = ["--tls-cert-file", file("cert.pem"), "--tls-key-file", file("key.pem")];
    const server = await startRedis(
      "--tls-port",
      String(port),
      ...own,
      "--tls-ca-cert-file",
      file("cert.pem"),
      "--tls-auth-clients",
      "no",
      "--requirepass",
      "s3cret",
    );
    const env = { NODE_EXTRA_CA_CERTS: file("cert.pem") };
    const url = `rediss://:s3cret@localhost:${port}`;
    try {
      const worker = await startWorker(url, [], env);
      expect(await runTrapline([...words, ...engineOf(url)], { env })).toEqual({
        status: 0,
        stdout: local,
        stderr: "",
      });
      expect((await worker.kill("SIGTERM")).stderr).not.toContain("s3cret");
      const refused = await runTrapline([...words, ...engineOf(url)]);
      expect(refused).toEqual(
        refusal(1, /Redis at localhost:\d+ cannot be reached: self-signed certificate/),
      );
      expect(refused.stderr).not.toContain("s3cret");
      const plain = await runTrapline([...words, ...engineOf(`redis://:s3cret@localhost:${port}`)], { env });
      expect(plain).toEqual(refusal(1, /Redis at localhost:\d+ cannot be reached.*rediss:/));
    } finally {
      await server.stop();
    }
  });
});
