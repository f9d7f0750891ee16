import { describe, expect, it } from "vitest";
import { Code, Hcr, machine } from "./script.js";
import { callNvhe, guestEnter, guestExit, passNvhe, plainNvhe, returnNvhe, vttbr } from "./kvm.js";

const list = "SCTLR_EL1 TTBR0_EL1 SP_EL1 MDSCR_EL1";
const switchedIn = ["p0 1/0 runStart", `p0 1/0 saveHost ${list}`, `p0 1/0 restoreGuest VMPIDR_EL2 ${list}`];
const entered = ["p0 1/0 saveHost SP_EL0", "p0 1/0 restoreGuest SP_EL0", "p0 1/0 entry"];
const exited = ["p0 1/0 fullExit", "p0 1/0 saveGuest SP_EL0", "p0 1/0 restoreHost SP_EL0"];
const switchedOut = [
  `p0 1/0 saveGuest ${list}`,
  `p0 1/0 restoreHost VMPIDR_EL2 ${list} SPSR_EL2`,
  "p0 1/0 runEnd",
];
const passed = [...switchedIn, ...entered, "p0 1/0 guestWrite TTBR0_EL1", ...exited, ...switchedOut];

describe("an nVHE host", () => {
  it("switches both contexts in each run", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.nvheHost);
    cpu.guestWrite("TTBR1_EL1"); // the host's own, at EL1
    passNvhe(cpu, 1, 0, (guest) => guest.guestWrite("TTBR0_EL1"));
    cpu.guestWrite("TTBR1_EL1");
    expect(made.story().map(withoutSpsr)).toEqual(passed.map(withoutSpsr));
    expect(made.finish()).toMatchObject({ mode: "nvhe", anomalies: {} });
  });

  it("writes its trap registers at each run without being taken for anything", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.nvheHost);
    callNvhe(cpu, 1, 0);
    cpu.write("HFGRTR_EL2", "HFGWTR_EL2").set("HCR_EL2", Hcr.nvheGuest).set("SPSR_EL2", 5);
    guestEnter(cpu);
    cpu.guestWrite("TTBR0_EL1");
    guestExit(cpu, "irq");
    cpu.write("HFGWTR_EL2");
    returnNvhe(cpu);
    expect(made.story().map(withoutSpsr)).toEqual(passed.map(withoutSpsr));
  });

  it("has runs without an entry", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.nvheHost);
    callNvhe(cpu, 1, 0);
    cpu.set("HCR_EL2", Hcr.nvheGuest);
    returnNvhe(cpu);
    expect(made.story().map(withoutSpsr)).toEqual([...switchedIn, ...switchedOut].map(withoutSpsr));
  });

  it("may be protected: its own kernel runs under stage 2 with VMID 0", () => {
    const made = machine();
    const how = { ...plainNvhe, host: Hcr.protectedHost };
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.protectedHost).has("VTTBR_EL2", [0, 0]);
    cpu
      .guestWrite("TTBR1_EL1")
      .exception("sync", 5, 0x16 << 26)
      .set("SPSR_EL2", 5)
      .eret();
    passNvhe(cpu, 1, 0, (guest) => guest.guestWrite("TTBR0_EL1"), how);
    cpu.guestWrite("TTBR1_EL1");
    expect(made.story().map(withoutSpsr)).toEqual(passed.map(withoutSpsr));
  });

  it("may be hVHE: the hypervisor under E2H, the host below it", () => {
    const made = machine();
    const how = { host: Hcr.hvheHost, guest: Hcr.hvheGuest, list: ["SCTLR_EL12", "TTBR0_EL12", "SP_EL1"] };
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.hvheHost).has("VTTBR_EL2", [0, 0]);
    passNvhe(cpu, 1, 0, (guest) => guest.guestWrite("TTBR0_EL1"), how);
    expect(made.story().map(withoutSpsr)).toEqual(passed.map(withoutSpsr));
    expect(made.finish().mode).toBe("nvhe");
  });

  it("does TLB maintenance under a guest's VMID without running it", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.protectedHost);
    cpu.exception("sync", 5, 0x16 << 26).at(Code.elsewhere);
    cpu.set("VTTBR_EL2", vttbr(1)).set("VTTBR_EL2", [0, 0]).set("SPSR_EL2", 5).eret();
    expect(made.story()).toEqual([]);
  });

  it("with a workaround for speculative AT restores SCTLR_EL1 when the traps are set up", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.nvheHost);
    callNvhe(cpu, 1, 0, { ...plainNvhe, list: ["TTBR0_EL1", "SP_EL1"] });
    cpu.set("HCR_EL2", Hcr.nvheGuest).write("SCTLR_EL1").set("SPSR_EL2", 5);
    guestEnter(cpu);
    const restored = made.events
      .filter(({ kind }) => kind === "restoreGuest")
      .map(({ register }) => register);
    expect(restored).toEqual(["VMPIDR_EL2", "TTBR0_EL1", "SP_EL1", "MDSCR_EL1", "SCTLR_EL1", "SP_EL0"]);
  });

  it("takes an SError at EL2 while the host's state is put back", () => {
    const made = machine();
    const cpu = made.cpu(0).has("HCR_EL2", Hcr.nvheHost);
    callNvhe(cpu, 1, 0);
    cpu.set("HCR_EL2", Hcr.nvheGuest).set("SPSR_EL2", 5);
    guestEnter(cpu);
    guestExit(cpu, "irq");
    cpu.at(Code.sysreg + 0x200).read("SCTLR_EL1", "TTBR0_EL1", "SP_EL1");
    cpu
      .set("HCR_EL2", Hcr.nvheHost)
      .at(Code.sysreg + 0x300)
      .write("SCTLR_EL1");
    cpu.exception("serror", 9).set("SPSR_EL2", 9).eret();
    cpu
      .at(Code.sysreg + 0x308)
      .write("TTBR0_EL1", "SP_EL1")
      .set("SPSR_EL2", 5)
      .eret();
    const story = made.story().map(withoutSpsr);
    expect(story.slice(-2)).toEqual(["p0 1/0 restoreHost SCTLR_EL1 TTBR0_EL1 SP_EL1", "p0 1/0 runEnd"]);
  });
});

/** SPSR_EL2 is written so that the script knows where an ERET goes; which list it falls in is beside the point. */
function withoutSpsr(line: string): string {
  return line.replace(" SPSR_EL2", "");
}
