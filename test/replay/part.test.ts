import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { findPolicy } from "#src/policies/find.js";
import { mergeParts, runPart } from "#src/replay/part.js";
import { makePlan } from "#src/replay/plan.js";
import { Kind } from "#src/trace/kinds.js";
import { fields, temporaryFolder, writeTrace } from "../trace/support.js";

const folder = temporaryFolder();
const trace = join(folder, "t.trl");
const kinds = [Kind.load, Kind.guestWrite, Kind.put, Kind.load, Kind.put];
writeTrace(
  trace,
  kinds.map((kind) => ({
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
const plan = makePlan([trace], {
  policies: [findPolicy("eager"), findPolicy("tvm")],
  choice: {},
  shardEvents: 2,
});

interface Body {
  pieces: { trace: number; first: number; end: number; region: string }[];
  interpreted: { trace: number; rows: unknown[][] }[];
}

/** A part with a body that was changed, and a checksum that holds all the same. */
async function changed(change: (body: Body) => void): Promise<string> {
  const part: { schema: string; body: Body } = JSON.parse(await runPart(plan, 1, 1, { threads: 0 }));
  change(part.body);
  const file = join(folder, "part.json");
  writeFileSync(file, JSON.stringify({ ...part, crc: crc32(JSON.stringify(part.body)) }));
  return file;
}

describe("a part", () => {
  it("holds neighbouring shards as one piece, and what is interpreted beside it", async () => {
    expect(plan).toMatchObject({ shards: 4, traces: [{ events: 5, interpreted: true }] });
    const { body }: { body: Body } = JSON.parse(await runPart(plan, 1, 1, { threads: 0 }));
    expect(body.pieces).toMatchObject([{ trace: 0, first: 0, end: 5 }]);
    expect(body.interpreted).toMatchObject([{ trace: 0 }]);
    const file = await changed(() => undefined);
    expect(mergeParts([file]).counts).toMatchObject([
      { path: trace, policies: [{ policy: "eager" }, { policy: "tvm" }] },
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

  it("says how far it is", async () => {
    const seen: (readonly [number, number])[] = [];
    await runPart(plan, 1, 1, { threads: 0, onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([
      [2, 5],
      [4, 5],
      [5, 5],
      [5, 5],
    ]);
  });

  it("is refused when what it holds does not fit, whatever its checksum says", async () => {
    const cases: readonly (readonly [(body: Body) => void, RegExp])[] = [
      [(body) => void (body.pieces[0].first = 1), /from event 0 to 1 is missing/],
      [(body) => void (body.pieces[0].end = 4), /from event 4 to 5 is missing/],
      [(body) => void body.pieces.pop(), /from event 0 to 5 is missing/],
      [(body) => void (body.pieces[0].region = ""), /wrong size/],
      [(body) => void (body.pieces[0].region = "AAAAAAA="), /is no part/],
      [(body) => void body.interpreted.pop(), /interpreted policies is missing/],
      [(body) => void body.interpreted.push(body.interpreted[0]), /came twice/],
      [(body) => void body.pieces.push(body.pieces[0]), /came twice/],
    ];
    for (const [change, message] of cases) {
      const file = await changed(change);
      expect(() => mergeParts([file])).toThrow(message);
    }
  });

  it("is needed", () => {
    expect(() => mergeParts([])).toThrow("there is no part to merge");
  });
});
