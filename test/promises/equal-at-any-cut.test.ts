/** The result is a function of traces, policies and configuration alone: a replay may be cut anywhere. */

import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import { builtinPolicy } from "#src/policies/registry.js";
import { registerByName } from "#src/registers/lookup.js";
import { assign } from "#src/replay/config.js";
import { createTraceMerger } from "#src/replay/merge.js";
import { makePlan } from "#src/replay/plan.js";
import { replayPlan } from "#src/replay/replay.js";
import { interpretTrace, namingOf, prepareTrace, replayRange } from "#src/replay/shard.js";
import { traceEvents } from "#src/trace/events.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
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

/** A trace in blocks so small that cuts fall in, at and between their ends. */
function traceOf(list: readonly Sample[], mode: "vhe" | "nvhe", blockEvents: number): string {
  const path = join(folder, `${files++}.trl`);
  writeTrace(path, list, { blockEvents, level: 0 }, { ...given, mode });
  return path;
}

type Counts = readonly { readonly policy: string; readonly rows: readonly CountRow[] }[];

/** Every policy by the reference, without a cut. */
function judge(path: string): Counts {
  const trace = openTrace(path);
  try {
    const definitions = policies.map((name) => builtinPolicy(name)!);
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

/** The trace in ranges between `ends`, each cut every `cut` events, run in any order and then merged. */
function inRanges(path: string, ends: readonly number[], cut: number, order: readonly number[]): Counts {
  const prepared = prepareTrace(path, policies, {});
  try {
    const merger = createTraceMerger(path, policies, {});
    const starts = [0, ...ends.slice(0, -1)];
    const regions = ends.map(() => new Uint32Array(merger.layout.words).fill(7));
    for (const range of order) replayRange(prepared, starts[range], ends[range], cut, regions[range]);
    ends.forEach((end, range) => merger.add(starts[range], end, regions[range]));
    merger.addInterpreted(interpretTrace(prepared));
    return merger.finish().policies;
  } finally {
    prepared.trace.close();
  }
}

const scene = fc.record({
  list: samples.filter((list) => list.length > 0),
  mode: fc.constantFrom<"vhe" | "nvhe">("vhe", "nvhe"),
  blockEvents: fc.constantFrom(1, 3, 16, 1000),
});

describe("a replay cut anywhere", () => {
  it("counts what the reference counts, for ranges of any size in any order", () => {
    const cuts = fc.record({
      ends: fc.array(fc.nat(), { maxLength: 8 }),
      cut: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 500 })),
      shuffle: fc.nat(),
    });
    fc.assert(
      fc.property(scene, cuts, ({ list, mode, blockEvents }, { ends, cut, shuffle }) => {
        const path = traceOf(list, mode, blockEvents);
        const inner = ends.map((end) => 1 + (end % list.length));
        const all = [...new Set([...inner, list.length])].toSorted((a, b) => a - b);
        const order = all
          .map((_, at) => at)
          .toSorted((a, b) => (((a + 1) * shuffle) % 7) - (((b + 1) * shuffle) % 7));
        expect(inRanges(path, all, cut, order)).toEqual(judge(path));
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same bytes for every shard size", async () => {
    const definitions = policies.map((name) => builtinPolicy(name)!);
    await fc.assert(
      fc.asyncProperty(scene, async ({ list, mode, blockEvents }) => {
        const path = traceOf(list, mode, blockEvents);
        const expected = JSON.stringify(judge(path));
        for (const shardEvents of [1, 2, 7, list.length, 1 << 22]) {
          const plan = makePlan([path], { policies: definitions, choice: {}, shardEvents });
          const found: string[] = [];
          for await (const counts of replayPlan(plan, { threads: 0 }))
            found.push(JSON.stringify(counts.policies));
          expect(found).toEqual([expected]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("refuses a merge with a part missing, twice or of another layout", () => {
    const list = [Kind.load, Kind.put, Kind.load].map((kind): Sample => {
      return { kind, encoding: 0, pcpu: 0, vcpu: 0, time: 1, value: undefined };
    });
    const path = traceOf(list, "vhe", 2);
    const merger = createTraceMerger(path, ["eager"], {});
    const region = new Uint32Array(merger.layout.words);
    expect(() => merger.finish()).toThrow("the part from event 0 to 3 is missing");
    expect(() => merger.add(1, 3, region)).toThrow("the part from event 0 to 1 is missing");
    merger.add(0, 2, region);
    expect(() => merger.add(0, 2, region)).toThrow("came twice");
    expect(() => merger.add(2, 3, region.subarray(1))).toThrow("wrong size");
    expect(() => merger.finish()).toThrow("the part from event 2 to 3 is missing");
  });
});
