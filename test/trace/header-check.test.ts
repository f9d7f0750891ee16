import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TraceHeader } from "#src/trace/header.js";
import { kindCount } from "#src/trace/kinds.js";
import { preludeLength, type Prelude } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { steadySamples } from "./samples.js";
import { fields, putTogether, readAll, refusal, takeApart, temporaryFolder, troubleOf } from "./support.js";
import { writeTrace } from "./support.js";

// Files whose checksums all hold and whose contents are wrong: what an attacker or a bad writer would make.

const path = join(temporaryFolder(), "trace.trl");
const header = writeTrace(path, steadySamples(100), { blockEvents: 50 });
const [{ offset: start, bytes: first }, { offset: second, bytes: length }] = blocksOf();
const parts = takeApart(path);
const [events, ...windows] = parts.index;
const [[, , , crc], [, , , otherCrc]] = events;

function blocksOf(): ReturnType<typeof openTrace>["blocks"] {
  const trace = openTrace(path);
  trace.close();
  return trace.blocks;
}

describe("a trace put together from its parts", () => {
  it("is read when nothing was changed", () => {
    putTogether(path, parts);
    expect(() => readAll(path)).not.toThrow();
  });
});

describe("a prelude", () => {
  const wrong: readonly (readonly [Partial<Prelude>, string])[] = [
    [{ headerLength: 0xffff_ffff }, "the header or the index claims to be larger than any"],
    [{ indexLength: 0xffff_ffff }, "the header or the index claims to be larger than any"],
    [{ headerLength: 1 }, "the header and the index are not at the end of the file"],
    [{ indexLength: 1 }, "the header and the index are not at the end of the file"],
    [{ headerOffset: 0 }, "the header and the index are not at the end of the file"],
    [{ headerOffset: 2 ** 63 }, "the header and the index are not at the end of the file"],
    [{ indexOffset: Number.MAX_SAFE_INTEGER }, "the header and the index are not at the end of the file"],
    [{ headerCrc: 1 }, "the checksum of the header does not hold"],
    [{ indexCrc: 1 }, "the checksum of the index does not hold"],
  ];

  it.each(wrong)("with %j is refused", (change, message) => {
    expect(refusal(path, parts, change)).toBe(message);
  });

  it("knows the file's length", () => {
    expect(refusal(path, parts, { fileLength: 2 ** 40 })).toMatch(
      /^the trace should have 1099511627776 bytes/,
    );
  });

  it.each([0, 3, 0xffff_ffff])("of version %d is not read, and that is no damage", (version) => {
    putTogether(path, parts, { version });
    const { code, place, message } = troubleOf(() => openTrace(path));
    expect([code, place]).toEqual(["unsupported", { file: path, offset: 8 }]);
    expect(message).toBe(`the trace has format version ${version}, this trapline reads 1 to 2`);
  });
});

describe("a header", () => {
  const lists: TraceHeader["recorded"] = { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] };

  const wrong: readonly (readonly [keyof TraceHeader, unknown])[] = [
    ["tool", 1],
    ["source", {}],
    ["source", { ...fields.source, lines: -1 }],
    ["clock", { unit: "ns" }],
    ["mode", "hvhe"],
    ["events", "100"],
    ["events", 1.5],
    ["pcpus", [{ pcpu: 0, first: 0.5, last: 1 }]],
    ["vcpus", [{ vm: -2, mpidr: 0 }]],
    ["vcpus", [{ vm: 0, mpidr: 2 ** 32 }]],
    ["guestTime", [0]],
    ["guestTime", [0, 0, 0, -1]],
    ["places", [0, 0, 1]],
    ["places", [0, 0, 4, 0]],
    ["places", [0, 4, 1, 0]],
    ["places", [0, -2, 1, 0]],
    ["places", {}],
    ["places", Array.from({ length: 2 * 65_537 }, () => 0)],
    ["registers", []],
    ["registers", [0, 1, 2, 3]],
    ["registers", [-1, 0xc080, 0xc100, 0x2_0000]],
    ["registers", [-1, 0xc080, 0xc100, 0xc080]],
    ["registers", [-1, ...Array.from({ length: 1024 }, (_, at) => at)]],
    ["capabilities", { ...fields.capabilities, guestWrites: "some" }],
    ["capabilities", { ...fields.capabilities, runs: 1 }],
    ["recorded", { ...lists, hostSave: [0] }],
    ["recorded", { ...lists, hostSave: [4] }],
    ["tally", [[0, 0, 0]]],
    ["tally", [[kindCount, 0, 0, 100]]],
    ["tally", [[0, 4, 0, 100]]],
    ["tally", [[0, 0, 2, 100]]],
    ["tally", [[0, 0, 0, -1]]],
    ["exits", [[2, 0, 0, 0, 0, 1]]],
    ["exits", [[0, 2, 0, 0, 0, 1]]],
    ["exits", [[0, 0, -1, 0, 0, 1]]],
    ["exits", [[0, 0, 0, 4, 0, 1]]],
    ["passedOver", { blank: "1" }],
    ["anomalies", null],
    ["anomalies", [1]],
  ];

  it.each(wrong)("whose %s is %j is refused", (key, value) => {
    expect(refusal(path, { ...parts, header: { ...header, [key]: value } })).toBe(
      `the header's "${key}" is wrong`,
    );
  });

  it.each([
    ["pcpus", [], `the header's "places" is wrong`],
    ["events", 2 ** 32, "the counts in the header contradict each other"],
    ["events", 99, "the counts in the header contradict each other"],
    ["tally", [[0, 0, 0, 99]], "the counts in the header contradict each other"],
    ["exits", [], "the counts in the header contradict each other"],
  ])("whose %s is %j contradicts itself", (key, value, message) => {
    expect(refusal(path, { ...parts, header: { ...header, [key]: value } })).toBe(message);
  });

  const required = Object.keys(header).filter((key) => key !== "breaches");
  it.each(required)("without %s is refused", (key) => {
    const without = Object.fromEntries(Object.entries(header).filter(([each]) => each !== key));
    // Places are held against pCPUs and vCPUs, which come first.
    expect(refusal(path, { ...parts, header: without })).toMatch(/^the header's "[a-z]+" is wrong$/i);
  });

  it.each([[null], [7], ["header"], [[header]]])("is no %j", (other) => {
    expect(refusal(path, { ...parts, header: other })).toBe(`the header's "shape" is wrong`);
  });

  it("may hold more than this version knows", () => {
    putTogether(path, { ...parts, header: { ...header, later: [1] } });
    expect(() => readAll(path)).not.toThrow();
  });

  it.each([
    ["a set", "d473009101", /unknown type 0xd4/],
    ["the key __proto__", "81a95f5f70726f746f5f5f80", /a bad key/],
    ["a list of 2^32 - 1", "ddffffffff", /too long a list/],
  ])("is plain data, not %s", (_, bytes, message) => {
    expect(refusal(path, { ...parts, header: Buffer.from(bytes, "hex") })).toMatch(message);
  });
});

