/** What is kept here of a trace elsewhere: what was asked for, within bounds, and never zeros for bytes. */

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dropCopy, fetchHead, fetchOf, type Range } from "#src/afar/copy.js";
import { covers, joined, lengthOf, without, type Interval } from "#src/afar/intervals.js";
import { openTrace } from "#src/trace/reader.js";
import { writeSynthetic } from "../../bench/synthetic.js";
import { temporaryFolder } from "../cli/program.js";
import { serveRanges, type RangeServer } from "./range-server.js";

const folder = temporaryFolder();
const trace = join(folder, "a.trl");
let server: RangeServer;
let url = "";
beforeAll(async () => {
  writeSynthetic(trace, { seed: 3, events: 1_000_000, vcpus: 2, length: 12, writes: 3, distinct: 400 });
  server = await serveRanges(readFileSync(trace));
  url = `${server.url}/a.trl`;
});
afterAll(() => server.stop());

it("keeps the head, and blocks as long as there is room", async () => {
  const { blocks, windowIndex } = openTrace(trace);
  const rangeOf = (block: number): Range => [blocks.row(block).offset, blocks.row(block).bytes];
  const read = (block: number): Uint32Array => {
    const there = openTrace(url);
    try {
      return there.words(block).slice();
    } finally {
      there.close();
    }
  };
  const own = openTrace(trace);
  await fetchHead(url, folder);
  expect(() => read(3)).toThrow(RangeError);
  const most = 2.5 * blocks.row(3).bytes;
  await fetchOf(url, [rangeOf(3)], most);
  await fetchOf(url, [rangeOf(5)], most);
  expect(read(3)).toEqual(own.words(3).slice());
  expect(read(5)).toEqual(own.words(5).slice());
  server.answer(({ well }) => well());
  await fetchOf(url, [rangeOf(5)], most);
  expect(server.asked).toEqual([]);
  await fetchOf(url, [rangeOf(7)], most);
  expect(read(7)).toEqual(own.words(7).slice());
  expect(() => read(3)).toThrow(/were not brought here/);
  // The head stays, and blocks come again.
  const there = openTrace(url);
  expect(there.readDictionary(0).size).toBe(own.readDictionary(0).size);
  expect([...(there.windowIndex?.blocks ?? [])]).toEqual([...(windowIndex?.blocks ?? [])]);
  there.close();
  await fetchOf(url, [rangeOf(3)], most);
  expect(read(3)).toEqual(own.words(3).slice());
  dropCopy(url);
  expect(() => openTrace(url)).toThrow(/^was not fetched$/);
  await expect(fetchOf(url, [rangeOf(3)])).rejects.toThrow(RangeError);
  expect(readdirSync(folder)).toEqual(["a.trl"]);
});

it("knows which bytes are there", () => {
  const interval = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]): Interval => [from, from + length]);
  const bytesOf = (list: readonly Interval[]): Set<number> =>
    new Set(list.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at)));
  fc.assert(
    fc.property(fc.array(interval), fc.array(interval), interval, (wanted, held, one) => {
      const have = joined(held);
      const [asked, there] = [bytesOf(wanted), bytesOf(held)];
      expect(bytesOf(have)).toEqual(there);
      expect(lengthOf(have)).toBe(there.size);
      const missing = without(wanted, have);
      expect(bytesOf(missing)).toEqual(
        new Set([...asked].toSorted((a, b) => a - b).filter((at) => !there.has(at))),
      );
      expect(covers(have, one)).toBe([...bytesOf([one])].every((at) => there.has(at)));
      for (const [at, [from]] of joined(wanted, 3).slice(1).entries()) {
        expect(from - joined(wanted, 3)[at][1]).toBeGreaterThan(3);
      }
    }),
  );
});
