import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatVersion } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { checkWindows } from "#src/trace/windows/check.js";
import { tell, toldAsText, writeGolden, type Told } from "./golden.js";

/*
 * Golden traces are read and never written again: zlib may pack differently in another Node, and what was once
 * written must stay readable. A new format version gets a new pair of files: change `writeGolden` and run
 *
 *     TRAPLINE_GOLDEN=make npx vitest run test/trace/golden.test.ts
 *
 * which makes the pair of the version that the writer has, and only where there is none.
 */
const golden = (name: string): string => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));

if (process.env["TRAPLINE_GOLDEN"] === "make" && !existsSync(golden(`v${formatVersion}.trl`))) {
  writeGolden(golden(`v${formatVersion}.trl`));
  writeFileSync(golden(`v${formatVersion}.json`), toldAsText(tell(golden(`v${formatVersion}.trl`))));
}

const versions = Array.from({ length: formatVersion }, (_, at) => at + 1);

describe.each(versions)("the golden trace of version %d", (version) => {
  const path = golden(`v${version}.trl`);

  it("says what it said when it was written", () => {
    // Version 1 was told without its windows: it does not hold them.
    const said: Partial<Told> = JSON.parse(readFileSync(golden(`v${version}.json`), "utf8"));
    expect(tell(path)).toMatchObject(said);
    expect(Object.keys(said)).toEqual(version === 1 ? ["header", "events"] : ["header", "events", "windows"]);
  });

  it("has blocks with columns of every encoding", () => {
    const trace = openTrace(path);
    const heads = [...trace.blocks].map((_, block) => trace.columns(block).head);
    trace.close();
    expect(heads.length).toBeGreaterThan(2);
    expect(new Set(heads.flatMap(({ columns }) => columns.map(({ encoding }) => encoding)))).toEqual(
      new Set([0, 1]),
    );
  });
});

describe("the golden trace of version 1", () => {
  it("has events of every kind", () => {
    const seen = new Set(tell(golden("v1.trl")).events.map(({ kind }) => kind));
    expect([...seen].toSorted()).toEqual(Object.keys(Kind).toSorted());
  });

  it("tells the windows that later versions hold, which are made of its events", () => {
    expect(tell(golden("v1.trl"))).toEqual(tell(golden("v2.trl")));
  });
});

describe("the golden trace of version 2", () => {
  it("has windows with and without a number, in blocks between those of events", () => {
    const trace = openTrace(golden("v2.trl"));
    const { blocks } = trace.windows();
    trace.close();
    expect(
      new Set([...blocks].map(({ segmentation, literals }) => `${segmentation} ${literals > 0}`)),
    ).toEqual(new Set(["0 true", "1 false", "1 true"]));
    const ends = [...trace.blocks].map(({ offset, bytes }) => offset + bytes);
    expect([...trace.blocks].slice(1).some(({ offset }, at) => offset > ends[at])).toBe(true);
  });

  it("holds the windows of its events", () => {
    const trace = openTrace(golden("v2.trl"));
    expect(() => checkWindows(trace)).not.toThrow();
    trace.close();
  });
});