describe("an index of events", () => {
  const unread = (why: string): string => `the index cannot be read: ${why}`;
  const shortRow = unread("a row that is not of 4 numbers");
  const whole = [start, first, 50, crc];
  const rest = [second, length, 50, otherCrc];
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["one block of two", [whole], "the index does not cover the trace"],
    ["no block", [], "the index does not cover the trace"],
    ["an event too many", [whole, [second, length, 51, otherCrc]], "the index does not cover the trace"],
    ["a byte too few", [whole, [second, length - 1, 50, otherCrc]], "the index does not cover the trace"],
    ["a gap", [whole, [second + 1, length, 50, otherCrc]], "the index is wrong about a block"],
    ["too many bytes", [whole, [second, 2 ** 40, 50, otherCrc]], "the index is wrong about a block"],
    ["an empty block", [[start, 0, 50, crc], whole], "the index is wrong about a block"],
    ["a block twice", [whole, whole], "the index is wrong about a block"],
    ["blocks the wrong way round", [rest, whole], "the index is wrong about a block"],
    [
      "no events",
      [
        [start, first, 0, crc],
        [second, length, 100, otherCrc],
      ],
      "the index is wrong about a block",
    ],
    ["2^32 events", [[start, first, 2 ** 32, crc], rest], "the index is wrong about a block"],
    ["rows of version 1", [whole.slice(0, 3), rest.slice(0, 3)], shortRow],
    [
      "short rows",
      [
        [start, first],
        [second, length],
      ],
      shortRow,
    ],
    ["text for rows", ["ab", "cd"], unread("no list")],
    ["text in rows", [["a", "b", "c", "d"]], unread("no whole number")],
    ["a checksum of 33 bits", [[start, first, 50, 2 ** 32], rest], "the index is wrong about a block"],
    [
      "other events",
      [
        [start, first, 51, crc],
        [second, length, 49, otherCrc],
      ],
      "the block and the index differ",
    ],
    ["another checksum", [whole, [second, length, 50, crc]], "the block and the index differ"],
    ["no list", { length: 2 }, unread("no list")],
  ];

  it.each(wrong)("with %s is refused", (_, list, message) => {
    const said = refusal(path, { ...parts, index: [list, ...windows] });
    expect(said.replace(/ at its byte \d+$/, "")).toBe(message);
  });

  const lists = "not the five lists of an index";
  it.each([
    ["of version 1", events, lists],
    ["with a list too few", [events, ...windows.slice(1)], lists],
    ["with a list too many", [events, ...windows, []], lists],
    ["that is a map", { events }, "no list"],
  ])("%s is none of version 2", (_, index, why) => {
    expect(refusal(path, { ...parts, index })).toBe(`${unread(why)} at its byte 1`);
  });

  it("has no more rows than there is room for blocks", () => {
    const many = Array.from({ length: 200 }, () => [preludeLength, 84, 1, 0]);
    expect(refusal(path, { ...parts, index: [many, ...windows] })).toMatch(/too long a list/);
  });
});
