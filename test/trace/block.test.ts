import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { encodeBlock } from "#src/trace/block.js";
import { kindCount } from "#src/trace/kinds.js";
import { preludeLength } from "#src/trace/prelude.js";
import { packWord } from "#src/trace/word.js";
import { steadySamples } from "./samples.js";
import { putTogether, readAll, refusal, temporaryFolder, writeTrace, type Parts } from "./support.js";

// Blocks whose checksums all hold and whose contents are wrong.

const path = join(temporaryFolder(), "trace.trl");
const header = writeTrace(path, steadySamples(100));
const [[kind, register, place]] = header.tally;
const good = packWord(kind, register, place, false);
const base = { pcpu: 0, time: 5 };

/** A block of one event, its columns as they are. */
function blockOf(word: number, time = 0, values: readonly number[] = [], bases = [base]): Uint8Array {
  const halves = Uint32Array.from(values);
  return Buffer.concat(encodeBlock([Uint32Array.of(word), Int32Array.of(time), halves, halves], bases, 0));
}

/** Changes words of a block's head and makes its checksum hold. */
function withHead(block: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const headWords = 20 + 3 * view.getUint32(12, true);
  for (const [word, value] of Object.entries(changes)) view.setUint32(4 * Number(word), value, true);
  view.setUint32(4 * headWords, crc32(block.subarray(0, 4 * headWords)), true);
  return block;
}

/** A trace of one block of one event. */
function partsOf(block: Uint8Array): Parts {
  return {
    blocks: block,
    header: { ...header, events: 1, tally: [[kind, register, place, 1]], exits: [] },
    index: [[preludeLength, block.length, 1]],
    // The blocks of both versions are alike, and version 1 holds no windows beside them.
    version: 1,
  };
}

/** The same with the time column replaced by deflated bytes. */
function withTimes(deflated: Uint8Array): Uint8Array {
  const plain = blockOf(good);
  const block = Buffer.concat([plain.subarray(0, plain.length - 4), deflated]);
  return withHead(block, { 8: 1, 9: deflated.length, 11: crc32(deflated) });
}

describe("a block", () => {
  it("is read when nothing is wrong with it", () => {
    for (const block of [blockOf(good), withTimes(deflateRawSync(Buffer.alloc(4)))]) {
      putTogether(path, partsOf(block));
      expect(() => readAll(path)).not.toThrow();
    }
  });

  const noTable = "an event has a kind, register or place that there is not";
  const wrong: readonly (readonly [string, Uint8Array, string | RegExp])[] = [
    ["a kind that there is not", blockOf(packWord(kindCount, 0, 0, false)), noTable],
    ["the highest kind", blockOf(packWord(31, 0, 0, false)), noTable],
    ["a register that there is not", blockOf(packWord(0, header.registers.length, 0, false)), noTable],
    ["the highest register", blockOf(packWord(0, 1023, 0, false)), noTable],
    ["a place that there is not", blockOf(packWord(0, 0, header.places.length / 2, false)), noTable],
    ["the highest place", blockOf(packWord(0, 0, 65_535, false)), noTable],
    ["a value too few", blockOf(packWord(0, 0, 0, true)), "events and values differ in number"],
    ["a value too many", blockOf(good, 0, [1]), "events and values differ in number"],
    ["no time", blockOf(good, 0, [], []), "the time of event 0 is wrong"],
    ["a time below 0", blockOf(good, -6), "the time of event 0 is wrong"],
    [
      "a time beyond 53 bits",
      blockOf(good, 1, [], [{ pcpu: 0, time: Number.MAX_SAFE_INTEGER }]),
      "the time of event 0 is wrong",
    ],
    [
      "a base beyond 53 bits",
      blockOf(good, 0, [], [{ pcpu: 0, time: 2 ** 53 }]),
      "a time in the block's head has more than 53 bits",
    ],
    [
      "two bases of a pCPU",
      blockOf(good, 0, [], [base, base]),
      "the block has a pCPU twice, or one too many",
    ],
    [
      "a base of no pCPU",
      blockOf(good, 0, [], [{ pcpu: 4, time: 0 }]),
      "the block has a pCPU twice, or one too many",
    ],
    ["2^32 - 1 events", withHead(blockOf(good), { 1: 0xffff_ffff }), /contradict/],
    ["2^30 events and no bytes", withHead(blockOf(good), { 1: 2 ** 30, 6: 0 }), /contradict/],
    ["2^32 - 1 values", withHead(blockOf(good), { 2: 0xffff_ffff }), /contradict/],
    ["a longer column", withHead(blockOf(good), { 5: 8 }), /contradict/],
    ["an unknown encoding", withHead(blockOf(good), { 4: 2 }), /contradict/],
    ["a column that unpacks to 64 MiB", withTimes(deflateRawSync(Buffer.alloc(64 << 20))), /does not unpack/],
    ["a column that unpacks to less", withTimes(deflateRawSync(Buffer.alloc(3))), /wrong length/],
    ["a column of nonsense", withTimes(Buffer.alloc(8, 0xff)), /does not unpack/],
  ];

  it.each(wrong)("with %s is refused", (_, block, message) => {
    expect(refusal(path, partsOf(block))).toMatch(message);
  });

  it("with 2^32 - 1 pCPUs is refused", () => {
    const block = blockOf(good);
    new DataView(block.buffer, block.byteOffset).setUint32(12, 0xffff_ffff, true);
    expect(refusal(path, partsOf(block))).toBe("the block's head does not fit in it");
  });
});
