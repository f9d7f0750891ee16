import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { importText } from "#src/report/import.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { steadyRuns } from "../trace/samples.js";
import { writeTrace, type Sample } from "../trace/support.js";
import {
  firstLines,
  jsonOf,
  outputOf,
  recording,
  refusal,
  smallCut,
  temporaryFolder,
  trapline,
} from "./program.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** A trace with one byte changed. */
function damage(name: string, place: (bytes: Buffer) => number): void {
  const bytes = readFileSync(at("whole.trl"));
  bytes[place(bytes)] ^= 1;
  writeFileSync(at(name), bytes);
}

beforeAll(async () => {
  writeFileSync(at("small.tarmac"), await firstLines("kvm-vhe.tarmac.zst", smallCut));
  outputOf(["import", at("small.tarmac"), "-o", at("whole.trl")]);
  const trace = openTrace(at("whole.trl"));
  trace.close();
  damage("events.trl", () => trace.blocks.row(0).offset + 500);
  damage("windows.trl", (bytes) => bytes.indexOf("TWIN") + 60);
  damage("header.trl", (bytes) => bytes.indexOf("tool"));
});

const found = v.object({
  schema: v.literal("trapline.check/1"),
  whole: v.boolean(),
  traces: v.array(
    v.object({ path: v.string(), whole: v.boolean(), findings: v.array(v.object({ kind: v.string() })) }),
  ),
});
const replayed = v.object({
  complete: v.boolean(),
  notes: v.array(v.string()),
  traces: v.array(v.object({ damaged: v.optional(v.array(v.looseObject({ lost: v.number() }))) })),
  policies: v.array(v.unknown()),
});

describe("trapline check", () => {
  it("says that a trace is whole", () => {
    expect(outputOf(["check", at("whole.trl")])).toMatch(
      /^\S+whole\.trl: whole, \d+ bytes, \d+ events in 1 blocks, 2 blocks of windows\n$/,
    );
    expect(v.parse(found, jsonOf(["check", at("whole.trl"), "--json"])).whole).toBe(true);
  });

  it("goes through a folder, and ends with status 1 when something is wrong with one", () => {
    const { status, stdout, stderr } = trapline(["check", folder, "-j", "2"]);
    expect([status, stderr]).toEqual([1, ""]);
    expect(stdout.split("\n")[0]).toMatch(/events\.trl: \d+ wrong/);
    expect(stdout).toMatch(/damage: the checksum of .* \(block 0, byte \d+\)/);
    expect(stdout).toMatch(/header\.trl: 1 wrong, \d+ bytes\n {2}damage: the checksum of the header/);
    expect(stdout).toMatch(/\n4 traces, 3 of them not whole\n$/);
    const json = trapline(["check", folder, "--json"]);
    const { traces } = v.parse(found, JSON.parse(json.stdout));
    expect([json.status, traces.map(({ whole }) => whole)]).toEqual([1, [false, false, true, false]]);
  });

  it("is no way to read what is no trace", () => {
    const { status, stdout } = trapline(["check", at("small.tarmac")]);
    expect([status, stdout]).toEqual([1, expect.stringContaining("is not a trapline trace")]);
    expect(trapline(["check", at("nothing.trl")])).toEqual(refusal(1, /there is no such file/));
  });
});

