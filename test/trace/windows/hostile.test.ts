import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { preludeLength } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { encodeDictionary } from "#src/trace/windows/dictionary-block.js";
import { stepOf } from "#src/trace/windows/step.js";
import { steadyRuns } from "../samples.js";
import { putTogether, readAll, refusal, temporaryFolder, writeTrace, type Parts } from "../support.js";
import { rebuild, withWords, type Packing } from "./rebuild.js";

// Windows whose checksums all hold and whose contents are wrong.

const folder = temporaryFolder();
const path = join(folder, "whole.trl");
const header = writeTrace(path, steadyRuns(60));
const other = join(folder, "other.trl");
const whole = rebuild(path, () => ({}));
const registers = header.registers.length;

/** What is said of windows that were changed before they were packed. */
const wrong = (change: (packing: Packing) => Partial<Packing>): string =>
  refusal(other, rebuild(path, change));

/** What is said of other rows in list `at` of the index. */
const wrongRows = (at: number, rows: readonly unknown[]): string =>
  refusal(other, { ...whole, index: (whole.index as readonly unknown[]).with(at, rows) });

it("a trace whose windows were packed anew is read", () => {
  putTogether(other, whole);
  expect(() => readAll(other)).not.toThrow();
});

const unread = (why: string): string => `the index cannot be read: ${why}`;

describe("the index of windows", () => {
  const [, blocks, dictionaries, stays, before] = whole.index;
  const [runs, loads] = blocks;
  const [first, second] = dictionaries;
  const at = (row: readonly number[], place: number, value: number): readonly number[] =>
    row.with(place, value);
  const passesOf = ([kind, vcpu]: readonly number[]): number =>
    header.tally.reduce((sum, [own, , place, count]) => {
      return sum + (own === kind && header.places[2 * place + 1] === vcpu ? count : 0);
    }, 0);
  const aboutWindows = "the index is wrong about the windows";
  const cover = "the index does not cover the trace";

  const cases: readonly (readonly [string, number, readonly unknown[], string])[] = [
    ["a block left out", 1, [runs], cover],
    ["a block twice", 1, [runs, loads, loads], cover],
    [
      "a block that overlaps another",
      1,
      [runs, [...at(loads, 0, loads[0] - 4)].with(1, loads[1] + 4)],
      cover,
    ],
    ["a gap before a block", 1, [runs, [...at(loads, 0, loads[0] + 1)].with(1, loads[1] - 1)], cover],
    ["a block longer than the file", 1, [runs, at(loads, 1, 2 ** 50)], cover],
    ["a block inside that of events", 1, [runs, at(loads, 0, preludeLength)], cover],
    ["a block too short for a head", 1, [runs, at(loads, 1, 27)], aboutWindows],
    ["a segmentation that there is not", 1, [runs, at(loads, 2, 2)], aboutWindows],
    ["no windows", 1, [runs, at(loads, 3, 0)], aboutWindows],
    ["more windows than there is room for", 1, [runs, at(loads, 3, 2 ** 40)], aboutWindows],
    ["more windows without a number than windows", 1, [runs, at(loads, 4, loads[3] + 1)], aboutWindows],
    ["a window too many", 1, [runs, at(loads, 3, loads[3] + 1)], "a block of windows and the index differ"],
    ["another segmentation", 1, [at(runs, 2, 1), loads], "a block of windows and the index differ"],
    ["another checksum", 1, [runs, at(loads, 5, runs[5])], "a block of windows and the index differ"],
    [
      "windows without a number where there are none",
      1,
      [runs, at(loads, 4, 1)],
      "a block of windows and the index differ",
    ],
    ["a row too short", 1, [runs, loads.slice(1)], unread("a row that is not of 6 numbers")],
    ["half a window", 1, [runs, at(loads, 3, 0.5)], unread("no whole number")],
    ["less than none", 1, [runs, at(loads, 4, -1)], unread("no whole number")],
    ["a dictionary left out", 2, [first], aboutWindows],
    ["a dictionary twice", 2, [first, first], cover],
    ["a dictionary too many", 2, [first, second, second], aboutWindows],
    ["dictionaries of each other", 2, [second, first], "there is no dictionary of windows here"],
    ["a dictionary too short for a head", 2, [first, at(second, 1, 24)], aboutWindows],
    [
      "another checksum of a dictionary",
      2,
      [first, at(second, 2, 7)],
      "the checksum of the dictionary of windows does not hold",
    ],
    ["a block for a dictionary", 2, [first, loads.slice(0, 2).concat(second[2])], cover],
    ["stays at a put", 3, [at(stays[0], 0, Kind.put)], aboutWindows],
    ["stays of no vCPU", 3, [at(stays[0], 1, header.vcpus.length)], aboutWindows],
    ["as many stays as passes", 3, [at(stays[0], 2, passesOf(stays[0]))], "the index and the header differ"],
    ["no stay", 3, [at(stays[0], 2, 0)], "the index and the header differ"],
    ["stays twice", 3, [stays[0], stays[0]], "the index and the header differ"],
    ["stays the wrong way round", 3, stays.toReversed(), "the index and the header differ"],
    ["an access that is none", 4, [at(before[0], 0, Kind.load)], aboutWindows],
    ["an access to no register", 4, [at(before[0], 1, registers)], aboutWindows],
    ["an access of no vCPU", 4, [at(before[0], 2, header.vcpus.length)], aboutWindows],
    ["more accesses than came", 4, [at(before[0], 3, 1000)], "the index and the header differ"],
    ["accesses twice", 4, [before[0], ...before], "the index and the header differ"],
    ["text for rows", 4, ["abcd"], unread("no list")],
    ["no list", 4, [null], unread("too long a list")],
  ];

  it.each(cases)("with %s is refused", (_, list, rows, message) => {
    expect(wrongRows(list, rows).replace(/ at its byte \d+$/, "")).toBe(message);
  });

  it("with maps for lists is refused", () => {
    const index = { blocks: whole.index };
    expect(refusal(other, { ...whole, index })).toBe(`${unread("no list")} at its byte 1`);
    expect(refusal(other, { ...whole, index: [...whole.index.slice(0, 3), {}, whole.index[4]] })).toContain(
      unread("no list"),
    );
  });

  it("may leave windows out where there are none", () => {
    const empty = join(folder, "empty.trl");
    writeTrace(empty, []);
    const trace = openTrace(empty);
    expect([[...trace.windows().blocks], trace.windows().dictionaries.map(({ size }) => size)]).toEqual([
      [],
      [0, 0],
    ]);
    trace.close();
  });
});

