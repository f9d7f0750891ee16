import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { checkWindows } from "#src/trace/windows/check.js";
import { Came, type Dictionary } from "#src/trace/windows/dictionary.js";
import { steadyRuns } from "../samples.js";
import { putTogether, temporaryFolder, troubleOf, writeTrace, type Parts } from "../support.js";
import { rebuild, withWords, type Packing } from "./rebuild.js";

const folder = temporaryFolder();
const [path, other] = [join(folder, "whole.trl"), join(folder, "other.trl")];
writeTrace(path, steadyRuns(120));
const whole = rebuild(path, () => ({}));

function said(parts: Parts): string {
  putTogether(other, parts);
  const trace = openTrace(other);
  try {
    const { code, place, message } = troubleOf(() => checkWindows(trace));
    expect([code, place]).toEqual(["corrupt", { file: other }]);
    return message;
  } finally {
    trace.close();
  }
}

/** A dictionary with one thing changed. */
const dictionary = (
  { dictionaries }: Packing,
  segmentation: number,
  change: (dictionary: Dictionary) => Partial<Dictionary>,
): Partial<Packing> => ({
  dictionaries: dictionaries.with(segmentation, {
    ...dictionaries[segmentation],
    ...change(dictionaries[segmentation]),
  }),
});

describe("windows that a trace stores", () => {
  it("are those of its events", () => {
    putTogether(other, whole);
    const trace = openTrace(other);
    expect(() => checkWindows(trace)).not.toThrow();
    trace.close();
  });

  const cases: readonly (readonly [string, (packing: Packing) => Partial<Packing>, string])[] = [
    [
      "another window",
      (all) => withWords(all, 0, ({ words }) => ({ words: words.with(3, (words[3] + 1) % 4) })),
      "window 3 (runs) of vCPU 0",
    ],
    [
      "windows in another order",
      (all) => withWords(all, 1, ({ words }) => ({ words: words.with(0, words[1]).with(1, words[0]) })),
      "window 0 (loads) of vCPU 0",
    ],
    [
      "a window of another vCPU",
      (all) =>
        withWords(all, 0, ({ lengths: [a, b] }) => ({ lengths: [a + 1, b - 1], counts: [a + 1, b - 1] })),
      "window 8 (runs) of vCPU 0",
    ],
    [
      "a window too few at the end",
      (all) =>
        withWords(all, 0, ({ words, lengths: [a, b] }) => {
          return { words: words.slice(0, -1), lengths: [a, b - 1], counts: [a, b - 1] };
        }),
      "window 11 (runs) of vCPU 1",
    ],
    [
      "another step in a window",
      (all) => dictionary(all, 0, ({ steps }) => ({ steps: steps.with(0, Kind.entry) })),
      "window 0 (runs) of vCPU 0",
    ],
    [
      "a window said to have come only first",
      (all) => dictionary(all, 1, ({ flags }) => ({ flags: flags.with(0, flags[0] & ~Came.behind) })),
      "what is said of window 0 of the dictionary (loads)",
    ],
    [
      "a window that never came",
      (all) =>
        dictionary(all, 0, ({ size, offsets, steps, flags }) => ({
          size: size + 1,
          offsets: Uint32Array.from([...offsets, steps.length + 1]),
          steps: Uint16Array.from([...steps, Kind.load]),
          flags: Uint8Array.from([...flags, 0]),
        })),
      "what is said of window 4 of the dictionary (runs)",
    ],
  ];

  it.each(cases)("with %s are found out", (_, change, what) => {
    expect(said(rebuild(path, change))).toBe(`${what} in the stored windows and in the events differ`);
  });

  it("with other counts beside them are found out", () => {
    const [, , , stays, before] = whole.index;
    /** One fewer in the first row that counts several. */
    const fewer = (rows: readonly (readonly number[])[]): readonly (readonly number[])[] => {
      const at = rows.findIndex((row) => row[row.length - 1] > 1);
      const row = rows[at];
      return rows.with(at, row.with(row.length - 1, row[row.length - 1] - 1));
    };
    for (const rows of [fewer(stays), stays.slice(1)]) {
      expect(said({ ...whole, index: whole.index.with(3, rows) })).toMatch(/^the stays in/);
    }
    for (const rows of [fewer(before), before.slice(1)]) {
      expect(said({ ...whole, index: whole.index.with(4, rows) })).toMatch(/^the accesses before the caches/);
    }
  });
});
