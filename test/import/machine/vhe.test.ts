import { describe, expect, it } from "vitest";
import { Code, Esr, Hcr, machine, type Machine } from "./script.js";
import {
  endVhe,
  guestEnter,
  guestExit,
  load,
  loadSysregs,
  mpidr,
  passVhe,
  put,
  runVhe,
  vttbr,
} from "./kvm.js";

/** A host that has run nothing yet. */
function vheHost(cpus = 1): Machine {
  const made = machine();
  for (let cpu = 0; cpu < cpus; cpu++) made.cpu(cpu).has("HCR_EL2", Hcr.vheHost).has("VTTBR_EL2", [0, 0]);
  return made;
}

const loaded = (vcpu: string, pcpu = 0): string[] => [
  `p${pcpu} ${vcpu} load`,
  `p${pcpu} ${vcpu} saveHost TPIDR_EL0`,
  `p${pcpu} ${vcpu} restoreGuest TPIDR_EL0 VMPIDR_EL2 SCTLR_EL1 TTBR0_EL1 PAR_EL1 SP_EL1 ELR_EL1`,
];
const putBack = (vcpu: string, pcpu = 0): string[] => [
  `p${pcpu} ${vcpu} put`,
  `p${pcpu} ${vcpu} saveGuest SCTLR_EL1 TTBR0_EL1 PAR_EL1 SP_EL1 ELR_EL1 TPIDR_EL0`,
  `p${pcpu} ${vcpu} restoreHost TPIDR_EL0`,
];
const started = (vcpu: string, pcpu = 0): string[] => [
  `p${pcpu} ${vcpu} runStart`,
  `p${pcpu} ${vcpu} saveHost MDSCR_EL1`,
  `p${pcpu} ${vcpu} restoreGuest MDSCR_EL1 ELR_EL2 SPSR_EL2`,
];
const entered = (vcpu: string, pcpu = 0): string[] => [
  `p${pcpu} ${vcpu} saveHost SP_EL0`,
  `p${pcpu} ${vcpu} restoreGuest SP_EL0`,
  `p${pcpu} ${vcpu} entry`,
];
const ended = (vcpu: string, pcpu = 0): string[] => [
  `p${pcpu} ${vcpu} fullExit`,
  `p${pcpu} ${vcpu} saveGuest SP_EL0`,
  `p${pcpu} ${vcpu} restoreHost SP_EL0`,
  `p${pcpu} ${vcpu} saveGuest MDSCR_EL1 ELR_EL2`,
  `p${pcpu} ${vcpu} restoreHost MDSCR_EL1`,
  `p${pcpu} ${vcpu} runEnd`,
];
const passed = (vcpu: string, pcpu = 0): string[] => [
  ...started(vcpu, pcpu),
  ...entered(vcpu, pcpu),
  `p${pcpu} ${vcpu} guestWrite TTBR0_EL1`,
  ...ended(vcpu, pcpu),
];

