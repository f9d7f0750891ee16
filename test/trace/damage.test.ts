import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrace } from "#src/trace/reader.js";
import { steadyRuns, steadySamples } from "./samples.js";
import { readAll, temporaryFolder, troubleOf, writeTrace } from "./support.js";

const folder = temporaryFolder();
const path = join(folder, "trace.trl");

describe("a damaged trace", () => {
  it("is found whichever bit is wrong, in events, windows, dictionaries, header or index, and says where", () => {
    // Long enough that some columns are compressed and some are not, and windows of all kinds.
    const options = { blockEvents: 30, numberedWindows: 1, windowWords: 1 };
    const header = writeTrace(path, steadyRuns(72), options);
    const trace = openTrace(path);
    const { blocks } = trace.windows();
    const found = [...blocks].map(({ segmentation, literals }) => `${segmentation} ${literals > 0}`);
    expect(new Set(found)).toEqual(new Set(["0 false", "0 true", "1 false", "1 true"]));
    const encodings = new Set([...trace.blocks].flatMap((_, block) => encodingsOf(block)));
    expect([trace.blocks.length, header.events, encodings.size]).toEqual([3, 72, 2]);
    trace.close();

    const bytes = readFileSync(path);
    const file = openSync(path, "r+");
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        writeSync(file, Uint8Array.of(bytes[at] ^ (1 << bit)), 0, 1, at);
        const { code, place } = troubleOf(() => readAll(path));
        const block = [...trace.blocks].findIndex((row) => at >= row.offset && at < row.offset + row.bytes);
        const { file: named, offset = at + 1 } = place;
        expect({ at, bit, code, file: named, block: place.block, before: offset <= at }).toEqual({
          at,
          bit,
          code: at < 8 ? "input" : "corrupt",
          file: path,
          block: block < 0 ? undefined : block,
          before: true,
        });
      }
      writeSync(file, bytes, at, 1, at);
    }
    closeSync(file);
    readAll(path);
  });

  it("is found wherever it was cut off, and when something was added", () => {
    writeTrace(path, steadySamples(60), { blockEvents: 30 });
    const bytes = readFileSync(path);
    const other = join(folder, "cut.trl");
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(other, bytes.subarray(0, length));
      const { code, place } = troubleOf(() => openTrace(other));
      expect([length, code, place.file]).toEqual([length, length < 8 ? "input" : "corrupt", other]);
    }
    writeFileSync(other, Buffer.concat([bytes, Uint8Array.of(0)]));
    expect(troubleOf(() => openTrace(other)).code).toBe("corrupt");
  });

  it("is found when it is cut off while it is open", () => {
    writeTrace(path, steadySamples(60), { blockEvents: 30 });
    const trace = openTrace(path);
    writeFileSync(path, readFileSync(path).subarray(0, trace.blocks.row(1).offset + 100));
    trace.words(0);
    const { code, place } = troubleOf(() => trace.words(1));
    expect([code, place.block]).toEqual(["corrupt", 1]);
    trace.close();
  });
});

/** What is said of an input that cannot be opened. */
function refusalOf(target: string): string {
  const { code, place, message } = troubleOf(() => openTrace(target));
  expect([code, place.file]).toEqual(["input", target]);
  return message;
}

describe("what is no trace", () => {
  it("is an empty file, a text, a folder, nothing", () => {
    const [empty, text] = [join(folder, "empty"), join(folder, "text")];
    writeFileSync(empty, "");
    writeFileSync(text, "0 clk IT (0) 80000000\n".repeat(100));
    mkdirSync(join(folder, "folder"));
    expect(refusalOf(empty)).toMatch(/^is not a trapline trace$/);
    expect(refusalOf(text)).toMatch(/^is not a trapline trace$/);
    expect(refusalOf(join(folder, "folder"))).toMatch(/^is not a file$/);
    expect(refusalOf(join(folder, "nothing"))).toMatch(/^cannot be opened: ENOENT/);
  });

  it.skipIf(process.platform === "win32")("is a pipe, which is not waited for", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(refusalOf(pipe)).toMatch(/^is not a file$/);
  });
});

function encodingsOf(block: number): number[] {
  const trace = openTrace(path);
  const { head } = trace.columns(block);
  trace.close();
  return head.columns.map(({ encoding }) => encoding);
}
