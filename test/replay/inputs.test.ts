import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expandInputs, once } from "#src/replay/inputs.js";
import { isTrace, traceName } from "#src/replay/trace-file.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "trapline-inputs-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text = ""): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const lab = join(folder, "lab");
for (const name of [
  "b.trl",
  "a.tarmac",
  "b.tarmac.zst",
  "c.tarmac.gz",
  "notes.txt",
  ".hidden.trl",
  "x.zst",
]) {
  write(join("lab", name));
}
write("lab/deeper/d.trl");
const names = (paths: readonly string[]): string[] => paths.map((path) => relative(folder, path));

describe("expandInputs", () => {
  it("takes a file as it is, whatever its name, and standard input", () => {
    const notes = join(lab, "notes.txt");
    expect(expandInputs([notes, "-"])).toEqual([notes, "-"]);
  });

  it("takes what is right in a folder, sorted; a trace stands for its recording", () => {
    expect(names(expandInputs([lab]))).toEqual(["lab/a.tarmac", "lab/b.trl", "lab/c.tarmac.gz"]);
  });

  it("takes a folder's recordings alone where those are wanted, traces or not", () => {
    expect(names(expandInputs([lab], { want: "recordings" }))).toEqual([
      "lab/a.tarmac",
      "lab/b.tarmac.zst",
      "lab/c.tarmac.gz",
    ]);
    const deeper = join(lab, "deeper");
    expect(() => expandInputs([deeper], { want: "recordings" })).toThrow("holds no recording");
    expect(names(expandInputs([deeper]))).toEqual(["lab/deeper/d.trl"]);
  });

  it("takes trace.dat for a recording where recordings alone are wanted", () => {
    for (const name of ["host.trace.dat", "b.trl"]) write(`raw/${name}`);
    const raw = join(folder, "raw");
    expect(names(expandInputs([raw], { want: "recordings" }))).toEqual(["raw/host.trace.dat"]);
    expect(names(expandInputs([raw]))).toEqual(["raw/b.trl"]);
  });

  it("tells what of a folder may be a recording and is passed over", () => {
    const beside = ["result.json", "page.html", "rows.csv", "mine.yaml", "README.md", "r.json.journal"];
    const others = ["a.log", "b.trace.txt.zst", "c.dat", "noise"];
    for (const name of [...beside, ...others, "one.tarmac", "two.tarmac", "two.trl", "a.trl"]) {
      write(`mixed/${name}`);
    }
    const told = (want: "traces" | "recordings" | "only-traces"): unknown[] => {
      const calls: unknown[] = [];
      expandInputs([join(folder, "mixed")], {
        want,
        onPassedOver: (where, passed) => calls.push(relative(folder, where), ...passed),
      });
      return calls;
    };
    expect(told("recordings")).toEqual(["mixed", "a.log", "b.trace.txt.zst", "noise"]);
    // A trace stands for the recording that it was made from.
    expect(told("traces")).toEqual(["mixed", "b.trace.txt.zst", "c.dat", "noise"]);
    expect(told("only-traces")).toEqual([]);
  });

  it("takes the matches of a pattern, sorted, and no folder", () => {
    const pattern = (text: string): string => [folder, text].join("/").replaceAll(sep, "/");
    expect(names(expandInputs([pattern("lab/*.t*")]))).toEqual([
      "lab/a.tarmac",
      "lab/b.tarmac.zst",
      "lab/b.trl",
      "lab/c.tarmac.gz",
      "lab/notes.txt",
    ]);
    expect(names(expandInputs([pattern("lab/**/*.trl")]))).toEqual(["lab/b.trl", "lab/deeper/d.trl"]);
    expect(() => expandInputs([pattern("lab/*.none")])).toThrow("matches no file");
    expect(() => expandInputs([pattern("lab/*.trl")], { patterns: false })).toThrow("no such file");
  });

  it("takes a file whose name looks like a pattern", () => {
    const odd = write("odd/[1].trl");
    write("odd/1.trl");
    expect(expandInputs([odd])).toEqual([odd]);
  });

  it("takes each file once, however it is spelled, under its first name", () => {
    const trace = join(lab, "b.trl");
    const other = `${lab}${sep}.${sep}b.trl`;
    expect(expandInputs([other, trace, lab])).toEqual([
      other,
      join(lab, "a.tarmac"),
      join(lab, "c.tarmac.gz"),
    ]);
    expect(once(["-", "x", `.${sep}x`, "-"])).toEqual(["-", "x"]);
  });

  it("names what is not there", () => {
    const missing = join(lab, "none.trl");
    expect(() => expandInputs([missing])).toThrow(
      expect.objectContaining({ code: "input", place: { file: missing } }),
    );
    mkdirSync(join(folder, "bare"));
    expect(() => expandInputs([join(folder, "bare")])).toThrow("holds no trace and no recording");
    const circle = join(folder, "circle");
    symlinkSync(circle, circle);
    expect(() => expandInputs([circle])).toThrow(/circle/);
  });
});

describe("traceName", () => {
  it("puts a trace beside its recording", () => {
    const cases = {
      "boot.tarmac": "boot.trl",
      "lab/boot.tarmac.gz": "lab/boot.trl",
      "boot.tarmac.zst": "boot.trl",
      "boot.log.gz": "boot.trl",
      "boot.txt": "boot.trl",
      "trace.dat": "trace.trl",
      "boot.v2": "boot.v2.trl",
      boot: "boot.trl",
    };
    for (const [recording, trace] of Object.entries(cases)) expect(traceName(recording)).toBe(trace);
  });
});

describe("isTrace", () => {
  it("looks at what is in a file, not at its name", () => {
    expect(isTrace("-")).toBe(false);
    expect(isTrace(lab)).toBe(false);
    expect(isTrace(join(lab, "b.trl"))).toBe(false);
    const magic = Buffer.from([0x89, 0x54, 0x52, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);
    const path = write("renamed.txt");
    writeFileSync(path, magic);
    expect(isTrace(path)).toBe(true);
    expect(() => isTrace(join(folder, "none"))).toThrow("there is no such file");
  });
});
