/** Where results go: whole or not at all, and never over what is read. */

import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  refusal,
  finished,
  firstLines,
  outputOf,
  readText,
  smallCut,
  startTrapline,
  temporaryFolder,
  trapline,
} from "./program.js";

const folder = temporaryFolder();
const inputs = join(folder, "in");
const outputs = join(folder, "out");
const tarmac = join(inputs, "small.tarmac");
const trace = join(inputs, "small.trl");

beforeAll(async () => {
  mkdirSync(inputs);
  mkdirSync(outputs);
  writeFileSync(tarmac, await firstLines("kvm-vhe.tarmac.zst", smallCut));
  outputOf(["import", tarmac]);
});

describe("-o FILE", () => {
  const commands = [
    ["replay", trace, "--json"],
    ["replay", trace, "--shard", "1/2"],
    ["inspect", trace],
    ["validate", trace, "--json"],
    ["plan", trace],
  ];
  for (const args of commands) {
    it(`of ${args.join(" ").replace(trace, "TRACE")} is what would be printed, and no other file`, () => {
      const file = join(outputs, "result");
      writeFileSync(file, "what was there before");
      expect(outputOf([...args, "-o", file])).toBe("");
      expect(outputOf([...args, "-o", "-"])).toBe(readText(file));
      expect(readdirSync(outputs)).toEqual(["result"]);
    });
  }

  it("of import is the trace, beside the recording if nothing is said, and readable as any file", () => {
    const other = join(outputs, "other.trl");
    expect(outputOf(["import", tarmac, "-o", other])).toContain(`${tarmac} -> ${other}`);
    expect(readFileSync(other).equals(readFileSync(trace))).toBe(true);
    writeFileSync(join(outputs, "plain"), "");
    expect(statSync(other).mode).toBe(statSync(join(outputs, "plain")).mode);
    expect(readdirSync(outputs).toSorted()).toEqual(["other.trl", "plain", "result"]);
    expect(readdirSync(inputs).toSorted()).toEqual(["small.tarmac", "small.trl"]);
  });

  it("of import may be a folder, for the traces of several recordings", () => {
    const into = join(folder, "traces");
    mkdirSync(into);
    const [one, two] = ["one.tarmac", "two.tarmac"].map((name) => join(folder, name));
    for (const name of [one, two]) writeFileSync(name, readFileSync(tarmac));
    expect(outputOf(["import", one, two, "-o", into])).toContain(`${two} -> ${join(into, "two.trl")}`);
    expect(readdirSync(into).toSorted()).toEqual(["one.trl", "two.trl"]);
    expect(readFileSync(join(into, "one.trl")).length).toBeGreaterThan(0);
    outputOf(["import", tarmac, "-o", `${into}/`]);
    expect(readFileSync(join(into, "small.trl")).equals(readFileSync(trace))).toBe(true);

    expect(trapline(["import", one, two, "-o", join(into, "one.trl")])).toEqual(
      refusal(2, /-o takes a folder for several recordings/),
    );
    expect(trapline(["import", "-", "-o", into], { input: "" })).toEqual(refusal(2, /needs -o FILE/));
    mkdirSync(join(folder, "more"));
    writeFileSync(join(folder, "more", "one.log"), readFileSync(tarmac));
    expect(trapline(["import", one, join(folder, "more", "one.log"), "-o", into])).toEqual(
      refusal(2, /two recordings would become .*one\.trl/),
    );
  });

  it("of import from a folder says which files of it were passed over", () => {
    const [mixed, into] = ["mixed", "of-mixed"].map((name) => join(folder, name));
    for (const each of [mixed, into]) mkdirSync(each);
    for (const name of ["one.tarmac", "1.log", "2.log", "3.log", "4.log", "5.log", "6.log", "notes.md"]) {
      writeFileSync(join(mixed, name), name === "one.tarmac" ? readFileSync(tarmac) : "");
    }
    const many = trapline(["import", mixed, "-o", into]);
    expect(many).toMatchObject({
      status: 0,
      stderr: `trapline: ${mixed}: 6 files passed over: 1.log, 2.log, 3.log, 4.log, 5.log, ...; name them to import them\n`,
    });
    expect(readdirSync(into)).toEqual(["one.trl"]);
    writeFileSync(join(into, "rest.txt"), "");
    const one = trapline(["inspect", into]);
    expect(one.stderr).toBe(`trapline: ${into}: 1 file passed over: rest.txt; name it to read it\n`);
  });

  it("follows a link", () => {
    const link = join(outputs, "link");
    symlinkSync("plain", link);
    outputOf(["policies", "-o", link]);
    expect(readlinkSync(link)).toBe("plain");
    expect(readText(join(outputs, "plain"))).toBe(outputOf(["policies"]));
  });

  it("never takes the place of what is read", () => {
    const before = readFileSync(trace);
    const hard = join(inputs, "hard.trl");
    linkSync(trace, hard);
    const text = readFileSync(tarmac);
    const refused = /would take the place of what is read/;
    expect(trapline(["import", tarmac, "-o", tarmac])).toEqual(refusal(1, refused));
    for (const args of [["replay"], ["inspect"], ["plan"], ["validate"]]) {
      expect(trapline([...args, trace, "-o", hard])).toEqual(refusal(1, refused));
    }
    expect(trapline(["replay", trace, "-o", "small.trl"], { cwd: inputs })).toEqual(refusal(1, refused));
    expect(readFileSync(trace).equals(before)).toBe(true);
    expect(readFileSync(tarmac).equals(text)).toBe(true);
  });

  it("that cannot be is refused at once", () => {
    const cases = [
      [join(folder, "none", "x"), /its folder does not exist/],
      [outputs, /out: this is a directory/],
    ] as const;
    for (const [output, message] of cases) {
      expect(trapline(["inspect", trace, "-o", output])).toEqual(refusal(1, message));
      // Before the recording is imported.
      expect(trapline(["replay", tarmac, "-o", output])).toEqual(refusal(1, message));
    }
    expect(trapline(["import", tarmac, "-o", join(folder, "none", "x")])).toEqual(
      refusal(1, /its folder does not exist/),
    );
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it.skipIf(process.platform !== "linux")("leaves a device where it is", () => {
    const before = statSync("/dev/null").rdev;
    expect(outputOf(["replay", trace, "-o", "/dev/null"])).toBe("");
    expect(statSync("/dev/null").rdev).toBe(before);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    expect(trapline(["import", tarmac, "-o", "/dev/null"])).toEqual(refusal(1, /cannot be piped/));
    expect(trapline(["policies", "-o", "/dev/full"])).toEqual(
      refusal(1, /\/dev\/full: cannot be written: no space/),
    );
  });
});

describe("standard output", () => {
  // More than a pipe holds.
  for (const args of [["registers", "--json"], ["--help"]]) {
    it(`of ${args.join(" ").replace(trace, "TRACE")} may be closed early`, async () => {
      const child = startTrapline(args);
      const end = finished(child);
      child.stdout.destroy();
      expect(await end).toMatchObject({ status: 0, stderr: "" });
    });

    it(`of ${args.join(" ").replace(trace, "TRACE")} may be closed after some bytes`, async () => {
      const child = startTrapline(args);
      const end = finished(child);
      child.stdout.once("data", () => child.stdout.destroy());
      expect(await end).toMatchObject({ status: 0, stderr: "" });
    });
  }

  it("may be a pipe that is read slowly", async () => {
    const child = startTrapline(["registers", "--json"]);
    child.stdout.pause();
    setTimeout(() => child.stdout.resume(), 200);
    expect((await finished(child)).stdout).toBe(outputOf(["registers", "--json"]));
  });

  it("has nothing but data, and standard error nothing at all where it is no terminal", () => {
    // outputOf() insists on a silent standard error.
    expect(JSON.parse(outputOf(["replay", tarmac, "--json"]))).toMatchObject({ complete: true });
    expect(outputOf(["replay", tarmac, "--json", "--progress"])).toBe(outputOf(["replay", tarmac, "--json"]));
  });
});
