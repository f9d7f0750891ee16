import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { oracleDefinition } from "#src/policies/oracle.js";
import { joinParts, mergeParts, readParts, runPart, sliceOf } from "#src/replay/part.js";
import { makePlan } from "#src/replay/make-plan.js";
import { planShards, workOf } from "#src/replay/plan.js";
import { Kind } from "#src/trace/kinds.js";
import { pricesOf } from "../model/oracle-support.js";
import { fields, temporaryFolder, writeTrace } from "../trace/support.js";

const folder = temporaryFolder();
const trace = join(folder, "t.trl");
// Windows that differ, so that an adaptive group is taken through them in order.
const kinds = [Kind.load, Kind.guestWrite, Kind.put, Kind.load, Kind.put];
writeTrace(
  trace,
  [...kinds, ...kinds].map((kind) => ({
    kind,
    encoding: kind === Kind.guestWrite ? 0xc080 : 0,
    pcpu: 0,
    vcpu: 0,
    time: 1,
    value: undefined,
  })),
  { level: 0 },
  { ...fields, mode: "vhe" },
);
const prices = pricesOf({ fastTraps: 5, saves: 1 });
const oracle = oracleDefinition(prices, findPolicy("dirty-each"), "oracle");
const plan = makePlan([trace], {
  policies: [findPolicy("eager"), findPolicy("dirty-each"), findPolicy("adaptive:1-2-2"), oracle],
  choice: {},
  shardWindows: 2,
});

interface Body {
  pieces: { shard: { trace: number; what: string; first: number; end: number }; region: string }[];
  oracles: { trace: number; rows: unknown[][] }[];
}

const piece = ({ pieces }: Body, what: string): Body["pieces"][number] =>
  pieces.find(({ shard }) => shard.what === what)!;
const windows = (body: Body): Body["pieces"][number] => piece(body, "windows");
const groups = (body: Body): Body["pieces"][number] => piece(body, "groups");

/** A part with a body that was changed, and a checksum that holds all the same. */
async function changed(change: (body: Body) => void): Promise<string> {
  const part: { schema: string; body: Body } = JSON.parse(await runPart(plan, 1, 1, { threads: 0 }));
  change(part.body);
  const file = join(folder, "part.json");
  writeFileSync(file, JSON.stringify({ ...part, crc: crc32(JSON.stringify(part.body)) }));
  return file;
}

