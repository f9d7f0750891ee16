/** The same bytes at any number of threads, any shard size, any slicing, and any order of parts. */

import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { findPolicy } from "#src/policies/find.js";
import { checkIdentity } from "#src/replay/identity.js";
import { mergeParts, runPart } from "#src/replay/part.js";
import { readPlan } from "#src/replay/plan-file.js";
import { makePlan, type Plan } from "#src/replay/plan.js";
import { replayPlan, type ReplayOptions } from "#src/replay/replay.js";
import { makeResult } from "#src/replay/result.js";
import { tool } from "#src/version.js";
import {
  firstLines,
  outputOf,
  readText,
  recording,
  refusal,
  smallCut,
  temporaryFolder,
  trapline,
} from "../cli/program.js";
import { fields, writeTrace } from "../trace/support.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [vhe, nvhe, small] = ["vhe.trl", "nvhe.trl", "small.trl"].map(at);
/** Those that compose at cuts, and with `tvm` one that is interpreted over the whole trace. */
const policies = ["eager", "dirty-pie", "dirty-each", "hidden", "tvm"];
const given = ["-p", policies.join(",")];

beforeAll(async () => {
  writeFileSync(at("small.tarmac"), await firstLines("kvm-vhe.tarmac.zst", smallCut));
  await importTrace(at("small.tarmac"), small);
  await importTrace(recording("kvm-vhe.tarmac.zst"), vhe);
  await importTrace(recording("kvm-nvhe.tarmac.zst"), nvhe);
});

describe("replay --json", () => {
  const replay = (...args: string[]): string => outputOf(["replay", "--json", ...given, ...args]);

  it("is the same at any number of threads and any shard size", () => {
    const expected = replay(vhe, nvhe, "-j", "1");
    expect(JSON.parse(expected)).toMatchObject({ traces: [{ vcpus: 2 }, { vcpus: 2 }] });
    expect(replay(vhe, nvhe, "-j", "2", "--shard-events", "1000")).toBe(expected);
    expect(replay(vhe, nvhe, "-j", "7", "--shard-events", "1000000")).toBe(expected);
  });

  it("is the same for shards of one event", () => {
    const expected = replay(small);
    for (const size of ["1", "1000"]) expect(replay(small, "--shard-events", size)).toBe(expected);
  });
});

