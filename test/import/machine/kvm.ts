import { Code, Hcr, type Pcpu } from "./script.js";

/** What KVM does on a pCPU, with lists cut down to what tells registers apart. */

const vheList = ["SCTLR_EL12", "TTBR0_EL12", "PAR_EL1", "SP_EL1", "ELR_EL12"];
const nvheList = ["SCTLR_EL1", "TTBR0_EL1", "SP_EL1"];
const EL1h = 5;

export const vttbr = (vm: number): readonly [number, number] => [vm << 16, 0x1000];
export const mpidr = (vcpu: number): number => (0x80000000 | vcpu) >>> 0;

/** `__vcpu_load_switch_sysregs`; `middle` happens between two of its writes. */
export function loadSysregs(cpu: Pcpu, vcpu: number, middle?: (cpu: Pcpu) => void): void {
  cpu.at(Code.sysreg).read("TPIDR_EL0").write("TPIDR_EL0").set("VMPIDR_EL2", mpidr(vcpu));
  cpu.write(...vheList.slice(0, 2));
  middle?.(cpu);
  cpu.at(Code.sysreg + 0x40).write(...vheList.slice(2));
}

/** vcpu_load of a VHE host since Linux 6.7. */
export function load(cpu: Pcpu, vm: number, vcpu: number, middle?: (cpu: Pcpu) => void): void {
  loadSysregs(cpu, vcpu, middle);
  cpu.at(Code.elsewhere).set("VTTBR_EL2", vttbr(vm));
}

/** vcpu_put of a VHE host. */
export function put(cpu: Pcpu, middle?: (cpu: Pcpu) => void): void {
  cpu.at(Code.sysreg + 0x200).read(...vheList.slice(0, 2));
  middle?.(cpu);
  cpu
    .at(Code.sysreg + 0x240)
    .read(...vheList.slice(2))
    .read("TPIDR_EL0")
    .write("TPIDR_EL0");
}

/** `__guest_enter`, up to the ERET. */
export function guestEnter(cpu: Pcpu): void {
  cpu.at(Code.entry).read("SP_EL0", "ISR_EL1").write("SP_EL0").eret();
}

/** An exit of the guest and `__guest_exit`. */
export function guestExit(cpu: Pcpu, esr: number | "irq"): void {
  if (esr === "irq") cpu.exception("irq", EL1h);
  else cpu.exception("sync", EL1h, esr);
  cpu
    .at(Code.entry + 0x200)
    .read("SP_EL0")
    .write("SP_EL0");
}

/** `__kvm_vcpu_run_vhe` up to the first entry. */
export function runVhe(cpu: Pcpu): void {
  cpu.at(Code.run).read("MDSCR_EL1").set("HCR_EL2", Hcr.vheGuest);
  cpu
    .at(Code.sysreg + 0x400)
    .write("MDSCR_EL1")
    .set("ELR_EL1", 0x1000)
    .set("SPSR_EL1", EL1h);
}

/** `__kvm_vcpu_run_vhe` after the last exit. */
export function endVhe(cpu: Pcpu): void {
  cpu.at(Code.sysreg + 0x480).read("MDSCR_EL1", "ELR_EL1");
  cpu.at(Code.run + 0x80).set("HCR_EL2", Hcr.vheHost);
  cpu.at(Code.sysreg + 0x4c0).write("MDSCR_EL1");
}

/** A whole run of a VHE host; `guest` happens in the guest. */
export function passVhe(cpu: Pcpu, guest: (cpu: Pcpu) => void, exit: number | "irq" = "irq"): void {
  runVhe(cpu);
  guestEnter(cpu);
  guest(cpu.at(Code.guest));
  guestExit(cpu, exit);
  endVhe(cpu);
}

export interface Nvhe {
  readonly host: readonly [number, number];
  readonly guest: readonly [number, number];
  readonly list: readonly string[];
}

export const plainNvhe: Nvhe = { host: Hcr.nvheHost, guest: Hcr.nvheGuest, list: nvheList };

/** The host's call of `__kvm_vcpu_run` up to the guest's traps. */
export function callNvhe(cpu: Pcpu, vm: number, vcpu: number, how: Nvhe = plainNvhe): void {
  cpu.exception("sync", EL1h, 0x16 << 26);
  cpu.at(Code.sysreg).read(...how.list, "MDSCR_EL1");
  cpu
    .at(Code.sysreg + 0x100)
    .set("VMPIDR_EL2", mpidr(vcpu))
    .write(...how.list, "MDSCR_EL1");
  cpu.at(Code.run).set("VTTBR_EL2", vttbr(vm));
}

/** The way back from the last exit to the host. */
export function returnNvhe(cpu: Pcpu, how: Nvhe = plainNvhe): void {
  cpu.at(Code.sysreg + 0x200).read(...how.list, "MDSCR_EL1");
  cpu
    .at(Code.run + 0x80)
    .set("HCR_EL2", how.host)
    .set("VTTBR_EL2", [0, 0]);
  cpu
    .at(Code.sysreg + 0x300)
    .set("VMPIDR_EL2", mpidr(0))
    .write(...how.list, "MDSCR_EL1");
  cpu.set("SPSR_EL2", EL1h).eret();
}

export function passNvhe(
  cpu: Pcpu,
  vm: number,
  vcpu: number,
  guest: (cpu: Pcpu) => void,
  how: Nvhe = plainNvhe,
): void {
  callNvhe(cpu, vm, vcpu, how);
  cpu.set("HCR_EL2", how.guest).set("SPSR_EL2", EL1h);
  guestEnter(cpu);
  guest(cpu.at(Code.guest));
  guestExit(cpu, "irq");
  returnNvhe(cpu, how);
}
