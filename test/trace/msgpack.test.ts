import * as fc from "fast-check";
import { pack } from "msgpackr";
import { describe, expect, it } from "vitest";
import { decodePlain } from "#src/trace/msgpack.js";

const plenty = 1e6;
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, -1, -33, 127, 128, 2 ** 32, Number.MAX_SAFE_INTEGER, 0.5),
    fc.integer(),
    fc.maxSafeInteger(),
    // The packer writes -0 as the integer 0; no header has one.
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__"),
      tie("value"),
      { noNullPrototype: true },
    ),
  ),
})).value;

describe("plain MessagePack", () => {
  it("is read as it was packed", () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(decodePlain(pack(value), plenty)).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("is read in every width, also those that trapline does not write", () => {
    const forms: readonly (readonly [string, unknown])[] = [
      ["cf 0000000000000001", 1],
      ["cf 001fffffffffffff", Number.MAX_SAFE_INTEGER],
      ["d3 ffffffffffffffff", -1],
      ["d2 ffffffff", -1],
      ["d1 8000", -32_768],
      ["d0 80", -128],
      ["ce ffffffff", 0xffff_ffff],
      ["cb 7ff0000000000000", Number.POSITIVE_INFINITY],
      ["d9 01 61", "a"],
      ["da 0001 61", "a"],
      ["db 00000001 61", "a"],
      ["dc 0001 c0", [null]],
      ["dd 00000001 c3", [true]],
      ["de 0001 a161 c2", { a: false }],
      ["df 00000001 a161 80", { a: {} }],
    ];
    for (const [bytes, value] of forms)
      expect([bytes, decodePlain(hex(bytes), plenty)]).toEqual([bytes, value]);
  });

  it.each([
    ["nothing at all", ""],
    ["an array that ends early", "92 01"],
    ["text that ends early", "a3 61 62"],
    ["text of 4 GiB", "db ffffffff 61"],
    ["an array of 2^32 - 1", "dd ffffffff 01"],
    ["a map of 2^32 - 1", "df ffffffff a161 01"],
    ["a number that ends early", "cb 0000"],
    ["a number beyond 53 bits", "cf 0020000000000000"],
    ["a key that is no text", "81 01 01"],
    ["a key twice", "82 a161 01 a161 02"],
    ["the key __proto__", "81 a95f5f70726f746f5f5f 80"],
    ["text that is not UTF-8", "a2 c328"],
    ["a second value", "01 01"],
    ["the unused tag", "c1"],
    ["bytes", "c4 01 00"],
    ["a 32-bit float", "ca 00000000"],
    ["a date", "d6 ff 00000000"],
    ["undefined", "d4 00 00"],
    ["a set", "d4 73 00 91 01"],
    ["a regular expression", "d4 78 00 92 a161 a0"],
    ["an error", "d4 65 00 93 a145 a161 c0"],
    ["a record with names", "d4 72 40 91 a161 01"],
    ["a reference", "d6 70 00000000"],
    ["an integer of any size", "c7 09 42 010000000000000000"],
    ["an extension of 4 GiB", "c9 ffffffff 42"],
  ])("refuses %s", (_, bytes) => {
    expect(() => decodePlain(hex(bytes), plenty)).toThrow(RangeError);
  });

  it("nests no deeper than a stack holds", () => {
    expect(decodePlain(hex("91 91 91 91 c0"), plenty)).toEqual([[[[null]]]]);
    expect(() => decodePlain(new Uint8Array(100_000).fill(0x91), plenty)).toThrow(/too deep/);
  });

  it("holds no more elements than allowed", () => {
    const lists = pack([[1, 2], [3, 4], { a: 1 }]);
    expect(decodePlain(lists, 8)).toHaveLength(3);
    expect(() => decodePlain(lists, 7)).toThrow(/too long a list/);
  });
});