describe("a block of windows", () => {
  const asWritten = "a block of windows is not as one is written";
  const sizes = "the sizes in the head of a block of windows contradict each other";
  const cases: readonly (readonly [string, (packing: Packing) => Partial<Packing>, string])[] = [
    ["a vCPU that there is not", (all) => withWords(all, 0, () => ({ vcpus: [0, 4] })), asWritten],
    ["a vCPU twice", (all) => withWords(all, 0, () => ({ vcpus: [1, 1] })), asWritten],
    ["vCPUs the wrong way round", (all) => withWords(all, 0, () => ({ vcpus: [1, 0] })), asWritten],
    [
      "chunks longer than its words",
      (all) =>
        withWords(all, 0, ({ lengths, counts }) => ({ lengths: [lengths[0], lengths[1] + 1], counts })),
      asWritten,
    ],
    [
      "chunks shorter than its words",
      (all) =>
        withWords(all, 0, ({ lengths, counts }) => ({ lengths: [lengths[0], lengths[1] - 1], counts })),
      asWritten,
    ],
    [
      "more windows than words",
      (all) => withWords(all, 0, ({ counts }) => ({ counts: [counts[0], counts[1] + 1] })),
      asWritten,
    ],
    [
      "fewer windows than words, all with a number",
      (all) => withWords(all, 0, ({ counts }) => ({ counts: [counts[0], counts[1] - 1] })),
      asWritten,
    ],
    [
      "more chunks than vCPUs",
      (all) =>
        withWords(all, 0, ({ words }) => ({
          vcpus: [0, 1, 2, 3, 4],
          lengths: [1, 1, 1, 1, 1],
          counts: [1, 1, 1, 1, 1],
          words: words.slice(0, 5),
        })),
      sizes,
    ],
    [
      "more words than any",
      (all) =>
        withWords(all, 0, () => {
          const words = new Uint16Array((1 << 17) + 1);
          return { vcpus: [0], lengths: [words.length], counts: [words.length], words };
        }),
      sizes,
    ],
    [
      "a segmentation that there is not",
      (all) => withWords(all, 0, () => ({ segmentation: 9 })),
      "the index is wrong about the windows",
    ],
  ];

  it.each(cases)("with %s is refused", (_, change, message) => {
    expect(wrong(change)).toBe(message);
  });

  it("with 2^32 - 1 chunks or words is refused before there is memory for them", () => {
    for (const word of [2, 3]) {
      const blocks = Uint8Array.from(whole.blocks);
      const [, [[offset, , , , ,]]] = whole.index;
      new DataView(blocks.buffer).setUint32(offset - preludeLength + 4 * word, 0xffff_ffff, true);
      expect(refusal(other, { ...whole, blocks })).toBe(sizes);
    }
  });
});