describe("--on-corrupt", () => {
  /** It goes through events: windows do not tell how often a register was written. */
  const oracle = ["-p", "eager,oracle:tvm"];

  it("fails where nothing else is said", () => {
    expect(trapline(["replay", at("windows.trl")])).toEqual(refusal(1, /windows\.trl: .*byte \d+/));
    expect(trapline(["replay", at("events.trl"), ...oracle])).toEqual(refusal(1, /events\.trl: .*block 0/));
    expect(trapline(["replay", at("header.trl"), "--on-corrupt", "skip"])).toEqual(
      refusal(1, /header\.trl: .*without the header nothing of the trace can be understood/),
    );
  });

  it("gives the same counts where windows are made again, and says so", () => {
    const whole = v.parse(replayed, jsonOf(["replay", at("whole.trl"), "--json"]));
    const { status, stdout, stderr } = trapline([
      "replay",
      at("windows.trl"),
      "--json",
      "--on-corrupt",
      "skip",
    ]);
    const result = v.parse(replayed, JSON.parse(stdout));
    expect([status, result.complete, result.policies]).toEqual([0, true, whole.policies]);
    expect(result.traces[0].damaged).toMatchObject([{ part: "windows", lost: 0 }]);
    expect(stderr).toMatch(
      /^trapline: \S+windows\.trl: windows \(byte \d+\): .*made again, nothing is lost\n$/,
    );
  });

  it.each([["sweep", "-p", "dirty-pie"], ["advise"]])("is told in what %s prints", (...command) => {
    const { status, stdout } = trapline([...command, at("windows.trl"), "--json", "--on-corrupt", "skip"]);
    const { damaged } = v.parse(v.object({ damaged: v.array(v.string()) }), JSON.parse(stdout));
    expect(status).toBe(0);
    expect(damaged).toEqual([expect.stringMatching(/made again: no event is missing/)]);
  });

  it("does not touch what is not needed", () => {
    const whole = outputOf(["replay", at("whole.trl")]);
    const { stdout, stderr } = trapline(["replay", at("events.trl"), "--on-corrupt", "skip"]);
    expect(stdout.replaceAll("events.trl", "whole.trl")).toBe(whole);
    expect(stderr).toMatch(/events \(block 0, bytes \d+ to \d+\): damaged .* not needed for this\n$/);
  });

  it.each(["skip", "stop"])("says what is missing (%s)", (how) => {
    const args = ["replay", at("events.trl"), ...oracle, "--on-corrupt", how];
    const { status, stdout, stderr } = trapline([...args, "--json"]);
    const { complete, notes, traces } = v.parse(replayed, JSON.parse(stdout));
    expect([status, complete]).toEqual([0, false]);
    expect(notes[0]).toMatch(/^Incomplete: \d+ events of small\.tarmac are missing/);
    expect(traces[0].damaged?.map(({ lost }) => lost > 0)).toEqual([true]);
    expect(stderr).toMatch(/events are left out\n.*incomplete/);
    expect(trapline(args).stdout).toContain("Note: Incomplete:");
  });

  it("leaves its mark in every form of what lacks events", () => {
    // Of two blocks, so that something is left.
    outputOf(["import", recording("kvm-vhe.tarmac.zst"), "-o", at("two.trl")]);
    const trace = openTrace(at("two.trl"));
    trace.close();
    const bytes = readFileSync(at("two.trl"));
    bytes[trace.blocks.row(1).offset + 500] ^= 1;
    writeFileSync(at("gap.trl"), bytes);
    for (const [command, ...more] of [
      ["verdict", "--resamples", "50"],
      ["replay", "--interval", "50%"],
      ["sweep", "--set", "fastTrap=100..200/2"],
    ]) {
      const of = (name: string): string[] => [command, at(name), "-p", "dirty-pie", ...more];
      const args = [...of("gap.trl"), "--on-corrupt", "skip"];
      const result: unknown = JSON.parse(trapline([...args, "--json"]).stdout);
      expect([command, v.parse(v.object({ complete: v.boolean() }), result).complete]).toEqual([
        command,
        false,
      ]);
      const [head, ...rows] = trapline([...args, "--format", "csv"])
        .stdout.trimEnd()
        .split("\n");
      expect(head).toMatch(/,complete$/);
      expect(rows.length).toBeGreaterThan(0);
      expect(rows.every((row) => row.endsWith(",false"))).toBe(true);
      expect(outputOf([...of("two.trl"), "--format", "csv"])).not.toContain("complete");
    }
  });

  it("is understood by everything that reads traces", () => {
    for (const [command, ...more] of [
      ["inspect"],
      ["export"],
      ["verdict", "--samples", "10", "--resamples", "0"],
    ]) {
      const { status, stdout, stderr } = trapline([
        command,
        at("windows.trl"),
        ...more,
        "--on-corrupt",
        "skip",
      ]);
      expect([command, status, stdout.length > 100]).toEqual([command, 0, true]);
      expect([command, stderr]).toEqual([command, expect.stringMatching(/made again/)]);
    }
    expect(trapline(["inspect", at("windows.trl"), "--on-corrupt", "skip"]).stdout).toMatch(
      /damaged +windows: [^]*nothing\s+lost/,
    );
  });

  it("is not for slices and plans, which work on traces as they are", () => {
    expect(trapline(["replay", at("events.trl"), "--shard", "1/2", "--on-corrupt", "skip"])).toEqual(
      refusal(2, /--on-corrupt/),
    );
  });
});

describe("what a recording breaks", () => {
  const late: Sample = {
    kind: Kind.restoreGuest,
    encoding: 0xc080,
    pcpu: 0,
    vcpu: 0,
    time: 3,
    value: [1, 0],
  };
  const twice: Sample = { kind: Kind.put, encoding: 0, pcpu: 1, vcpu: 1, time: 9999, value: undefined };
  const lines = [
    /late +1 x an access of the hypervisor [^]*, kept;\s+first\s+at\s+event\s+24,\s+block\s+0,\s+time\s+3,\s+pCPU\s+0,\s+vCPU\s+0\n/,
    /breaks +1 x a vCPU is put that was not loaded, kept;\s+first\s+at\s+event\s+25,/,
  ];

  it("is told of by inspect and by an import, with where it is and what became of it", () => {
    const header = writeTrace(at("odd.trl"), [...steadyRuns(24), late, twice]);
    const inspected = outputOf(["inspect", at("odd.trl")]);
    const imported = importText([{ path: "a", output: "b", header, importer: "test", certainty: 1 }]);
    for (const line of lines) for (const text of [inspected, imported]) expect(`${text}\n`).toMatch(line);
    expect(JSON.stringify(jsonOf(["inspect", at("odd.trl"), "--json"]))).toContain(
      '"rule":"put-unloaded","count":1',
    );
    expect(trapline(["check", at("odd.trl")])).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(
        /invariant: a vCPU is put that was not loaded \(block 0, byte 64, event 25, .*\)\n {2}allowed: /,
      ),
    });
  });
});
