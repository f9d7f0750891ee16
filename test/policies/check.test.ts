import { describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { TraplineError } from "#src/errors.js";
import { checkPolicy } from "#src/policies/check.js";
import { trackedGroup } from "#src/policies/policy.js";
import type { Group } from "#src/policies/policy.js";
import { features } from "#src/registers/register.js";

const vhe = kernelConfig("vhe", "6.18", features);
const nvhe = kernelConfig("nvhe", "6.18", features);

const group = (registers: string, words: Partial<Group> = {}): Group => ({
  ...trackedGroup(registers.split(" ")),
  ...words,
});

/** What is wrong with a policy of these groups, or nothing. */
function refusal(
  groups: readonly Group[],
  config = vhe,
  assumeNotHardwareWritten: readonly string[] = [],
): string {
  try {
    checkPolicy({ name: "mine", groups, assumeNotHardwareWritten }, config);
    return "";
  } catch (error) {
    const told =
      error instanceof TraplineError ? /^policy "mine", group "[^"]+": (.*)$/.exec(error.message) : null;
    if (!(error instanceof TraplineError) || error.code !== "usage" || told === null) throw error;
    return `${told[1]}. ${error.remedy ?? ""}`;
  }
}

const why = (registers: string, words: Partial<Group> = {}, config = vhe): string =>
  refusal([group(registers, words)], config);

describe("names", () => {
  it("must be known", () => {
    expect(why("PIR_EL9")).toContain("no register is called PIR_EL9");
  });

  it("must be the one by which traces call the register", () => {
    expect(why("PIR_EL12 PIRE0_EL1")).toContain("PIR_EL12 is another name of PIR_EL1");
    expect(why("pir_el1")).toContain("Say PIR_EL1");
  });

  it("must come once, in one group or in two", () => {
    expect(why("PIR_EL1 PIR_EL1")).toContain('PIR_EL1 is already in group "PIR_EL1+PIR_EL1"');
    expect(refusal([group("PIR_EL1"), group("PIR_EL1 PIRE0_EL1", { name: "B" })])).toContain(
      'PIR_EL1 is already in group "PIR_EL1"',
    );
  });
});

describe("registers with another writer", () => {
  it.each([
    ["ESR_EL1", "exception entry to EL1"],
    ["ELR_EL1", "exception entry to EL1"],
    ["PAR_EL1", "address translation"],
    ["SP_EL1", "stack pointer"],
    ["TFSR_EL1", "tag check faults"],
  ])("%s is refused, with its writer", (name, writer) => {
    expect(why(name)).toContain(`${name} changes without a write that traps (`);
    expect(why(name)).toContain(writer);
  });

  it("are refused whatever the save rule is that a trap of writes is to uphold", () => {
    expect(why("ESR_EL1", { save: "open" })).toContain("ESR_EL1 changes");
    expect(why("ESR_EL1", { trap: "first-access" })).toContain("ESR_EL1 changes");
    expect(why("ESR_EL1", { trap: "every-write", onTrap: "emulate", save: "never" })).toContain(
      "ESR_EL1 changes",
    );
    expect(why("ESR_EL1", { trap: "nothing", save: "always", host: "dirty-once" }, nvhe)).toContain(
      "ESR_EL1 changes",
    );
  });

  it("are accepted where they are saved always", () => {
    expect(why("ESR_EL1", { save: "always" })).toBe("");
    expect(why("ESR_EL1", { trap: "every-write", onTrap: "emulate", save: "always" })).toBe("");
  });

  it("are refused where it depends on the machine, until the author says that theirs does not", () => {
    expect(why("AFSR0_EL1")).toContain("may change without a write that traps");
    expect(why("AFSR0_EL1")).toContain("assumeNotHardwareWritten");
    expect(refusal([group("AFSR0_EL1")], vhe, ["AFSR0_EL1"])).toBe("");
    expect(refusal([group("AFSR0_EL1")], vhe, ["AFSR1_EL1"])).not.toBe("");
    expect(refusal([group("ESR_EL1")], vhe, ["ESR_EL1"])).not.toBe("");
  });

  it("FP registers are tracked by a trap of all use alone", () => {
    const lazy = { trap: "first-access", save: "open", restore: "never", arm: "load" } as const;
    expect(why("FPSIMD", lazy)).toBe("");
    expect(why("FPSIMD", { path: "full" })).toContain("FPSIMD changes");
    expect(why("FPCR")).toContain("FPCR changes");
  });
});

