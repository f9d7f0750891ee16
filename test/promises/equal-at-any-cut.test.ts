/** The result is a function of traces, policies and configuration alone: a replay may be cut at any window. */

import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import { findPolicy } from "#src/policies/find.js";
import { oracleDefinition } from "#src/policies/oracle.js";
import { registerByName } from "#src/registers/lookup.js";
import { assign } from "#src/replay/config.js";
import { createTraceMerger } from "#src/replay/merge.js";
import { makePlan } from "#src/replay/make-plan.js";
import type { Shard } from "#src/replay/plan.js";
import { refOf } from "#src/replay/policy-ref.js";
import { replayPlan } from "#src/replay/replay.js";
import { countedWindows, namingOf, prepareTrace } from "#src/replay/prepare.js";
import { runGroups, runWindows } from "#src/replay/shard.js";
import { traceEvents } from "#src/trace/events.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import type { WriterOptions } from "#src/trace/writer.js";
import { pricesOf } from "../model/oracle-support.js";
import { fields, temporaryFolder, writeTrace, type Sample } from "../trace/support.js";

const folder = temporaryFolder();
const policies = [
  "eager",
  "dirty-pie",
  "dirty-each",
  "deferred",
  "hidden",
  "lazy-pauth",
  "lazy-fp",
  "lazy-debug",
  "tvm",
  "always-trap",
  "adaptive:1-2-2",
];
const names = [
  "PIR_EL1",
  "PIRE0_EL1",
  "TCR_EL1",
  "TCR2_EL1",
  "SCTLR_EL1",
  "TPIDR_EL0",
  "MDSCR_EL1",
  "ESR_EL1",
];
const used = [...names, "APIAKEYLO_EL1", "FPSIMD", "DBGBVR0_EL1"];
const encoding = (name: string): number => registerByName(name)!.encoding;

/** Mostly one after the other as a hypervisor does it, with enough out of order to be no hypervisor's. */
const kinds = [
  Kind.load,
  Kind.runStart,
  Kind.entry,
  Kind.guestWrite,
  Kind.guestRead,
  Kind.guestWrite,
  Kind.fastExit,
  Kind.entry,
  Kind.guestWrite,
  Kind.fullExit,
  Kind.emulatedWrite,
  Kind.runEnd,
  Kind.put,
];
const accesses: readonly number[] = [Kind.guestWrite, Kind.guestRead, Kind.emulatedWrite];

const sample = fc
  .record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom(...used),
    pcpu: fc.nat(1),
    vcpu: fc.integer({ min: -1, max: 2 }),
    caches: fc.constantFrom(0, 0, 0, 0b101),
  })
  .map(({ kind, name, pcpu, vcpu, caches }): Sample => {
    const access = accesses.includes(kind);
    return {
      kind,
      encoding: access ? encoding(name) : 0,
      pcpu,
      vcpu,
      time: 1,
      value: access ? [caches, 0] : undefined,
    };
  });

/** Runs that follow each other, of two vCPUs on two pCPUs, with what chance throws in between. */
const samples = fc
  .array(fc.tuple(fc.array(sample, { maxLength: 4 }), fc.nat(1), fc.nat(1), fc.nat(used.length - 1)), {
    maxLength: 12,
    size: "max",
  })
  .map((rounds) =>
    rounds.flatMap(([between, pcpu, vcpu, first]) => [
      ...between,
      ...kinds.map((kind, at): Sample => {
        const access = accesses.includes(kind);
        const name = used[(first + at) % used.length];
        return { kind, encoding: access ? encoding(name) : 0, pcpu, vcpu, time: 1, value: undefined };
      }),
    ]),
  );

const switched = names.map(encoding);
const recorded = { guestSave: switched, guestRestore: switched, hostSave: switched, hostRestore: switched };
const given = {
  ...fields,
  capabilities: { ...fields.capabilities, pauthUse: "trapped" as const },
  recorded,
};

let files = 0;

type Limits = Pick<WriterOptions, "numberedWindows" | "windowWords">;

