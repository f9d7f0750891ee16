/** The same bytes at any number of threads, any shard size, any slicing, and any order of parts. */

import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importTrace } from "#src/import/import.js";
import { findPolicy } from "#src/policies/find.js";
import { checkIdentity } from "#src/replay/identity.js";
import { mergeParts, runPart } from "#src/replay/part.js";
import { readPlan } from "#src/replay/plan-file.js";
import { makePlan } from "#src/replay/make-plan.js";
import type { Plan } from "#src/replay/plan.js";
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
import { fields, takeApart, writeTrace } from "../trace/support.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [vhe, nvhe, small] = ["vhe.trl", "nvhe.trl", "small.trl"].map(at);
/** Some whose windows are counted by number, one that is taken from window to window, one without windows. */
const policies = ["eager", "dirty-pie", "dirty-each", "hidden", "tvm", "adaptive"];
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
    expect(replay(vhe, nvhe, "-j", "2", "--shard-windows", "1000")).toBe(expected);
    expect(replay(vhe, nvhe, "-j", "7", "--shard-windows", "1000000")).toBe(expected);
  });

  it("is the same for shards of one window", () => {
    const expected = replay(small);
    for (const size of ["1", "1000"]) expect(replay(small, "--shard-windows", size)).toBe(expected);
  });
});

describe("the pool", () => {
  async function resultOf(plan: Plan, options: ReplayOptions): Promise<string> {
    const counts = [];
    for await (const each of replayPlan(plan, options)) counts.push(each);
    return JSON.stringify(makeResult(counts, "test", true));
  }
  const planOf = (paths: readonly string[], shardWindows: number): Plan =>
    makePlan(paths, { policies: policies.map(findPolicy), choice: {}, shardWindows });

  it("gives what one thread gives", async () => {
    const expected = await resultOf(planOf([vhe, nvhe], 1 << 22), { threads: 0 });
    const cases = [
      [1, 1 << 22, 1],
      [2, 100, 1],
      [7, 100, 1000],
    ];
    for (const [threads, shardWindows, taskWindows] of cases) {
      const plan = planOf([vhe, nvhe], shardWindows);
      const tasks = new Set<number>();
      const found = await resultOf(plan, {
        threads,
        taskWindows,
        inlineWork: 0,
        onProgress: (done) => tasks.add(done),
      });
      expect(found).toBe(expected);
      const windows = plan.traces.flatMap((trace) => trace.windows).reduce((sum, each) => sum + each, 0);
      expect(windows).toBeGreaterThan(1000);
      expect(tasks.size).toBeGreaterThanOrEqual(windows / Math.max(shardWindows, taskWindows));
      // Those that are carried are tasks of their own.
      expect(plan.traces.every(({ groups }) => groups.some((count) => count > 4))).toBe(true);
    }
  });

  it("gives it for tasks of one window", async () => {
    const expected = await resultOf(planOf([small], 1 << 22), { threads: 0 });
    const options = { threads: 2, taskWindows: 1, inlineWork: 0 };
    expect(await resultOf(planOf([small], 1), options)).toBe(expected);
  });

  it("ends with the worker's error, and says which file and where", async () => {
    const bytes = readFileSync(vhe);
    // A replay reads windows alone: the last word of a block of theirs.
    const [, rows] = takeApart(vhe).index;
    const [offset, length] = rows.find(([, , segmentation]) => segmentation === 1)!;
    bytes[offset + length - 1] ^= 1;
    const damaged = at("damaged.trl");
    writeFileSync(damaged, bytes);
    const plan = planOf([damaged], 1000);
    await expect(resultOf(plan, { threads: 2, taskWindows: 1, inlineWork: 0 })).rejects.toMatchObject({
      code: "corrupt",
      place: { file: damaged, offset },
    });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const options: ReplayOptions = {
      threads: 2,
      taskWindows: 1,
      inlineWork: 0,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    };
    await expect(resultOf(planOf([vhe], 10), options)).rejects.toMatchObject({ code: "interrupted" });
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
    outputOf(["plan", vhe, nvhe, ...given, "--shard-windows", "500", "-o", planFile]);
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
      outputOf(["replay", small, ...given, "--shard-windows", "50", "--shard", slice, "-o", part]);
      return part;
    });
    expect(merged(parts)).toBe(outputOf(["replay", small, ...given, "--json"]));
  });

  it("are the same in a pool", async () => {
    for (const [part, file] of three.entries()) {
      const options = { threads: 2, inlineWork: 0 };
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
    const other = makePlan([vhe, nvhe], { policies: [policy], choice: {}, shardWindows: 500 });
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
      [text.replace('"shardWindows":500', '"shardWindows":0'), /is no plan: shardWindows/],
      [text.replace('"choice":{', '"choice":{"modus":"vhe",'), /is no plan: choice/],
    ] as const) {
      expect(change).not.toBe(text);
      writeFileSync(changed, change);
      expect(() => readPlan(changed)).toThrow(message);
    }
    expect(trapline(["replay", "--plan", changed])).toEqual(refusal(1, /changed\.json: is no plan: choice/));
  });
});
