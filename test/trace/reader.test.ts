import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrace } from "#src/trace/reader.js";
import { wordHasValue } from "#src/trace/word.js";
import { steadySamples } from "./samples.js";
import { temporaryFolder, troubleOf, writeTrace } from "./support.js";

const folder = temporaryFolder();
const path = join(folder, "trace.trl");

describe("a reader", () => {
  it("reads words though every other column is damaged", () => {
    writeTrace(path, steadySamples(3000), { blockEvents: 1000 });
    const whole = openTrace(path);
    const words = [0, 1, 2].map((block) => whole.words(block).slice());
    const bytes = readFileSync(path);
    for (const block of [0, 1, 2]) {
      const { head } = whole.columns(block);
      const { offset, bytes: length } = whole.blocks.row(block);
      bytes.fill(0xee, offset + head.bytes + head.columns[0].stored, offset + length);
    }
    whole.close();
    const damaged = join(folder, "damaged.trl");
    writeFileSync(damaged, bytes);
    const trace = openTrace(damaged);
    expect([0, 1, 2].map((block) => trace.words(block).slice())).toEqual(words);
    for (const block of [0, 1, 2]) {
      const error = troubleOf(() => trace.columns(block));
      expect([error.code, error.place.block]).toEqual(["corrupt", block]);
    }
    trace.close();
  });

  it("reads any block alone, in any order", () => {
    writeTrace(path, steadySamples(500), { blockEvents: 64 });
    const trace = openTrace(path);
    const inOrder = [...trace.blocks].map((_, block) => trace.columns(block));
    for (const block of [...[...trace.blocks].keys()].toReversed()) {
      const alone = openTrace(path);
      expect(alone.columns(block)).toEqual(inOrder[block]);
      expect(alone.words(block)).toEqual(inOrder[block].words);
      alone.close();
    }
    trace.close();
  });

  it("gives as many values as words say, unaligned columns too", () => {
    const some = Array.from(steadySamples(301), (each, at) =>
      at % 3 === 0 ? { ...each, value: undefined } : each,
    );
    writeTrace(path, some, { blockEvents: 7, level: 9 });
    const trace = openTrace(path);
    for (const block of [...trace.blocks].keys()) {
      const { words, times, valuesLo, valuesHi } = trace.columns(block);
      expect(times).toHaveLength(words.length);
      expect(valuesLo).toHaveLength(words.filter(wordHasValue).length);
      expect(valuesHi).toHaveLength(valuesLo.length);
    }
    trace.close();
  });

  it("refuses blocks that there are not, and does not read after it was closed", () => {
    writeTrace(path, steadySamples(5));
    const trace = openTrace(path);
    expect(() => trace.words(1)).toThrow(RangeError);
    expect(() => trace.words(-1)).toThrow(RangeError);
    trace.close();
    trace.close();
    expect(() => trace.words(0)).toThrow(/closed/);
  });
});
