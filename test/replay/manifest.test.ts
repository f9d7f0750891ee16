import { mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readManifest } from "#src/replay/manifest.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "trapline-manifest-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "manifest");

function read(text: string): string[] {
  writeFileSync(path, text);
  return readManifest(path).map((file) => relative(folder, file));
}

describe("a manifest", () => {
  it("is a list in JSON or YAML", () => {
    const expected = ["a.trl", join("sub", "b.trl")];
    expect(read('["a.trl", "sub/b.trl"]')).toEqual(expected);
    expect(read('{"traces": [{"path": "a.trl"}, "sub/b.trl"]}')).toEqual(expected);
    expect(read("# the lab\n- a.trl\n- sub/b.trl\n")).toEqual(expected);
    expect(read("traces:\n  - path: a.trl\n  - sub/b.trl\n")).toEqual(expected);
    expect(read("[a.trl, sub/b.trl]")).toEqual(expected);
  });

  it("may be long", () => {
    const list = Array.from({ length: 100_000 }, (_, n) => `${n}.trl`);
    expect(read(JSON.stringify(list))).toEqual(list);
  });

  it("names nothing outside its folder", () => {
    for (const name of ["../a.trl", "sub/../../a.trl", "..", join(folder, "a.trl"), "/etc/passwd"]) {
      expect(() => read(JSON.stringify(["b.trl", name]))).toThrow(`names ${name}, which is outside`);
    }
    expect(read('["sub/../a.trl", "..a.trl"]')).toEqual(["a.trl", "..a.trl"]);
  });

  it("does not mean standard input, nor a pattern, by a name", () => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      writeFileSync("own", '["-"]');
      expect(readManifest("own")).toEqual([`.${sep}-`]);
    } finally {
      process.chdir(before);
    }
  });

  it("refuses what is no list of names", () => {
    for (const text of [
      "{}",
      "3",
      '[""]',
      "[1]",
      '{"traces": "a.trl"}',
      '{"traces": [], "more": 1}',
      "",
      "- ",
    ]) {
      expect(() => read(text)).toThrow("is no manifest");
    }
    expect(() => read("a: [")).toThrow(/^is neither JSON nor YAML: [^\n]+$/);
  });

  it("refuses aliases, which a short text could make long with", () => {
    expect(() => read("- &a a.trl\n- *a\n")).toThrow("is neither JSON nor YAML");
  });

  it("refuses what nests deeper than a list", () => {
    expect(() => read("[".repeat(100_000))).toThrow("nested too deeply");
    expect(() => read("- ".repeat(100_000))).toThrow("nested too deeply");
    expect(() => read("[".repeat(100_000) + "]".repeat(100_000))).toThrow("is no manifest");
  });

  it("refuses what is too large, before it is read", () => {
    expect(() => read(`- a.trl\n`.repeat(200_000))).toThrow("as YAML larger than 1048576 bytes");
    writeFileSync(path, "");
    truncateSync(path, (64 << 20) + 1);
    expect(() => readManifest(path)).toThrow("is larger than 67108864 bytes");
  });

  it("names a file that is not there", () => {
    expect(() => readManifest(join(folder, "none"))).toThrow("there is no such file");
    expect(() => readManifest(folder)).toThrow("this is a directory");
  });
});