describe("trap bits", () => {
  it("a register without one cannot be tracked", () => {
    expect(why("CNTKCTL_EL1")).toContain("traps writes to CNTKCTL_EL1");
    expect(why("CNTKCTL_EL1", { path: "full" })).toContain("traps writes to CNTKCTL_EL1");
    expect(why("CNTKCTL_EL1", { trap: "every-write", onTrap: "emulate", save: "always" })).toContain(
      "nothing traps",
    );
  });

  it("HCR_EL2.TVM and MDCR_EL2.TDA are traps too", () => {
    expect(why("AFSR0_EL1 SCTLR_EL1", { trap: "every-write", onTrap: "emulate", save: "always" })).toBe("");
    expect(why("MDCCINT_EL1", { path: "full" })).toBe("");
    expect(why("MDCCINT_EL1")).toContain("traps writes to MDCCINT_EL1");
  });

  it("one bit is one group", () => {
    expect(why("TCR_EL1")).toContain("HFGWTR_EL2[32] traps TCR2_EL1 together with TCR_EL1");
    expect(why("TCR_EL1")).toContain("Add TCR2_EL1 to the group");
    expect(refusal([group("TCR_EL1"), group("TCR2_EL1")])).toContain("HFGWTR_EL2[32]");
    expect(why("TCR_EL1 TCR2_EL1")).toBe("");
    expect(why("SCTLR_EL1")).toContain("SCTLR2_EL1");
  });

  it("a register that the guest does not have shares nothing", () => {
    expect(why("TCR_EL1", {}, kernelConfig("vhe", "6.18", []))).toBe("");
  });

  it("halves of a key share theirs even where no list names them", () => {
    const plain = kernelConfig("vhe", "6.18", []);
    expect(why("APIAKEYLO_EL1", { arm: "after-save" }, plain)).toContain("APIAKEYHI_EL1");
    expect(why("APIAKEYLO_EL1 APIAKEYHI_EL1", { arm: "after-save" }, plain)).toBe("");
    expect(why("DBGBCR0_EL1", { arm: "run" }, plain)).toContain("DBGBCR1_EL1");
  });
});

describe("points", () => {
  it("a group is switched at one place", () => {
    expect(why("TPIDR_EL1 MDSCR_EL1")).toContain("not switched at the same points in mode vhe");
    expect(why("TPIDR_EL1 MDSCR_EL1", {}, nvhe)).toBe("");
    expect(why("TPIDR_EL1 TPIDR_EL0")).toBe("");
  });

  it("unless nothing about it is open or dirty", () => {
    const emulated = { trap: "every-write", onTrap: "emulate", save: "always" } as const;
    expect(why("CONTEXTIDR_EL1 MDSCR_EL1", emulated)).toBe("");
    expect(why("CONTEXTIDR_EL1 MDSCR_EL1", { ...emulated, host: "dirty-once" })).toContain("not switched");
  });

  it("what is not switched has nothing to elide, but may trap", () => {
    expect(why("PMCR_EL0")).toContain("PMCR_EL0 is not switched with a guest");
    expect(why("PMCR_EL0", { trap: "every-write", onTrap: "emulate", save: "always" })).toBe("");
  });

  it("a save is followed by arming before the guest can write again", () => {
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "load" })).toBe("");
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "run" })).toBe("");
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "run" }, nvhe)).toBe("");
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "load" }, nvhe)).toContain(
      "saved at run-end and armed again at load",
    );
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "after-save" }, nvhe)).toBe("");
    expect(why("APIAKEYLO_EL1 APIAKEYHI_EL1")).toContain("saved at exit and armed again at load");
    expect(why("PIR_EL1 PIRE0_EL1", { arm: "load", save: "open" }, nvhe)).toBe("");
  });
});

describe("words that contradict each other", () => {
  it.each<readonly [string, Partial<Group>]>([
    ["a first-write trap that does not open", { onTrap: "emulate" }],
    ["a first-access trap that does not open", { trap: "first-access", onTrap: "emulate" }],
    ["an every-write trap does not open", { trap: "every-write", save: "always" }],
    ["an undefined trap does not open", { trap: "undefined", save: "never", restore: "never" }],
    ["never dirty", { trap: "nothing" }],
    ["never dirty", { trap: "every-write", onTrap: "emulate" }],
    ["never open", { trap: "nothing", save: "open" }],
    ["never open", { trap: "nothing", save: "always", restore: "open" }],
    ["neither saved nor restored", { trap: "undefined", onTrap: "emulate", save: "always" }],
    ["neither saved nor restored", { trap: "undefined", onTrap: "emulate", save: "never" }],
    ["are of every write", { arm: "until-caches-on" }],
    ["lost if nobody saves them", { save: "never" }],
    ["lost if nobody saves them", { trap: "nothing", save: "never" }],
    [
      "lost if nobody saves them",
      { trap: "every-write", onTrap: "emulate", save: "never", arm: "until-caches-on" },
    ],
    ["needs it restored", { restore: "never" }],
    ["the host's values are lost", { host: "never" }],
  ])("%s: %j", (reason, words) => {
    expect(why("PIR_EL1 PIRE0_EL1", words)).toContain(reason);
  });

  it.each<Partial<Group>>([
    {},
    { trap: "nothing", save: "always" },
    { trap: "first-access" },
    { trap: "every-write", onTrap: "emulate", save: "always" },
    { trap: "every-write", onTrap: "emulate", save: "never" },
    { trap: "every-write", onTrap: "emulate", save: "always", arm: "until-caches-on", path: "full" },
    { trap: "undefined", onTrap: "emulate", save: "never", restore: "never", host: "never" },
    { save: "open", restore: "open" },
    { restore: "foreign" },
    { host: "dirty-once" },
    { path: "full" },
  ])("accepts %j", (words) => {
    expect(why("PIR_EL1 PIRE0_EL1", words)).toBe("");
  });
});
