import { describe, expect, it } from "vitest";
import { Code, Esr, Hcr, machine, type Machine, type Pcpu } from "./script.js";
import { callNvhe, endVhe, guestEnter, guestExit, load, mpidr, passVhe, put, runVhe, vttbr } from "./kvm.js";

const inVheGuest = (made: Machine): Pcpu =>
  made.cpu(0).has("HCR_EL2", Hcr.vheGuest).has("VTTBR_EL2", vttbr(1)).has("VMPIDR_EL2", mpidr(0));

const kinds = (made: Machine): string[] => made.story().map((line) => line.split(" ")[2]);

describe("a recording that begins", () => {
  it("inside a guest", () => {
    const made = machine();
    const cpu = inVheGuest(made);
    cpu.guestWrite("TTBR0_EL1");
    guestExit(cpu, Esr.wfx);
    endVhe(cpu);
    put(cpu);
    expect(kinds(made).filter((kind) => !/save|restore/.test(kind))).toEqual([
      "runStart",
      "entry",
      "guestWrite",
      "fullExit",
      "runEnd",
      "put",
    ]);
    expect(made.finish().anomalies).toEqual({
      "entry without an ERET": 1,
      "run without a recognised start": 1,
    });
  });

  it("inside a run, before the entry", () => {
    const made = machine();
    const cpu = inVheGuest(made);
    guestEnter(cpu);
    guestExit(cpu, "irq");
    endVhe(cpu);
    expect(kinds(made).filter((kind) => !/save|restore/.test(kind))).toEqual([
      "runStart",
      "entry",
      "fullExit",
      "runEnd",
    ]);
    expect(made.finish().anomalies).toEqual({ "run without a recognised start": 1 });
  });

  it("inside a guest that the recording does not name", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.vheGuest);
    cpu.guestWrite("TTBR0_EL1");
    guestExit(cpu, Esr.wfx);
    endVhe(cpu);
    put(cpu);
    load(cpu, 1, 0);
    passVhe(cpu, () => {});
    const story = made.story();
    expect(story[0]).toBe("p0 1/0 load");
    expect(made.finish().anomalies).toEqual({
      "guest under an unknown VTTBR_EL2": 2,
      "put of an unknown vCPU": 1,
    });
  });

  it("while a vCPU is loaded", () => {
    const made = machine();
    const cpu = made
      .cpu(0)
      .has("HCR_EL2", Hcr.vheHost)
      .has("VTTBR_EL2", vttbr(1))
      .has("VMPIDR_EL2", mpidr(2));
    passVhe(cpu, () => {});
    cpu.at(Code.timer).write("CNTV_CTL_EL02");
    put(cpu);
    const story = made.story();
    expect(story[0]).toBe("p0 1/2 runStart");
    expect(story).toContain("p0 1/2 put");
    expect(made.finish().anomalies).toEqual({});
  });
});

describe("a recording that ends", () => {
  const begun = (): { made: Machine; cpu: Pcpu } => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.vheHost);
    load(cpu, 1, 0);
    return { made, cpu };
  };

  it("inside a guest", () => {
    const { made, cpu } = begun();
    runVhe(cpu);
    guestEnter(cpu);
    cpu.guestWrite("TTBR0_EL1");
    expect(kinds(made).slice(-2)).toEqual(["entry", "guestWrite"]);
  });

  it("inside a run, before the entry", () => {
    const { made, cpu } = begun();
    runVhe(cpu);
    expect(made.story().at(-1)).toBe("p0 1/0 restoreGuest MDSCR_EL1 ELR_EL2 SPSR_EL2");
  });

  it("after an exit", () => {
    const { made, cpu } = begun();
    runVhe(cpu);
    guestEnter(cpu);
    guestExit(cpu, Esr.wfx);
    expect(kinds(made).slice(-3)).toEqual(["fullExit", "saveGuest", "restoreHost"]);
  });

  it("inside a put", () => {
    const { made, cpu } = begun();
    cpu.at(Code.sysreg + 0x200).read("SCTLR_EL12", "TTBR0_EL12", "TTBR1_EL12", "TCR_EL12");
    expect(made.story().slice(-2)).toEqual([
      "p0 1/0 put",
      "p0 1/0 saveGuest SCTLR_EL1 TTBR0_EL1 TTBR1_EL1 TCR_EL1",
    ]);
  });

  it("before the guest's traps of an nVHE run", () => {
    const made = machine();
    callNvhe(made.cpu(0).has("HCR_EL2", Hcr.nvheHost), 1, 0);
    expect(made.story()).toEqual([]);
    expect(made.finish().anomalies).toEqual({ "no guest was entered": 1 });
  });
});

describe("a source without exceptions", () => {
  it("shows exits and entries by the level of instructions", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.vheHost);
    load(cpu, 1, 0);
    runVhe(cpu);
    guestEnter(cpu);
    cpu
      .level(1)
      .guestWrite("TTBR0_EL1")
      .level(2)
      .at(Code.entry + 0x200);
    cpu.get("ESR_EL2", Esr.wfx).read("SP_EL0").write("SP_EL0");
    endVhe(cpu);
    const exit = made.events.find(({ kind }) => kind === "fullExit");
    made.finish();
    expect(exit?.value).toBe("4000000");
    expect(made.finish().anomalies).toEqual({ "exit without an exception": 1 });
  });
});

describe("a machine without a hypervisor", () => {
  it("is a guest of its own on each CPU", () => {
    const made = machine();
    made.cpu(0).guestWrite("TTBR0_EL1");
    made.cpu(1).guestRead("MPIDR_EL1");
    expect(made.story()).toEqual(["p0 -1/0 guestWrite TTBR0_EL1", "p1 -1/1 guestRead MPIDR_EL1"]);
    expect(made.finish().mode).toBe("none");
  });

  it("may call firmware at EL3 and have its registers dumped", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", [0, 0]).guestWrite("TTBR0_EL1");
    made.world.exception(0, 10, 3, "sync", true, 0x17 << 26, 0, 5);
    cpu.level(3).level(1).guestWrite("TTBR0_EL1");
    expect(made.story()).toEqual(["p0 -1/0 guestWrite TTBR0_EL1 TTBR0_EL1"]);
  });
});
