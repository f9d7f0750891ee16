/** The cluster engine on a real Redis, where all goes well; and what is refused. */

import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "#src/package-root.js";
import { outputOf, refusal, runTrapline, temporaryFolder, trapline } from "../cli/program.js";
import { hasRedis, startRedis, type RedisServer } from "./redis-server.js";
import { startProgram, startWorker, type Running } from "./worker-process.js";
import { engineOf, fewShards, keysOfRuns, smallTraces, until, waitingJobs } from "./world.js";

const folder = temporaryFolder();
const words = ["replay", ...smallTraces(folder, "a", "b"), ...fewShards];
let local = "";

if (!hasRedis) console.warn("test/cluster: redis-server is not installed: skipped");

describe.skipIf(!hasRedis)("on Redis, with a password", () => {
  let redis: RedisServer;
  let worker: Running;
  let url = "";
  beforeAll(async () => {
    local = outputOf(words);
    redis = await startRedis("--requirepass", "s3cret");
    url = `redis://:s3cret@127.0.0.1:${redis.port}`;
    worker = await startWorker(url);
  });
  afterAll(async () => {
    await worker?.kill("SIGKILL");
    await redis?.stop();
  });

  it("prints the bytes of a local run, leaves nothing of it, and never shows the password", async () => {
    expect(await runTrapline([...words, ...engineOf(url)])).toEqual({
      status: 0,
      stdout: local,
      stderr: "",
    });
    expect(keysOfRuns(redis)).toEqual([]);
    const asked = ["--engine", "bullmq", "--run", "mine"];
    const env = { TRAPLINE_REDIS: url, TRAPLINE_DEBUG: "1" };
    expect(await runTrapline([...words, ...asked], { env })).toEqual({
      status: 0,
      stdout: local,
      stderr: "",
    });
    expect(keysOfRuns(redis)).toEqual([]);
    expect(worker.said()).not.toContain("s3cret");
    const wrong = [`redis://:s3crets@127.0.0.1:${redis.port}`, redis.url].map((each) =>
      runTrapline([...words, ...engineOf(each)], { env }),
    );
    for (const refused of await Promise.all(wrong)) {
      expect(refused).toEqual(refusal(1, /Redis at 127\.0\.0\.1:\d+ refuses the user or the password/));
      expect(refused.stderr).not.toContain("s3cret");
    }
  });

  it("takes everything back that Ctrl-C makes needless", async () => {
    await worker.kill("SIGTERM");
    const replay = startProgram([...words, ...engineOf(url), "--run", "mine"]);
    await replay.until(/waiting for a worker/);
    await until(() => waitingJobs(redis) > 3);
    expect(await replay.kill("SIGINT")).toMatchObject({
      status: 130,
      stderr: expect.stringMatching(/interrupted: 0 of 2 traces are done\n$/),
    });
    expect(keysOfRuns(redis)).toEqual([]);
    expect(redis.cli("zcard", "trapline:runs")).toBe("0");
  });
});

it("refuses a Redis that is not there, and what is no Redis", async () => {
  const run = (...more: string[]): ReturnType<typeof runTrapline> => runTrapline([...words, ...more]);
  const [nobody, ...others] = await Promise.all([
    run(...engineOf("redis://:hidden@127.0.0.1:1")),
    run(...engineOf("http://:hidden@127.0.0.1")),
    run(...engineOf("redis://:%hidden@127.0.0.1")),
    run("--engine", "bullmq"),
    run("--redis", "redis://a"),
    run(...engineOf("redis://a"), "--interval", "1e6"),
    run(...engineOf("redis://a"), "--run", "a b"),
  ]);
  expect(nobody).toEqual(refusal(1, /Redis at 127\.0\.0\.1:1 cannot be reached: nobody listens there/));
  const messages = [
    /--redis takes redis:/,
    /--redis takes redis:/,
    /no Redis is named/,
    /--redis goes with --engine bullmq/,
    /do not go together/,
    /--run takes a name/,
  ];
  expect(others).toEqual(messages.map((message) => refusal(2, message)));
  for (const { stderr } of [nobody, ...others]) expect(stderr).not.toContain("hidden");
});

it("says what to install where the packages are absent", () => {
  const root = fileURLToPath(packageRoot);
  const bare = join(folder, "bare");
  mkdirSync(bare);
  cpSync(join(root, "dist/bundle"), join(bare, "dist/bundle"), { recursive: true });
  cpSync(join(root, "package.json"), join(bare, "package.json"));
  const program = join(bare, "dist/bundle/bin/trapline.js");
  return expect(startProgram(["worker", "--redis", "redis://a"], {}, program).ended).resolves.toEqual(
    refusal(2, /needs the packages bullmq and ioredis.*npm install/),
  );
});

describe("modules that are loaded", () => {
  /** Files that a command loads, its threads included. */
  function loadedBy(...args: readonly string[]): string[] {
    const list = join(folder, `loaded-${args[0]}`);
    const hook = fileURLToPath(new URL("./loaded.mjs", import.meta.url));
    trapline(args, { env: { NODE_OPTIONS: `--import ${hook}`, LOADED_LIST: list } });
    return readFileSync(list, "utf8").split("\n");
  }
  /** The packages, and those files of the program that mention them. */
  function ofCluster(address: string): boolean {
    if (/node_modules\/(?:bullmq|ioredis)\//.test(address)) return true;
    return (
      /dist\/bundle\/.*\.js$/.test(address) &&
      readFileSync(fileURLToPath(address), "utf8").includes('import("bullmq")')
    );
  }

  it("are none of the cluster's in a local run, on threads too", () => {
    const loaded = loadedBy("replay", ...words.slice(1), "-j", "2", "--shard-timeout", "60");
    expect(loaded.some((each) => each.includes("piscina"))).toBe(true);
    expect(loaded.filter(ofCluster)).toEqual([]);
  });

  it("are the cluster's in a worker, so that the list would show them", () => {
    const loaded = loadedBy("worker", "--redis", "redis://127.0.0.1:1");
    for (const name of ["node_modules/bullmq/", "node_modules/ioredis/", "dist/bundle/"]) {
      expect(loaded.filter(ofCluster).some((each) => each.includes(name))).toBe(true);
    }
  });
});