describe("a part", () => {
  it("holds neighbouring shards of windows as one piece, and the rest one by one", async () => {
    expect(plan).toMatchObject({
      shards: 4,
      traces: [{ events: 10, all: [4, 4], windows: [0, 4], groups: [0, 1], interpreted: true }],
    });
    const { body }: { body: Body } = JSON.parse(await runPart(plan, 1, 1, { threads: 0 }));
    const held = body.pieces.map(({ shard }) => shard).toSorted((a, b) => b.what.localeCompare(a.what));
    expect(held).toEqual([
      { trace: 0, what: "windows", segmentation: 1, first: 0, end: 4 },
      { trace: 0, what: "groups", segmentation: 1, first: 0, end: 1 },
    ]);
    expect(body.oracles).toMatchObject([{ trace: 0 }]);
    const file = await changed(() => undefined);
    expect(mergeParts([file]).counts).toMatchObject([
      {
        path: trace,
        policies: ["eager", "dirty-each", "adaptive:1-2-2", "oracle"].map((policy) => ({ policy })),
      },
    ]);
  });

  it("may be empty", async () => {
    const parts = await Promise.all(
      Array.from({ length: 9 }, async (_, at) => {
        const file = join(folder, `nine-${at}.json`);
        writeFileSync(file, await runPart(plan, at + 1, 9, { threads: 0 }));
        return file;
      }),
    );
    const whole = await changed(() => undefined);
    expect(mergeParts(parts).counts[0].policies).toEqual(mergeParts([whole]).counts[0].policies);
  });

  it("has nearly as much work as the others, in neighbouring shards", () => {
    const even = makePlan([trace], { policies: [findPolicy("dirty-each")], choice: {}, shardWindows: 1 });
    for (const one of [plan, even]) {
      const all = [...planShards(one)];
      const total = all.reduce((sum, shard) => sum + workOf(one, shard), 0);
      const largest = Math.max(...all.map((shard) => workOf(one, shard)));
      for (const count of [1, 2, 3, 4, 9]) {
        const slices = Array.from({ length: count }, (_, at) => sliceOf(one, at + 1, count));
        expect(slices.flat()).toEqual(all);
        for (const slice of slices) {
          const work = slice.reduce((sum, shard) => sum + workOf(one, shard), 0);
          expect(work).toBeLessThanOrEqual(total / count + largest);
        }
      }
    }
    const works = [1, 2, 3, 4].map((at) => sliceOf(even, at, 4).length);
    expect(works).toEqual([1, 1, 1, 1]);
    // All events for the oracle are more than half of all work: no windows wait behind it in one slice.
    const [before, behind] = [sliceOf(plan, 1, 2), sliceOf(plan, 2, 2)];
    expect([before.length, behind.map(({ what }) => what)]).toEqual([3, ["oracles"]]);
  });

  it("says how far it is", async () => {
    const seen: (readonly [number, number])[] = [];
    await runPart(plan, 1, 1, { threads: 0, onProgress: (done, total) => seen.push([done, total]) });
    const total = 4 + 4 + 8 * 10;
    expect(seen).toEqual([4, 6, 8, total].map((done) => [done, total]));
  });

  it("is refused when what it holds does not fit, whatever its checksum says", async () => {
    const cases: readonly (readonly [(body: Body) => void, RegExp])[] = [
      [(body) => void (windows(body).shard.first = 1), /from windows 0 to 1 is missing/],
      [(body) => void (windows(body).shard.end = 3), /from windows 3 to 4 is missing/],
      [(body) => void (windows(body).shard.end = 5), /wrong size/],
      [(body) => void (windows(body).shard.end = 0), /wrong size/],
      [(body) => void (body.pieces = [groups(body)]), /from windows 0 to 4 is missing/],
      [(body) => void (body.pieces = [windows(body)]), /from groups 0 to 1 is missing/],
      [(body) => void (body.pieces = []), /from windows 0 to 4 is missing/],
      [(body) => void (groups(body).shard.first = 1), /from groups 0 to 1 is missing/],
      [(body) => void (groups(body).shard.end = 2), /wrong size/],
      [(body) => void (windows(body).region = ""), /wrong size/],
      [(body) => void (groups(body).region = windows(body).region), /wrong size/],
      [(body) => void (windows(body).region = "AAAAAAA="), /is no part/],
      [(body) => void (windows(body).shard.what = "oracles"), /is no part/],
      [(body) => void body.oracles.pop(), /the part of the oracles is missing/],
      [(body) => void body.oracles.push(body.oracles[0]), /came twice/],
      [(body) => void body.pieces.push(windows(body)), /windows 0 to 4 came twice/],
      [(body) => void body.pieces.push(groups(body)), /groups 0 to 1 came twice/],
    ];
    for (const [change, message] of cases) {
      const file = await changed(change);
      expect(() => mergeParts([file])).toThrow(message);
    }
  });

  it("is read a second time where counters of all are too much to hold, and is still the same then", async () => {
    const files = await Promise.all(
      [1, 2, 3].map(async (at) => {
        const file = join(folder, `three-${at}.json`);
        writeFileSync(file, await runPart(plan, at, 3, { threads: 0 }));
        return file;
      }),
    );
    const held = joinParts(readParts(files)).counts[0].policies;
    for (const most of [0, 20]) expect(joinParts(readParts(files, most)).counts[0].policies).toEqual(held);
    const parts = readParts(files, 0);
    for (const file of files) writeFileSync(file, await runPart(plan, 1, 1, { threads: 0 }));
    expect(() => joinParts(parts)).toThrow("has changed while it was merged");
  });

  it("is needed", () => {
    expect(() => mergeParts([])).toThrow("there is no part to merge");
  });
});