/** A trace in blocks so small that cuts fall in, at and between their ends. */
function traceOf(list: readonly Sample[], mode: "vhe" | "nvhe", limits: Limits): string {
  const path = join(folder, `${files++}.trl`);
  writeTrace(path, list, { ...limits, blockEvents: 16, level: 0 }, { ...given, mode });
  return path;
}

type Counts = readonly { readonly policy: string; readonly rows: readonly CountRow[] }[];

/** Every policy by the reference, without a cut. */
function judge(path: string): Counts {
  const trace = openTrace(path);
  try {
    const definitions = policies.map((name) => findPolicy(name));
    const { assignments } = assign(trace.header, definitions, {}, path);
    return assignments.map(({ policy, config }) => {
      const interpreter = createInterpreter(namingOf(trace.header), policy, config);
      for (const event of traceEvents(trace)) interpreter.step(event);
      return { policy: policy.name, rows: interpreter.rows() };
    });
  } finally {
    trace.close();
  }
}

/** What a shard is of: windows or groups `first` to `end` of a segmentation. */
type Piece = Pick<Shard, "what" | "segmentation" | "first" | "end">;

/** Ranges from 0 to `length` between the cuts. */
function rangesOf(length: number, cuts: readonly number[]): (readonly [first: number, end: number])[] {
  const inner = cuts.map((cut) => cut % (length + 1)).filter((cut) => cut > 0);
  const ends = [...new Set([...inner, length])].filter((end) => end > 0).toSorted((a, b) => a - b);
  return ends.map((end, at) => [at === 0 ? 0 : ends[at - 1], end] as const);
}

/** The windows and the carried groups of a trace in ranges between `cuts`, run in any order and then merged. */
function inRanges(path: string, cuts: readonly number[], shuffle: number): Counts {
  const prepared = prepareTrace(path, policies, {});
  try {
    const merger = createTraceMerger(path, policies, {});
    const pieces = [0, 1].flatMap((segmentation): Piece[] => [
      ...rangesOf(countedWindows(prepared)[segmentation], cuts).map(([first, end]): Piece => {
        return { what: "windows", segmentation, first, end };
      }),
      ...rangesOf(prepared.groups.carried[segmentation].length, cuts).map(([first, end]): Piece => {
        return { what: "groups", segmentation, first, end };
      }),
    ]);
    const regions = pieces.map((piece) => new ArrayBuffer(merger.regionBytes({ trace: 0, ...piece })));
    const order = [...pieces.keys()].toSorted(
      (a, b) => (((a + 1) * shuffle) % 7) - (((b + 1) * shuffle) % 7),
    );
    for (const at of order) {
      const { what, segmentation, first, end } = pieces[at];
      if (what === "windows") runWindows(prepared, segmentation, first, end, new Uint32Array(regions[at]));
      else runGroups(prepared, segmentation, first, end, new Float64Array(regions[at]));
    }
    pieces.forEach((piece, at) => merger.add({ trace: 0, ...piece }, regions[at]));
    return merger.finish().policies;
  } finally {
    prepared.trace.close();
  }
}

const scene = fc.record({
  list: samples,
  mode: fc.constantFrom<"vhe" | "nvhe">("vhe", "nvhe"),
  limits: fc.record({
    numberedWindows: fc.constantFrom(0, 2, 0xffff, 0xffff),
    windowWords: fc.constantFrom(1, 7, 0x1_0000),
  }),
});