describe("the pool", () => {
  async function resultOf(plan: Plan, options: ReplayOptions): Promise<string> {
    const counts = [];
    for await (const each of replayPlan(plan, options)) counts.push(each);
    return JSON.stringify(makeResult(counts, "test", true));
  }
  const planOf = (paths: readonly string[], shardEvents: number): Plan =>
    makePlan(paths, { policies: policies.map(findPolicy), choice: {}, shardEvents });

  it("gives what one thread gives", async () => {
    const expected = await resultOf(planOf([vhe, nvhe], 1 << 22), { threads: 0 });
    const cases = [
      [1, 1 << 22, 1],
      [2, 1000, 1],
      [7, 1000, 10_000],
    ];
    for (const [threads, shardEvents, taskEvents] of cases) {
      const tasks = new Set<number>();
      const found = await resultOf(planOf([vhe, nvhe], shardEvents), {
        threads,
        taskEvents,
        inlineEvents: 0,
        onProgress: (done) => tasks.add(done),
      });
      expect(found).toBe(expected);
      expect(tasks.size).toBeGreaterThanOrEqual((85_479 + 166_935) / Math.max(shardEvents, taskEvents));
    }
  });

  it("gives it for tasks of one event", async () => {
    const expected = await resultOf(planOf([small], 1 << 22), { threads: 0 });
    const options = { threads: 2, taskEvents: 1, inlineEvents: 0 };
    expect(await resultOf(planOf([small], 1), options)).toBe(expected);
  });

  it("ends with the worker's error, and says which file and block", async () => {
    const bytes = readFileSync(vhe);
    bytes[200] ^= 1;
    const damaged = at("damaged.trl");
    writeFileSync(damaged, bytes);
    const plan = planOf([damaged], 1000);
    await expect(resultOf(plan, { threads: 2, taskEvents: 1, inlineEvents: 0 })).rejects.toMatchObject({
      code: "corrupt",
      place: { file: damaged, block: 0 },
    });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const options: ReplayOptions = {
      threads: 2,
      taskEvents: 1,
      inlineEvents: 0,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    };
    await expect(resultOf(planOf([vhe], 1000), options)).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("plan, replay --shard and merge", () => {
  const planFile = at("plan.json");
  let plan: Plan;
  let three: string[] = [];

  /** Runs all slices of a plan; returns their parts. */
  async function runParts(of: Plan, count: number, name: string): Promise<string[]> {
    const parts: string[] = [];
    for (let slice = 1; slice <= count; slice++) {
      const part = at(`${name}-${slice}-of-${count}.json`);
      writeFileSync(part, await runPart(of, slice, count, { threads: 0 }));
      parts.push(part);
    }
    return parts;
  }
  const merged = (parts: readonly string[]): string =>
    `${JSON.stringify(makeResult(mergeParts(parts).counts, tool, false))}\n`;

  beforeAll(async () => {
    outputOf(["plan", vhe, nvhe, ...given, "--shard-events", "30000", "-o", planFile]);
    plan = readPlan(planFile);
    three = await runParts(plan, 3, "part");
  });

  it("give the bytes of a local replay, in any slices and any order", async () => {
    const expected = outputOf(["replay", vhe, nvhe, ...given, "--json"]);
    for (const count of [1, 3, 7, 20]) {
      const parts = await runParts(plan, count, "slice");
      expect(merged(parts)).toBe(expected);
      expect(merged(parts.toReversed())).toBe(expected);
      expect(merged([...parts.slice(1), parts[0]])).toBe(expected);
    }
    expect(outputOf(["merge", "--json", ...three.toReversed()])).toBe(expected);
  });

  it("are the same from the command line", () => {
    expect(outputOf(["replay", "--plan", planFile, "--shard", "2/3"])).toBe(`${readText(three[1])}\n`);
    const csv = outputOf(["replay", vhe, nvhe, ...given, "--format", "csv", "--by", "vcpu"]);
    expect(outputOf(["merge", "--format", "csv", "--by", "vcpu", ...three])).toBe(csv);
  });

  it("work without a file for the plan", () => {
    const parts = ["1/2", "2/2"].map((slice) => {
      const part = at(`direct-${slice[0]}.json`);
      outputOf(["replay", small, ...given, "--shard-events", "500", "--shard", slice, "-o", part]);
      return part;
    });
    expect(merged(parts)).toBe(outputOf(["replay", small, ...given, "--json"]));
  });

  it("are the same in a pool", async () => {
    for (const [part, file] of three.entries()) {
      const options = { threads: 2, inlineEvents: 0 };
      expect(await runPart(plan, part + 1, 3, options)).toBe(readText(file));
    }
  });

  it("refuse a missing part", () => {
    for (const left of three.keys()) {
      const rest = three.filter((_, part) => part !== left);
      expect(() => merged(rest)).toThrow(/^the part .*is missing/);
    }
    expect(trapline(["merge", ...three.slice(1)])).toEqual(refusal(1, /\.trl: the part .*is missing/));
  });

  it("refuse a part that comes twice", async () => {
    for (const part of three) expect(() => merged([...three, part])).toThrow(/came twice/);
    copyFileSync(three[2], at("copy.json"));
    expect(trapline(["merge", ...three, at("copy.json")])).toEqual(refusal(1, /came twice/));
    // One slice that is part of another.
    expect(() => merged([...three, at("slice-1-of-1.json")])).toThrow(/came twice/);
  });

  it("refuse a part of another plan", async () => {
    const policy = findPolicy("eager");
    const other = makePlan([vhe, nvhe], { policies: [policy], choice: {}, shardEvents: 30_000 });
    const [, , third] = await runParts(other, 3, "other");
    const [first, second] = three;
    expect(trapline(["merge", first, second, third])).toEqual(refusal(1, /is of another plan than .*part-1/));
  });

  it("refuse a damaged part", () => {
    const text = readText(three[0]);
    const damaged = at("damaged.json");
    for (const [change, message] of [
      [text.slice(0, -10), /is not JSON/],
      [text.replace(/"end":(\d)/, (_, digit: string) => `"end":${(Number(digit) % 9) + 1}`), /checksum/],
      [text.replace('"pieces"', '"peaces"'), /is no part/],
      ["{}", /is no part/],
    ] as const) {
      expect(change).not.toBe(text);
      writeFileSync(damaged, change);
      expect(() => merged([damaged, three[1], three[2]])).toThrow(message);
    }
    expect(trapline(["merge", damaged, three[1], three[2]])).toEqual(refusal(1, /is no part/));
  });

  it("refuse a trace that has changed since it was planned, or is gone", async () => {
    const moving = at("moving.trl");
    copyFileSync(small, moving);
    const own = at("own.json");
    outputOf(["plan", moving, "-o", own]);
    const parts = await runParts(readPlan(own), 1, "own");
    copyFileSync(vhe, moving);
    const changed = refusal(1, /moving\.trl: has changed since the replay was planned/);
    expect(trapline(["merge", ...parts])).toEqual(changed);
    expect(trapline(["replay", "--plan", own, "--shard", "1/1"])).toEqual(changed);
    expect(trapline(["replay", "--plan", own])).toEqual(changed);
    rmSync(moving);
    expect(() => merged(parts)).toThrow(/no such file/);
  });

  it("notice a change that leaves the header, the length and the number of events as they were", () => {
    const path = at("written.trl");
    const write = (value: readonly [number, number]): void => {
      const event = { kind: 0, encoding: 0, pcpu: 0, vcpu: 0, time: 5, value };
      writeTrace(path, [event], { level: 0 }, { ...fields, mode: "vhe" });
    };
    write([1, 0]);
    const before = readFileSync(path);
    const { traces } = makePlan([path], { policies: [findPolicy("eager")], choice: { kernel: "6.12" } });
    write([2, 0]);
    expect(readFileSync(path)).toHaveLength(before.length);
    expect(() => checkIdentity(path, traces[0].identity)).toThrow(/has changed/);
    writeFileSync(path, before);
    expect(() => checkIdentity(path, traces[0].identity)).not.toThrow();
  });

  it("refuse a plan of another version, or one that was tampered with", () => {
    const changed = at("changed.json");
    const text = readText(planFile);
    for (const [change, message] of [
      [
        text.replace(/"tool":"[^"]*"/, '"tool":"trapline 0.0.0"'),
        /is a plan of trapline 0\.0\.0, and this is/,
      ],
      [text.replace(/"shards":\d+/, '"shards":1'), /its shards are not those of its traces/],
      [text.replace('"shardEvents":30000', '"shardEvents":0'), /is no plan: shardEvents/],
      [text.replace('"choice":{', '"choice":{"modus":"vhe",'), /is no plan: choice/],
    ] as const) {
      expect(change).not.toBe(text);
      writeFileSync(changed, change);
      expect(() => readPlan(changed)).toThrow(message);
    }
    expect(trapline(["replay", "--plan", changed])).toEqual(refusal(1, /changed\.json: is no plan: choice/));
  });
});
