import { describe, expect, it } from "vitest";
import { csvTable, markdownTable, textList, textTable, textWidth, wrapText } from "#src/report/text-table.js";

describe("textTable", () => {
  it("aligns words left and numbers right, under heads of any height", () => {
    const rows = [
      ["name", "first\nsaves", "saves"],
      ["a", 5, 1234567],
      ["longer name", undefined, 12],
    ];
    expect(textTable(rows).split("\n")).toEqual([
      "             first",
      "name         saves    saves",
      "a                5  1234567",
      "longer name              12",
    ]);
  });

  it("splits what is too wide, and repeats what a row is about", () => {
    const heads = Array.from({ length: 12 }, (_, at) => `policy-number-${at}`);
    const rows = [
      ["register", "context", ...heads],
      ["PIR_EL1", "guest", ...heads.map((_, at) => at)],
    ];
    const tables = textTable(rows, 2).split("\n\n");
    expect(tables.length).toBeGreaterThan(1);
    for (const table of tables) {
      expect(table).toMatch(/^register {2}context {2}policy/);
      expect(table).toMatch(/^PIR_EL1 {3}guest {4}/m);
      for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(textWidth);
    }
    const cells = tables.flatMap((table) => table.split("\n")[1].split(/ {2,}/).slice(2));
    expect(cells).toEqual(heads.map((_, at) => String(at)));
  });

  it("begins no table with an empty line, where the lines of its heads are fewer than those of another", () => {
    const wide = "x".repeat(90);
    expect(
      textTable([
        ["name", "two\nlines", "why"],
        ["a", 5, wide],
      ]),
    ).toBe(`        two\nname  lines\na         5\n\nname  why\na     ${wide}`);
  });

  it("keeps a column that is wider than all the room", () => {
    const wide = "x".repeat(150);
    expect(
      textTable([
        ["a", wide, "c"],
        ["1", "2", "3"],
      ]),
    ).toBe(`a  ${wide}\n1  2\n\na  c\n1  3`);
  });

  it("is nothing without rows", () => {
    expect(textTable([])).toBe("");
    expect(textTable([["only", "head"]])).toBe("only  head");
  });
});

describe("wrapText", () => {
  it("breaks between words, and never within one", () => {
    const word = "y".repeat(150);
    const text = wrapText(`${"word ".repeat(40)}${word} end`, "Note: ", "      ");
    const lines = text.split("\n");
    expect(lines[0]).toMatch(/^Note: word/);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {6}\S/);
    expect(lines.filter((line) => line.length > textWidth)).toEqual([`      ${word}`]);
    expect(text.replace(/\s+/g, " ")).toBe(`Note: ${"word ".repeat(40)}${word} end`);
  });

  it("is used by lists, under what they name", () => {
    const lines = textList([
      ["key", "word ".repeat(40).trim()],
      ["longer key", "value"],
    ]).split("\n");
    expect(lines[0]).toMatch(/^key {9}word/);
    expect(lines[1]).toMatch(/^ {12}word/);
    expect(lines.at(-1)).toBe("longer key  value");
  });
});

describe("markdownTable", () => {
  it("has a rule that tells numbers, and heads on one line", () => {
    expect(
      markdownTable([
        ["name", "first\nsaves"],
        ["a|b", 5],
        [undefined, 7],
      ]),
    ).toBe("| name | first saves |\n| --- | ---: |\n| a\\|b | 5 |\n|  | 7 |");
  });
});

describe("csvTable", () => {
  it("quotes as RFC 4180 does", () => {
    expect(
      csvTable([
        ["a", "b"],
        ['say "no"', 1],
        ["x,y", undefined],
        ["two\nlines", "plain"],
      ]),
    ).toBe('a,b\n"say ""no""",1\n"x,y",\n"two\nlines",plain');
  });
});