describe("a replay cut anywhere", () => {
  it("counts what the reference counts, for ranges of any size in any order", () => {
    const cuts = fc.array(fc.nat(), { maxLength: 12, size: "max" });
    fc.assert(
      fc.property(scene, cuts, fc.nat(), ({ list, mode, limits }, where, shuffle) => {
        const path = traceOf(list, mode, limits);
        expect(inRanges(path, where, shuffle)).toEqual(judge(path));
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same bytes for every shard size", async () => {
    const definitions = policies.map((name) => findPolicy(name));
    await fc.assert(
      fc.asyncProperty(scene, async ({ list, mode, limits }) => {
        const path = traceOf(list, mode, limits);
        const expected = JSON.stringify(judge(path));
        for (const shardWindows of [1, 2, 7, 1 << 22]) {
          const plan = makePlan([path], { policies: definitions, choice: {}, shardWindows });
          const found: string[] = [];
          for await (const counts of replayPlan(plan, { threads: 0, taskWindows: shardWindows }))
            found.push(JSON.stringify(counts.policies));
          expect(found).toEqual([expected]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("refuses a merge with a part missing, twice or of another layout", () => {
    const event = (kind: number, name?: string): Sample => {
      return {
        kind,
        encoding: name === undefined ? 0 : encoding(name),
        pcpu: 0,
        vcpu: 0,
        time: 1,
        value: undefined,
      };
    };
    const written = ["TPIDR_EL0", "TCR_EL1", "SCTLR_EL1"].map((name) => event(Kind.guestWrite, name));
    const round = [event(Kind.load), ...written, event(Kind.put)];
    const list = [...round, ...round, ...round];
    const path = traceOf(list, "vhe", {});
    const of = ["dirty-each", "adaptive:1-2-2"];
    const merger = createTraceMerger(path, of, {});
    const shard = (what: "windows" | "groups", first: number, end: number): Shard => {
      return { trace: 0, what, segmentation: 1, first, end };
    };
    const region = (what: "windows" | "groups", first: number, end: number): ArrayBuffer =>
      new ArrayBuffer(merger.regionBytes(shard(what, first, end)));
    const add = (what: "windows" | "groups", first: number, end: number): void =>
      merger.add(shard(what, first, end), region(what, first, end));
    const prepared = prepareTrace(path, of, {});
    prepared.trace.close();
    const groups = prepared.groups.carried[1].length;
    expect([countedWindows(prepared), groups]).toEqual([[3, 3], 3]);
    const runs: Shard = { ...shard("windows", 0, 3), segmentation: 0 };
    merger.add(runs, new ArrayBuffer(merger.regionBytes(runs)));

    expect(() => merger.finish()).toThrow("the part from windows 0 to 3 is missing");
    expect(() => add("windows", 1, 3)).toThrow("the part from windows 0 to 1 is missing");
    add("windows", 0, 2);
    expect(() => add("windows", 0, 2)).toThrow("the part from windows 0 to 2 came twice");
    expect(() => add("windows", 0, 3)).toThrow("came twice");
    expect(() => merger.add(shard("windows", 2, 3), region("windows", 2, 3).slice(4))).toThrow("wrong size");
    expect(() => add("windows", 2, 4)).toThrow("wrong size");
    expect(() => add("windows", 2, 2)).toThrow("wrong size");
    expect(() => add("windows", 2, 1)).toThrow("wrong size");
    expect(() => merger.finish()).toThrow("the part from windows 2 to 3 is missing");
    add("windows", 2, 3);
    expect(() => merger.finish()).toThrow("the part from groups 0 to 3 is missing");
    add("groups", 0, 1);
    expect(() => add("groups", 0, 1)).toThrow("the part from groups 0 to 1 came twice");
    expect(() => add("groups", 2, groups)).toThrow("the part from groups 1 to 2 is missing");
    expect(() => merger.add(shard("groups", 1, groups), region("groups", 0, groups))).toThrow("wrong size");
    add("groups", 1, groups);
    expect(merger.finish().policies.map(({ policy }) => policy)).toEqual(of);
  });

  it("refuses a merge without the part of the oracles", () => {
    const path = traceOf([], "vhe", {});
    const oracle = refOf(
      oracleDefinition(pricesOf({ fastTraps: 1, saves: 1 }), findPolicy("dirty-each"), "oracle"),
    );
    const merger = createTraceMerger(path, [oracle], {});
    expect(() => merger.finish()).toThrow("the part of the oracles is missing");
    merger.addOracles([[]]);
    expect(merger.finish().policies).toEqual([{ policy: "oracle", rows: [] }]);
  });
});