describe("a VHE host", () => {
  it("loads, runs and puts a vCPU", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
    put(cpu);
    expect(made.story()).toEqual([...loaded("1/0"), ...passed("1/0"), ...putBack("1/0")]);
    expect(made.finish()).toMatchObject({ mode: "vhe", anomalies: {} });
  });

  it("tells the fast path from the end of a run", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    runVhe(cpu);
    guestEnter(cpu);
    guestExit(cpu, Esr.writeTtbr0);
    guestEnter(cpu);
    cpu.guestWrite("TTBR0_EL1");
    guestExit(cpu, Esr.wfx);
    endVhe(cpu);
    expect(made.story().filter((line) => /Exit|entry|Write/.test(line))).toEqual([
      "p0 1/0 entry",
      "p0 1/0 fastExit TTBR0_EL1",
      "p0 1/0 entry",
      "p0 1/0 guestWrite TTBR0_EL1",
      "p0 1/0 fullExit",
    ]);
  });

  it("takes a trapped write that ends the run for emulated", () => {
    const made = vheHost();
    load(made.cpu(0), 1, 0);
    passVhe(made.cpu(0), () => {}, Esr.writeTtbr0);
    expect(made.story()).toContain("p0 1/0 emulatedWrite TTBR0_EL1");
  });

  it("does not, if an interrupt kept the fast path from going back", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    passVhe(cpu, () => {});
    runVhe(cpu);
    guestEnter(cpu);
    guestExit(cpu, Esr.writeTtbr0);
    cpu.at(Code.entry).read("SP_EL0", "ISR_EL1");
    endVhe(cpu);
    const story = made.story();
    expect(story).toContain("p0 1/0 fullExit TTBR0_EL1");
    expect(story.filter((line) => line.includes("emulated"))).toEqual([]);
    // The host's SP_EL0 was saved for the entry that was called off.
    expect(
      made.events.filter(({ kind, register }) => kind === "saveHost" && register === "SP_EL0"),
    ).toHaveLength(3);
  });

  it("sees FP used when the guest tries again, in the same run or the next", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    passVhe(cpu, () => {});
    runVhe(cpu);
    guestEnter(cpu);
    guestExit(cpu, Esr.fp);
    cpu.at(Code.entry).read("SP_EL0", "ISR_EL1");
    endVhe(cpu);
    passVhe(cpu, () => {});
    const story = made.story();
    expect(story.filter((line) => line.endsWith("guestRead FPSIMD"))).toHaveLength(1);
    expect(story[story.indexOf("p0 1/0 guestRead FPSIMD") - 1]).toBe("p0 1/0 entry");
  });

  it("has runs without an entry", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    runVhe(cpu);
    cpu.at(Code.entry).read("SP_EL0", "ISR_EL1");
    endVhe(cpu);
    expect(made.story()).toEqual([
      ...loaded("1/0"),
      ...started("1/0"),
      "p0 1/0 saveHost SP_EL0",
      "p0 1/0 saveGuest MDSCR_EL1 ELR_EL2",
      "p0 1/0 restoreHost MDSCR_EL1",
      "p0 1/0 runEnd",
    ]);
  });

  it("takes an interrupt in the middle of a load and of a put", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    const interrupt = (): void => {
      cpu.exception("irq", 9).at(Code.irq).read("ELR_EL1", "SPSR_EL1", "ICC_IAR1_EL1").write("ICC_EOIR1_EL1");
      cpu.at(Code.timer).read("CNTV_CTL_EL02").at(Code.irq).write("TPIDR_EL0").set("SPSR_EL1", 9).eret();
    };
    load(cpu, 1, 0, interrupt);
    passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
    put(cpu, interrupt);
    const story = made.story().filter((line) => !line.includes("CNTV_CTL_EL0"));
    expect(story).toEqual([...loaded("1/0"), ...passed("1/0"), ...putBack("1/0")]);
  });

  it("is looked at by KVM outside the lists", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    cpu.at(Code.elsewhere).read("SCTLR_EL12").write("VBAR_EL12");
    put(cpu);
    expect(made.story()).toEqual([
      ...loaded("1/0"),
      "p0 1/0 hypRead SCTLR_EL1",
      "p0 1/0 hypWrite VBAR_EL1",
      ...putBack("1/0"),
    ]);
  });

  it("moves a vCPU to another pCPU", () => {
    const made = vheHost(2);
    for (const at of [0, 1]) {
      const cpu = made.cpu(at);
      load(cpu, 1, 0);
      passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
      put(cpu);
      cpu.at(Code.elsewhere).write("CNTHCTL_EL2");
    }
    expect(made.story()).toEqual(
      [0, 1].flatMap((at) => [...loaded("1/0", at), ...passed("1/0", at), ...putBack("1/0", at)]),
    );
    expect(made.vcpus).toHaveLength(1);
  });

  it("puts a vCPU and loads another VM's directly after it", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    for (const [vm, vcpu] of [
      [1, 0],
      [2, 3],
      [1, 0],
    ]) {
      load(cpu, vm, vcpu);
      passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
      put(cpu);
    }
    expect(made.story()).toEqual(
      ["1/0", "2/3", "1/0"].flatMap((each) => [...loaded(each), ...passed(each), ...putBack(each)]),
    );
    expect(made.vcpus).toEqual([
      { vm: 1, mpidr: mpidr(0) },
      { vm: 2, mpidr: mpidr(3) },
    ]);
  });

  it("saves timer and vGIC for the vCPU that was put, restores them for the one that is loaded", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    passVhe(cpu, () => {});
    put(cpu);
    // A timer is disabled when it is saved.
    cpu.at(Code.timer).read("CNTV_CTL_EL02", "CNTV_CVAL_EL02").write("CNTV_CTL_EL02");
    cpu.at(Code.vgic).read("ICH_VMCR_EL2");
    cpu
      .at(Code.vgic + 0x100)
      .at(Code.elsewhere)
      .write("SP_EL0");
    cpu.at(Code.vgic).write("ICH_VMCR_EL2").at(Code.timer).write("CNTV_CVAL_EL02", "CNTV_CTL_EL02");
    load(cpu, 2, 1);
    const story = made.story();
    expect(story.slice(story.indexOf("p0 1/0 put") + 3, story.indexOf("p0 2/1 load"))).toEqual([
      "p0 1/0 saveGuest CNTV_CTL_EL0 CNTV_CVAL_EL0",
      "p0 1/0 restoreGuest CNTV_CTL_EL0",
      "p0 1/0 saveGuest ICH_VMCR_EL2",
      "p0 2/1 restoreGuest ICH_VMCR_EL2 CNTV_CVAL_EL0 CNTV_CTL_EL0",
    ]);
    const times = made.events.map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("before Linux 6.7 writes VTTBR_EL2 at each run, not at load", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    for (const [vm, vcpu] of [
      [1, 0],
      [2, 1],
    ]) {
      loadSysregs(cpu, vcpu);
      cpu.at(Code.run - 0x40).set("VTTBR_EL2", vttbr(vm));
      passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
      put(cpu);
    }
    expect(made.story()).toEqual(
      ["1/0", "2/1"].flatMap((each) => [...loaded(each), ...passed(each), ...putBack(each)]),
    );
  });

  it("there may put a vCPU that never ran", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    put(cpu);
    loadSysregs(cpu, 1);
    put(cpu);
    expect(made.story()).toEqual([...loaded("1/0"), ...putBack("1/0"), ...loaded("1/1"), ...putBack("1/1")]);
  });

  it("does TLB maintenance for a guest without running it", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    cpu.at(Code.elsewhere).set("VTTBR_EL2", vttbr(2)).set("HCR_EL2", Hcr.vheMaintenance);
    cpu.set("HCR_EL2", Hcr.vheHost).set("VTTBR_EL2", vttbr(1));
    passVhe(cpu, (guest) => guest.guestWrite("TTBR0_EL1"));
    put(cpu);
    expect(made.story()).toEqual([...loaded("1/0"), ...passed("1/0"), ...putBack("1/0")]);
  });

  it("takes an SError at EL2 after an exit, inside the switch code", () => {
    const made = vheHost();
    const cpu = made.cpu(0);
    load(cpu, 1, 0);
    runVhe(cpu);
    guestEnter(cpu);
    cpu
      .guestWrite("TTBR0_EL1")
      .exception("irq", 5)
      .at(Code.entry + 0x200);
    cpu.exception("serror", 9).read("ESR_EL2").set("SPSR_EL1", 9).eret();
    cpu.read("SP_EL0").write("SP_EL0");
    endVhe(cpu);
    expect(made.story().slice(loaded("1/0").length)).toEqual(passed("1/0"));
    expect(made.finish().anomalies).toEqual({});
  });
});
