import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { es, gem5, withoutCpu } from "../dialects.js";
import { fixture } from "../scanned.js";
import { outcomeOf, type Outcome, type Way } from "./divided.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "trapline-parts-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const alone: Way = { threads: 1, part: 1 << 20 };

/** Of a text's length: few parts, or many; never so many that most of the time is theirs. */
const anyWay = (length: number): fc.Arbitrary<Way> =>
  fc.record({
    // Of a short text threads see little, since others are done before they have started.
    threads: fc.constantFrom(0, 0, 0, 2, 3),
    part: fc.integer({ min: 1, max: 60 }).map((parts) => 8 * Math.ceil(length / parts / 8)),
    recorded: fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
    pieces: fc.option(fc.array(fc.nat(length), { maxLength: 20 }), { nil: undefined }),
  });

/** That `text` becomes the same in `ways` as in one thread. */
async function isSameInAll(text: string, numRuns: number, options = {}): Promise<Outcome> {
  const bytes = bytesOf(text);
  const whole = await outcomeOf(folder, bytes, alone, options);
  await fc.assert(
    fc.asyncProperty(anyWay(bytes.length), async (way) => {
      // Without a list of differences, which for lists of this length takes minutes.
      expect(isDeepStrictEqual(await outcomeOf(folder, bytes, way, options), whole)).toBe(true);
    }),
    { numRuns },
  );
  return whole;
}

const wrong = [
  "garbage",
  "12 clk",
  "12 furlong R X0 1",
  "\u0000\u00ff",
  "x".repeat(70_000),
  "y".repeat(300_000),
  "",
  "R TTBR0_EL1 what",
  "12 clk cpu700 R TTBR0_EL1 1",
  "0 clk cpu0 LD 0000000012345678 00000000 00000000",
  "       0000000012345678 00000000 00000000",
];

describe("a text in parts, read by several threads", () => {
  const text = fixture("vhe").split("\n").slice(0, 1500).concat("").join("\n");

  it.each(["vhe", "nvhe", "chatty"] as const)("is the same as in one: %s", async (name) => {
    expect(await isSameInAll(fixture(name), 15)).toHaveProperty("summaries.text.malformed", 0);
  });

  it("is the same as in one: parts shorter than a line", async () => {
    const bytes = bytesOf(text.split("\n").slice(0, 40).concat("").join("\n"));
    const whole = await outcomeOf(folder, bytes, alone);
    for (const part of [8, 16, 40, 64, 104]) {
      for (const threads of [0, 2]) {
        expect(await outcomeOf(folder, bytes, { threads, part })).toEqual(whole);
        expect(await outcomeOf(folder, bytes, { threads, part, pieces: [1, 2, 500] })).toEqual(whole);
      }
    }
  });

  it.each([
    ["ES lines", es(text)],
    ["gem5", gem5(text)],
    ["no cpuN", withoutCpu(text)],
    // Each line leans on the one before.
    ["no times", text.replace(/^\d+ clk cpu\d+ /gm, "")],
    ["times on some lines", text.replace(/^\d+ clk cpu\d+ (?=R|E)/gm, "  ")],
    ["line ends of Windows", text.replaceAll("\n", "\r\n")],
    ["times beyond 32 bits", text.replace(/^(?=\d)/gm, "8888")],
    ["times of few digits", text.replace(/^\d+(\d{3}) clk/gm, "$1 clk")],
  ])("is the same as in one: %s", async (_, dialect) => {
    expect(await isSameInAll(dialect, 15)).toHaveProperty("summaries.text.malformed", 0);
    await isSameInAll(dialect, 8, { onError: "skip" });
  });

  it("has its first error at the same place, and as many of them", async () => {
    const lines = text.split("\n").slice(0, -1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(lines.length), fc.constantFrom(...wrong)), { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        anyWay(text.length),
        async (changes, ends, way) => {
          const changed = changes.reduce((all, [at, line]) => all.toSpliced(at, 0, line), lines);
          const bytes = bytesOf(`${changed.join("\n")}${ends ? "\n" : ""}`);
          for (const options of [{ onError: "fail" }, { onError: "skip" }] as const) {
            const whole = await outcomeOf(folder, bytes, alone, options);
            expect(isDeepStrictEqual(await outcomeOf(folder, bytes, way, options), whole)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("names the place of an error in any part", async () => {
    const lines = text.split("\n").slice(0, 1000);
    for (const at of [10, 500, 990]) {
      const before = lines.slice(0, at).join("\n").length + 1;
      const bytes = bytesOf(lines.toSpliced(at, 0, "broken").join("\n"));
      for (const threads of [0, 1, 2, 3]) {
        const outcome = await outcomeOf(folder, bytes, { threads, part: 4096 });
        expect(outcome).toBe(
          JSON.stringify([
            "input",
            'is not a Tarmac line: "broken"',
            { file: "test.tarmac", line: at + 1, offset: before },
          ]),
        );
      }
    }
  });

  it("counts other kinds of lines, however many there are", async () => {
    const kinds = Array.from({ length: 3000 }, (_, each) => `12 clk cpu0 K${each % 150}X${each % 7} 0`);
    const whole = await isSameInAll(`${text}${kinds.join("\n")}\n`, 15);
    expect(whole).toHaveProperty("summaries.text.passedOver.other");
  });
});
