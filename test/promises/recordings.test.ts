/**
 * Counts of long recordings, which are too large to be committed, against counts that were made from the same
 * recordings by other programs. TRAPLINE_RECORDINGS names the folder that holds them.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { ReplayResult, Totals } from "#src/replay/result.js";
import { outputOf, recording, temporaryFolder, trapline } from "../cli/program.js";

const recordings = process.env["TRAPLINE_RECORDINGS"];
const minutes = 60_000;

const names = ["kvm-vhe", "kvm-nvhe", "chatty-vhe"] as const;
const large = (name: string): string => join(recordings ?? "", `${name}.tarmac.zst`);
const isHere = recordings !== undefined && names.every((name) => existsSync(large(name)));
const folder = temporaryFolder();
const trace = (name: (typeof names)[number]): string => join(folder, `${name}.trl`);

it("the long recordings are in the folder that TRAPLINE_RECORDINGS names", ({ skip }) => {
  skip(recordings === undefined, "TRAPLINE_RECORDINGS names no folder");
  expect(names.filter((name) => existsSync(large(name)))).toEqual(names);
});

describe.runIf(isHere)("the long recordings", () => {
  beforeAll(() => {
    for (const name of names) outputOf(["import", large(name), "-o", trace(name)]);
  }, 10 * minutes);

  const replay = (name: (typeof names)[number], policies: string): ReplayResult => {
    const result: ReplayResult = JSON.parse(outputOf(["replay", trace(name), "-p", policies, "--json"]));
    return result;
  };
  const counts = (result: ReplayResult, policy: string, register: string, context = "guest"): Totals => {
    const own = result.policies.find((each) => each.policy === policy)?.registers;
    const row = own?.find((each) => each.register === register && each.context === context);
    if (row === undefined) throw new Error(`no row ${policy} ${register} ${context}`);
    return row;
  };

  it("kvm-vhe", () => {
    const result = replay("kvm-vhe", "eager,dirty-pie,dirty-each");
    expect(result.traces).toMatchObject([{ runs: 11_445, guestExits: 13_035, vcpus: 2 }]);
    expect(counts(result, "eager", "PIR_EL1")).toMatchObject({ traps: 0, saves: 3344, restores: 3344 });
    expect(result.policies[1].totals.traps).toBe(2);
    expect(counts(result, "dirty-pie", "PIR_EL1").saves).toBe(2);
    expect(counts(result, "dirty-pie", "PIRE0_EL1").saves).toBe(2);
    expect(counts(result, "dirty-each", "CONTEXTIDR_EL1")).toMatchObject({ traps: 2403, saves: 2403 });
    expect(counts(result, "dirty-each", "TTBR0_EL1")).toMatchObject({ traps: 161, saves: 161 });
    const [tcr, tcr2] = ["TCR_EL1", "TCR2_EL1"].map((name) => counts(result, "dirty-each", name));
    expect({ traps: tcr.traps + tcr2.traps, saves: [tcr.saves, tcr2.saves] }).toEqual({
      traps: 5,
      saves: [5, 5],
    });
  });

  it("kvm-nvhe", () => {
    const result = replay("kvm-nvhe", "eager,dirty-pie,dirty-each");
    expect(result.traces).toMatchObject([{ runs: 12_207, guestExits: 13_578 }]);
    expect(counts(result, "eager", "PIR_EL1", "guest").saves).toBe(12_207);
    expect(counts(result, "eager", "PIR_EL1", "host").saves).toBe(12_207);
    for (const [register, traps] of [
      ["CONTEXTIDR_EL1", 5493],
      ["TTBR0_EL1", 293],
      ["TPIDR_EL0", 5619],
    ] as const) {
      expect(counts(result, "dirty-each", register)).toMatchObject({ traps, saves: traps });
    }
  });

  it("chatty-vhe, whose kernel saved only what was dirty", () => {
    const result = replay("chatty-vhe", `eager,${recording("chatty-vhe.policy.yaml")}`);
    const each = (register: string): Totals => counts(result, "chatty", register);
    const trapsOf = (...registers: string[]): number =>
      registers.reduce((sum, register) => sum + each(register).traps, 0);
    expect(trapsOf("PIR_EL1", "PIRE0_EL1")).toBe(594);
    expect(trapsOf("TCR_EL1", "TCR2_EL1")).toBe(118);
    const saves = {
      PIR_EL1: 594,
      PIRE0_EL1: 594,
      CONTEXTIDR_EL1: 1047,
      TPIDR_EL0: 1078,
      TPIDRRO_EL0: 1078,
      TTBR0_EL1: 95,
      TCR_EL1: 118,
      TCR2_EL1: 118,
      MAIR_EL1: 162,
    };
    for (const [register, count] of Object.entries(saves)) {
      expect({ register, ...each(register) }).toMatchObject({ register, saves: count, restores: 1787 });
    }
    for (const register of ["CONTEXTIDR_EL1", "TPIDR_EL0", "TPIDRRO_EL0", "TTBR0_EL1", "MAIR_EL1"] as const) {
      expect({ register, traps: each(register).traps }).toEqual({ register, traps: saves[register] });
    }
  });

  for (const name of names) {
    it(`validate agrees on ${name}`, () => {
      const policy = name === "chatty-vhe" ? recording("chatty-vhe.policy.yaml") : "eager";
      const { status, stdout, stderr } = trapline(["validate", trace(name), "-p", policy]);
      expect({ status, stderr, stdout }).toEqual({
        status: 0,
        stderr: "",
        stdout: expect.stringContaining("The model agrees with the recorded kernel in all"),
      });
    });
  }
});
