/** Whoever stops the program gets the status of a stopped program, and finds nothing half written. */

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { finished, firstLines, smallCut, startTrapline, temporaryFolder, type Finished } from "./program.js";

const folder = temporaryFolder();
let text = "";
let folders = 0;

beforeAll(async () => {
  text = await firstLines("kvm-vhe.tarmac.zst", smallCut);
});

interface Place {
  readonly work: string;
  readonly temporary: string;
}

/** Two empty folders: one to work in, one for what is temporary. */
function newPlace(): Place {
  const place = join(folder, String(folders++));
  const [work, temporary] = [join(place, "work"), join(place, "tmp")];
  for (const each of [place, work, temporary]) mkdirSync(each);
  return { work, temporary };
}

const filesOf = ({ work, temporary }: Place): string[] => [...readdirSync(work), ...readdirSync(temporary)];

/** Signals a program that waits for more input, as soon as it has something to leave behind. */
async function stopped(
  args: readonly string[],
  place: Place,
  signals: readonly NodeJS.Signals[],
  begun = 1,
): Promise<Finished> {
  const child = startTrapline(args, { cwd: place.work, env: { TMPDIR: place.temporary } });
  const end = finished(child);
  child.stdin.write(text);
  const before = filesOf(place).length;
  while (filesOf(place).length < before + begun && child.exitCode === null) await wait(10);
  for (const signal of signals) child.kill(signal);
  const result = await end;
  child.stdin.destroy();
  return result;
}

describe.skipIf(process.platform === "win32")("a signal", () => {
  const cases = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const;
  for (const [signal, status] of cases) {
    it(`${signal} during an import from a pipe that never ends: status ${status}, nothing is left`, async () => {
      const place = newPlace();
      const found = await stopped(["import", "-", "-o", "x.trl"], place, [signal]);
      expect(found).toEqual({ status, stdout: "", stderr: "trapline: interrupted\n" });
      expect(filesOf(place)).toEqual([]);
    });
  }

  for (const args of [
    ["replay", "-"],
    ["inspect", "-", "-o", "result"],
    ["validate", "-", "--json"],
  ]) {
    it(`during ${args.join(" ")} leaves nothing`, async () => {
      const place = newPlace();
      const found = await stopped(args, place, ["SIGTERM"]);
      expect(found).toEqual({ status: 143, stdout: "", stderr: "trapline: interrupted\n" });
      expect(filesOf(place)).toEqual([]);
    });
  }

  it("leaves an older output as it was", async () => {
    const place = newPlace();
    writeFileSync(join(place.work, "x.trl"), "older");
    expect(await stopped(["import", "-", "-o", "x.trl"], place, ["SIGINT"])).toMatchObject({ status: 130 });
    expect(filesOf(place)).toEqual(["x.trl"]);
  });

  it("stops threads that import several recordings", async () => {
    const place = newPlace();
    const pipes = ["a.tarmac", "b.tarmac"].map((name) => join(place.work, name));
    execFileSync("mkfifo", pipes);
    // Open for both, so that neither end waits for the other.
    const writers = pipes.map((pipe) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    for (const writer of writers) writeSync(writer, text.slice(0, 60_000));
    const found = await stopped(["import", ...pipes], place, ["SIGINT"], 2);
    expect(found).toEqual({ status: 130, stdout: "", stderr: "trapline: interrupted\n" });
    expect(filesOf(place).toSorted()).toEqual(["a.tarmac", "b.tarmac"]);
    for (const writer of writers) closeSync(writer);
  });

  it("that comes twice ends it at once, and leaves nothing either", async () => {
    const place = newPlace();
    const { status } = await stopped(["import", "-", "-o", "x.trl"], place, ["SIGINT", "SIGTERM"]);
    expect([130, 143]).toContain(status);
    expect(filesOf(place)).toEqual([]);
  });
});
