import { pack } from "msgpackr";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlainReader } from "#src/trace/msgpack.js";
import { readRows, tableOf, tableOfRows } from "#src/trace/table.js";

const count = fc.oneof(fc.nat(200), fc.nat(), fc.maxSafeNat());

describe("rows of numbers", () => {
  it("are read as they were written, whatever their size", () => {
    const lists = fc
      .integer({ min: 1, max: 6 })
      .chain((width) =>
        fc.tuple(
          fc.constant(width),
          fc.array(fc.array(count, { minLength: width, maxLength: width }), { maxLength: 40 }),
        ),
      );
    fc.assert(
      fc.property(lists, ([width, rows]) => {
        const reader = createPlainReader(pack(rows), 1000);
        const { length, values } = readRows(reader, width);
        reader.end();
        expect([length, [...values]]).toEqual([rows.length, rows.flat()]);
      }),
    );
  });

  it.each([
    ["a row too long", [[1, 2, 3]], /a row that is not of 2 numbers at its byte 2/],
    ["a row too short", [[1], [2, 3, 4, 5]], /a row that is not of 2 numbers/],
    ["less than none", [[1, -1]], /no whole number/],
    ["a half", [[1, 0.5]], /no whole number/],
    ["beyond 53 bits", [[1, 2 ** 53]], /no whole number/],
    ["text", [[1, "2"]], /no whole number/],
    ["a map", { a: 1 }, /no list/],
  ])("with %s are refused", (_, rows, message) => {
    expect(() => readRows(createPlainReader(pack(rows), 1000), 2)).toThrow(message);
  });

  it("take no memory for what a short text claims", () => {
    const claims = Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff, 0x92, 1, 2);
    expect(() => readRows(createPlainReader(claims, 2 ** 40), 2)).toThrow(/too long a list/);
  });
});

describe("a table", () => {
  const squares = tableOf(4, (index) => index * index);

  it("makes rows when they are asked for", () => {
    expect([squares.length, squares.row(3), [...squares]]).toEqual([4, 9, [0, 1, 4, 9]]);
    expect([...tableOfRows(["a", "b"])]).toEqual(["a", "b"]);
  });

  it.each([-1, 4, Number.NaN])("has no row %d", (index) => {
    expect(() => squares.row(index)).toThrow(RangeError);
  });
});