describe("a dictionary", () => {
  const asWritten = "the dictionary of windows is not as one is written";
  const step = (kind: number, register: number): number => stepOf(kind, register);
  const withSteps =
    (segmentation: number, steps: readonly number[], lengths: readonly number[], flags: readonly number[]) =>
    (packing: Packing): Partial<Packing> => {
      let end = 0;
      const offsets = Uint32Array.from([0, ...lengths.map((length) => (end += length))]);
      const made = {
        size: lengths.length,
        offsets,
        steps: Uint16Array.from(steps),
        flags: Uint8Array.from(flags),
      };
      return { dictionaries: packing.dictionaries.with(segmentation, made) };
    };

  const cases: readonly (readonly [string, (packing: Packing) => Partial<Packing>])[] = [
    ["a window of no steps", withSteps(0, [Kind.load], [0, 1], [0, 0])],
    [
      "a window of too many steps",
      withSteps(
        0,
        Array.from({ length: 257 }, () => Kind.load),
        [257],
        [0],
      ),
    ],
    ["fewer steps than windows have", withSteps(0, [Kind.load], [2], [0])],
    ["more steps than windows have", withSteps(0, [Kind.load, Kind.put], [1], [0])],
    ["a flag that there is not", withSteps(0, [Kind.load], [1], [4])],
    ["a step of a kind that no policy sees", withSteps(0, [step(Kind.saveGuest, 1)], [1], [0])],
    ["a fast exit", withSteps(0, [Kind.fastExit], [1], [0])],
    ["a point with a register", withSteps(0, [step(Kind.load, 1)], [1], [0])],
    ["a point that its segmentation does not keep", withSteps(1, [Kind.runStart], [1], [0])],
    ["a register that there is not", withSteps(0, [step(Kind.guestWrite, registers)], [1], [0])],
    ["the highest step", withSteps(0, [0xffff], [1], [0])],
  ];

  it.each(cases)("with %s is refused", (_, change) => {
    expect(wrong(change)).toBe(asWritten);
  });

  it("may hold a window of 256 steps, and any register of the header", () => {
    const steps = Array.from({ length: 256 }, (_, at) => step(Kind.guestWrite, at % registers));
    putTogether(other, rebuild(path, withSteps(0, steps, [256], [3])));
    expect(() => readAll(other)).not.toThrow();
  });

  /** The trace with other words in the head of the first dictionary, and another stream if one is given. */
  function withHead(changes: Readonly<Record<number, number>>, stream?: Uint8Array): Parts {
    const [, , [[offset, bytes], second]] = whole.index;
    const from = offset - preludeLength;
    const packed = stream ?? whole.blocks.subarray(from + 24, from + bytes);
    const head = Uint8Array.from(whole.blocks.subarray(from, from + 24));
    const view = new DataView(head.buffer);
    view.setUint32(16, crc32(packed), true);
    for (const [word, value] of Object.entries(changes)) view.setUint32(4 * Number(word), value, true);
    view.setUint32(20, crc32(head.subarray(0, 20)), true);
    const length = head.length + packed.length;
    const rows = [
      [offset, length, view.getUint32(20, true)],
      [second[0] + length - bytes, second[1], second[2]],
    ];
    const blocks = Buffer.concat([
      whole.blocks.subarray(0, from),
      head,
      packed,
      whole.blocks.subarray(from + bytes),
    ]);
    return { ...whole, blocks, index: whole.index.with(2, rows) };
  }

  const heads: readonly (readonly [string, Parts, RegExp])[] = [
    ["2^32 - 1 windows", withHead({ 2: 0xffff_ffff }), /claims to be larger than any/],
    ["2^16 windows", withHead({ 2: 0x1_0000 }), /claims to be larger than any/],
    ["2^21 + 1 steps", withHead({ 3: 2 ** 21 + 1 }), /claims to be larger than any/],
    ["a window too many", withHead({ 2: 30 }), /has the wrong length|does not unpack/],
    ["steps that are not there", withHead({ 3: 2 ** 21 }), /has the wrong length/],
    ["the segmentation of the other", withHead({ 1: 1 }), /there is no dictionary/],
    ["another magic", withHead({ 0: 0 }), /there is no dictionary/],
    [
      "a stream that unpacks to 64 MiB",
      withHead({}, deflateRawSync(Buffer.alloc(64 << 20))),
      /does not unpack/,
    ],
    ["a stream of nonsense", withHead({}, Buffer.alloc(8, 0xff)), /does not unpack/],
  ];

  it.each(heads)("with %s is refused", (_, parts, message) => {
    expect(refusal(other, parts)).toMatch(message);
  });

  it("without windows is a head and a stream of none", () => {
    const none = {
      size: 0,
      offsets: new Uint32Array(1),
      steps: new Uint16Array(0),
      flags: new Uint8Array(0),
    };
    expect(Buffer.concat(encodeDictionary(0, none)).length).toBeGreaterThan(24);
    putTogether(
      other,
      rebuild(path, () => ({ dictionaries: [none, none] })),
    );
    expect(() => readAll(other)).not.toThrow();
  });
});
