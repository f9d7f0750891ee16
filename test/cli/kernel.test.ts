/** A recording of the kernel's own tracing: what it says of itself, what it answers, and what it refuses. */

import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { RegisterTotals, ReplayResult } from "#src/replay/result.js";
import type { TraceHeader } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";
import { openTrace } from "#src/trace/reader.js";
import { outputOf, recording, refusal, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const vhe = join(folder, "vhe.trl");
const two = join(folder, "two.trl");
const untold = join(folder, "untold.trl");
const kernel = ["--kernel", "6.12", "--features", "TCR2,S1PIE"];

beforeAll(() => {
  outputOf(["import", recording("kernel/kvm-vhe.trace.txt.gz"), "-o", vhe]);
  outputOf(["import", recording("kernel/two-guests.report.txt.gz"), "-o", two]);
  const text = gunzipSync(readFileSync(recording("kernel/kvm-vhe.trace.txt.gz"))).toString("latin1");
  writeFileSync(`${untold}.txt`, text.replaceAll(/^.*kvm_(?:timer|get_timer).*\n/gm, ""));
  outputOf(["import", `${untold}.txt`, "-o", untold]);
});

function openedHeader(path: string): TraceHeader {
  const trace = openTrace(path);
  trace.close();
  return trace.header;
}

const replayed = (...args: readonly string[]): ReplayResult => {
  const found: ReplayResult = JSON.parse(outputOf(["replay", ...args, "--json"]));
  return found;
};

const run = (...args: readonly string[]): ReturnType<typeof trapline> => trapline(args);

describe("import", () => {
  it("says what it recognised, how sure it is, and what such a recording cannot show", () => {
    const text = outputOf(["import", recording("kernel/kvm-vhe.trace.txt.gz"), "-o", vhe]);
    expect(text).toMatch(/recognised as\s+kernel-text, tracefs trace \(100 % sure\)/);
    expect(text).toMatch(/of them\s+4 loads, 164 runs, 163 full exits, 1 trapped writes/);
    expect(text).toMatch(/cannot show\s+register accesses of the guest that did not trap/);
    expect(text).toMatch(/cannot show\s+guest exits that EL2 handled on its fast path/);
    expect(text).not.toMatch(/guest writes/);
  });

  it("refuses tracing without runs of a guest", () => {
    const path = join(folder, "none.txt");
    writeFileSync(
      path,
      "# tracer: nop\n a-1 [000] ..... 1.000001: sched_switch: a:1 [120] R ==> b:2 [120]\n",
    );
    expect(run("import", path)).toEqual(refusal(1, /holds no run of a guest.*Record with the kvm events/));
  });
});

describe("inspect", () => {
  it("shows the threads and the time of exits", () => {
    const text = outputOf(["inspect", two]);
    expect(text).toMatch(/thread\s+name\s+VMID\s+MPIDR/);
    expect(text).toMatch(/114\s+tinyvmm\s+-\s+0x80000000/);
    expect(text).toMatch(/From a full exit to the next entry, in us:/);
    expect(text).toMatch(/tinyvmm-115\s+IRQ\s+\d+/);
  });

  it("says that a host's mode is not known", () => {
    expect(outputOf(["inspect", untold])).toMatch(/host\s+a host whose mode the recording does not tell/);
  });
});

describe("replay", () => {
  it("counts what follows from loads, puts and runs", () => {
    const [{ registers, totals }] = replayed(vhe, "-p", "eager", ...kernel).policies;
    const { tally } = openedHeader(vhe);
    const count = (wanted: number): number =>
      tally.reduce((sum, [kind, , , n]) => (kind === wanted ? sum + n : sum), 0);
    const row = (name: string): RegisterTotals | undefined =>
      registers.find(({ register }) => register === name);
    expect(row("PIR_EL1")).toMatchObject({ saves: count(Kind.put), restores: count(Kind.load) });
    expect(row("MDSCR_EL1")).toMatchObject({ saves: count(Kind.runEnd), restores: count(Kind.runStart) });
    expect(totals.traps).toBe(0);
  });

  it.each([
    [
      "dirty-pie",
      /needs system register writes of the guest \(group PIE traps writes\).*recorded: trapped-only/,
    ],
    ["lazy-fp", /needs use of FP\/SIMD registers.*recorded: none/],
    ["always-trap", /needs system register writes of the guest/],
  ])("refuses %s by name", (policy, message) => {
    expect(run("replay", vhe, "-p", policy, ...kernel)).toEqual(refusal(1, message));
  });

  it("is no ground for advice, which needs what the trace does not show", () => {
    expect(run("advise", two, ...kernel)).toEqual(
      refusal(
        1,
        /two\.trl: advice needs system register writes of the guest .*`trapline verdict` gives the rate/,
      ),
    );
    expect(run("advise", two, ...kernel).stderr).not.toContain('policy "');
  });

  it("refuses what the recorded kernel switched, and a mode that is not known", () => {
    expect(run("replay", vhe, "-p", "eager")).toEqual(refusal(1, /does not show which registers.*--kernel/));
    expect(run("replay", untold, "-p", "eager", ...kernel)).toEqual(
      refusal(1, /does not tell whether its host is a VHE or an nVHE one\. Name its mode/),
    );
    const [{ totals }] = replayed(untold, "-p", "eager", "--mode", "vhe", ...kernel).policies;
    expect(totals.saves).toBeGreaterThan(0);
  });

  it("tells vCPUs of two guests apart by their threads, also in a comparison", () => {
    const results = ["6.12", "6.18"].map((version) => {
      const path = join(folder, `${version}.json`);
      outputOf(["replay", two, "-p", "eager", "--kernel", version, "--by", "vcpu", "--json", "-o", path]);
      return path;
    });
    const [policy] = JSON.parse(readFileSync(results[0], "utf8")).policies;
    expect(policy.vcpus.map(({ thread }: { thread: number }) => thread)).toEqual([114, 115, 116, 117]);
    const text = outputOf(["replay", two, "-p", "eager", "--kernel", "6.12", "--by", "vcpu"]);
    expect(text).toMatch(/VMID\s+MPIDR\s+thread\s+policy/);
    const csv = outputOf([
      "replay",
      two,
      "-p",
      "eager",
      "--kernel",
      "6.12",
      "--by",
      "vcpu",
      "--format",
      "csv",
    ]);
    expect(csv.split("\n")[0]).toBe(
      "policy,trace,vm,mpidr,thread,context,register,traps,saves,elided,restores",
    );
    const compared = run("diff", ...results, "--json");
    const rows = JSON.parse(compared.stdout).counts.filter(
      ({ thread }: { thread?: number }) => thread !== undefined,
    );
    expect(new Set(rows.map(({ thread }: { thread: number }) => thread))).toEqual(
      new Set([114, 115, 116, 117]),
    );
  });
});
