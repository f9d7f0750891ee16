import { execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReplayResult } from "#src/replay/result.js";
import { refusal, firstLines, jsonOf, outputOf, smallCut, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const file = join(folder, "small.tarmac");
const trace = join(folder, "small.trl");
let text = "";

beforeAll(async () => {
  text = await firstLines("kvm-vhe.tarmac.zst", smallCut);
  writeFileSync(file, text);
  outputOf(["import", file]);
});

describe("a recording from standard input", () => {
  it("is imported", () => {
    const piped = join(folder, "piped.trl");
    for (const input of [text, gzipSync(text)]) {
      expect(outputOf(["import", "-", "-o", piped], { input })).toContain(`- -> ${piped}`);
      const [expected, found] = [trace, piped].map((path) => jsonOf(["replay", path, "--json"]));
      expect({ ...Object(found), traces: [] }).toEqual({ ...Object(expected), traces: [] });
    }
  });

  for (const command of ["replay", "inspect", "validate"]) {
    it(`is the same to ${command} as a file, but for its name`, () => {
      const lines = (found: string): string[] =>
        found.split("\n").filter((line) => !/^(?:from|file) /.test(line));
      const piped = outputOf([command, "-"], { input: text });
      expect(lines(piped)).toEqual(lines(outputOf([command, file]).replaceAll(file, "-")));
      expect(piped).toMatch(/^-/);
    });
  }

  it("is read beside files, in any place", () => {
    const saves = (...args: string[]): number => {
      const found: ReplayResult = JSON.parse(
        outputOf(["replay", "--json", "-p", "eager", ...args], { input: text }),
      );
      return found.policies[0].totals.saves;
    };
    expect(saves(trace, "-")).toBe(2 * saves(trace));
  });

  it("that is empty, or is none, is refused", () => {
    expect(trapline(["replay", "-"], { input: "" })).toEqual(refusal(1, /-: is empty/));
    expect(trapline(["replay", "-"], { input: "some prose\n" })).toEqual(refusal(1, /-: is no recording/));
    expect(trapline(["import", "-", "-o", join(folder, "no.trl")], { input: "" })).toEqual(
      refusal(1, /-: is empty/),
    );
    expect(trapline(["import", "-"], { input: text })).toEqual(refusal(2, /needs -o FILE/));
    expect(trapline(["plan", "-"], { input: text })).toEqual(refusal(1, /-: is no trace/));
  });

  it("that is cut off in the middle of its compressed data is refused", () => {
    const input = gzipSync(text).subarray(0, -50);
    expect(trapline(["replay", "-"], { input })).toEqual(refusal(1, /gzip data is damaged or cut off/));
  });

  it("a trace cannot be piped, and says so", () => {
    expect(trapline(["replay", "-"], { input: readFileSync(trace) })).toEqual(
      refusal(1, /-: is a trace, and only recordings are read .*Name the trace/),
    );
  });
});

describe.skipIf(process.platform !== "linux")("a pipe with a name", () => {
  it("is read once, and whole", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", `cat "${file}" >"${pipe}"`], { stdio: "ignore" });
    const found = jsonOf(["replay", pipe, "--json", "-p", "eager"]);
    expect(found).toMatchObject({ traces: [{ path: pipe, runs: 118 }] });
    writer.kill();
  });
});

describe("names that look like options", () => {
  it("are files behind --", () => {
    writeFileSync(join(folder, "-odd.trl"), readFileSync(trace));
    const found = outputOf(["replay", "--", "-odd.trl"], { cwd: folder });
    expect(found).toMatch(/^\.\/-odd\.trl: /);
  });
});
