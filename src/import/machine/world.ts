import { canonicalEncoding, redirectsUnderE2H } from "../../registers/lookup.js";
import { encodingFromIss } from "../../registers/encoding.js";
import { Kind } from "../../trace/kinds.js";
import { Reason, exceptionClass, exitReason, isTrappedWrite, noSyndrome } from "../../trace/exits.js";
import { Zone, inGuestWorld, newCpu, trapsPauth, usesE2h, vmidOf, type Access, type Cpu } from "./cpu.js";
import { createHostScan, type HostScan } from "./host-scan.js";
import type { Recorder } from "./recorder.js";
import { Role, isGuestAlias, roleOf } from "./roles.js";
import { emitAfter, emitBefore, emitEntering, emitLeaving } from "./switch-code.js";

/** What a source of machine state reports: what retired on each pCPU, in the order of the recording. */
export interface World {
  /**
   * An MSR or MRS that retired at exception level `el`. `encoding` as the instruction has it; `pc` is the low
   * half of its address.
   */
  access(
    cpu: number,
    time: number,
    write: boolean,
    encoding: number,
    el: number,
    pc: number,
    hasValue: boolean,
    lo: number,
    hi: number,
  ): void;
  /** A register's value that no instruction of the recording wrote: its state where the recording begins. */
  state(cpu: number, encoding: number, lo: number, hi: number): void;
  /** An exception taken to `target`; the syndrome where it is known, SPSR.M of the interrupted code or -1. */
  exception(
    cpu: number,
    time: number,
    target: number,
    cause: ExceptionCause,
    hasSyndrome: boolean,
    lo: number,
    hi: number,
    mode: number,
  ): void;
  /** An ERET that retired at exception level `el`. */
  eret(cpu: number, time: number, el: number): void;
  /** An instruction was seen at exception level `el`: for sources that do not report exceptions. */
  level(cpu: number, time: number, el: number): void;
  /** Ends what is open. */
  finish(): WorldSummary;
}

export type ExceptionCause = "sync" | "irq" | "fiq" | "serror";

export interface WorldSummary {
  readonly mode: "vhe" | "nvhe" | "none";
  /** Every guest entry was made with pointer authentication trapped. */
  readonly pauthTrapped: boolean;
  /** pCPU numbers by pCPU index. */
  readonly pcpus: readonly number[];
  readonly anomalies: Readonly<Record<string, number>>;
}

const HCR_EL2 = 0xe088;
const VTTBR_EL2 = 0xe108;
const VMPIDR_EL2 = 0xe005;
const VPIDR_EL2 = 0xe000;
const ELR_EL1 = 0xc201;
const ELR_EL2 = 0xe201;
const SPSR_EL1 = 0xc200;
const SPSR_EL2 = 0xe200;
const FPSIMD = 0x10000;

/** Longest span of one zone; an honest pass through the switch code makes some hundred accesses. */
const maxSpan = 1 << 14;

const causeReason = { irq: Reason.irq, fiq: Reason.fiq, serror: Reason.serror } as const;
const fpClasses: readonly number[] = [exceptionClass.fp, exceptionClass.sve, exceptionClass.sme];

interface Slot {
  readonly cpu: Cpu;
  readonly scan: HostScan;
}

export function createWorld(recorder: Recorder): World {
  const slots: Slot[] = [];
  const byNumber = new Map<number, Slot>();
  /** Before any sign of EL2 every access is taken for a guest's without a hypervisor. */
  let sawEl2 = false;
  let sawVhe = false;
  let entries = 0;
  let pauthTrapped = true;
  const anomalies: Record<string, number> = {};
  const odd = (what: string): void => void (anomalies[what] = (anomalies[what] ?? 0) + 1);

  function slotOf(number: number): Slot {
    let slot = byNumber.get(number);
    if (slot === undefined) {
      const cpu = newCpu(slots.length);
      slot = { cpu, scan: createHostScan(cpu, recorder, () => identify(cpu)) };
      slots.push(slot);
      byNumber.set(number, slot);
    }
    return slot;
  }

  /** The vCPU in force, -1 if none is. */
  const identify = (cpu: Cpu): number => (vmidOf(cpu) === 0 ? -1 : recorder.vcpu(vmidOf(cpu), cpu.vmpidr));

  function hypervisor(): void {
    if (sawEl2) return;
    sawEl2 = true;
    recorder.restart();
  }

  function begin(cpu: Cpu, time: number): void {
    cpu.running = true;
    recorder.point(Kind.runStart, cpu.pcpu, cpu.vcpu, time);
  }

  /** The guest's traps came into force. */
  function activate({ cpu, scan }: Slot, time: number): void {
    finishAfter(cpu, time);
    cpu.vcpu = identify(cpu);
    if (usesE2h(cpu)) {
      scan.settle();
      const host = scan.takeHostCommon();
      begin(cpu, host[0]?.time ?? time);
      recorder.beginList();
      for (const access of host) recorder.switched(Kind.saveHost, access, cpu.pcpu, cpu.vcpu);
      cpu.hostCommon = host.map(({ encoding }) => encoding);
    } else {
      emitBefore(cpu, recorder, (start) => begin(cpu, start));
    }
    cpu.span = [];
    cpu.zone = Zone.entering;
  }

  /** The guest's traps are gone. */
  function deactivate({ cpu }: Slot): void {
    const vhe = usesE2h(cpu);
    if (cpu.zone === Zone.leaving) {
      emitExit(cpu, Kind.fullExit);
      emitLeaving(cpu, recorder, vhe, true);
    } else if (cpu.running) {
      emitEntering(cpu, recorder, vhe, false);
    }
    cpu.span = [];
    cpu.zone = cpu.running ? Zone.after : vhe ? Zone.host : Zone.before;
  }

  /** The host is itself again: the run is over. */
  function finishAfter(cpu: Cpu, time: number): void {
    if (cpu.zone !== Zone.after) return;
    emitAfter(cpu, recorder, usesE2h(cpu));
    recorder.point(Kind.runEnd, cpu.pcpu, cpu.vcpu, cpu.span[cpu.span.length - 1]?.time ?? time);
    cpu.running = false;
    cpu.span = [];
    cpu.zone = Zone.host;
  }

  function emitExit(cpu: Cpu, kind: number): void {
    const exit = cpu.exit;
    cpu.exit = undefined;
    if (exit === undefined) return;
    const { time, hasValue, lo, hi } = exit;
    const trapped = exitReason(hasValue, lo, hi) === exceptionClass.sys64;
    const register = trapped ? canonicalEncoding(encodingFromIss(lo)) : -1;
    recorder.event(kind, register, cpu.pcpu, cpu.vcpu, time, hasValue, lo, hi);
    // On the fast path a trapped instruction is tried again, unless EL2 moved the guest's PC past it.
    const skipped = (access: Access): boolean => access.write && access.encoding === ELR_EL2;
    if (trapped && (kind === Kind.fullExit || cpu.span.some(skipped))) {
      const emulated = isTrappedWrite(hasValue, lo, hi) ? Kind.emulatedWrite : Kind.emulatedRead;
      recorder.event(emulated, register, cpu.pcpu, cpu.vcpu, time, false, 0, 0);
    }
  }

  function enter(cpu: Cpu, time: number): void {
    let fpTrap = false;
    if (cpu.zone === Zone.leaving) {
      const { exit } = cpu;
      fpTrap = exit !== undefined && fpClasses.includes(exitReason(exit.hasValue, exit.lo, exit.hi));
      emitExit(cpu, Kind.fastExit);
      emitLeaving(cpu, recorder, usesE2h(cpu), false);
    } else {
      if (!cpu.running) {
        // The recording begins inside a run, or the switch code was not recognised.
        cpu.vcpu = identify(cpu);
        odd("run without a recognised start");
        begin(cpu, time);
      }
      emitEntering(cpu, recorder, usesE2h(cpu), true);
    }
    recorder.point(Kind.entry, cpu.pcpu, cpu.vcpu, time);
    // EL2 gave the guest its FP registers and lets it try again: the instruction leaves no other sign.
    if (fpTrap) recorder.event(Kind.guestRead, FPSIMD, cpu.pcpu, cpu.vcpu, time, false, 0, 0);
    entries++;
    if (!trapsPauth(cpu)) pauthTrapped = false;
    if (usesE2h(cpu)) sawVhe = true;
    cpu.span = [];
    cpu.zone = Zone.guest;
  }

  /** HCR_EL2 or VTTBR_EL2 changed. */
  function worldChanged(slot: Slot, before: boolean, time: number): void {
    const now = inGuestWorld(slot.cpu);
    if (now && !before) activate(slot, time);
    else if (before && !now) deactivate(slot);
  }

  function control(slot: Slot, encoding: number, lo: number, hi: number, time: number): void {
    const { cpu, scan } = slot;
    const before = inGuestWorld(cpu);
    if (encoding === HCR_EL2) {
      cpu.hcrLo = lo;
      cpu.hcrHi = hi;
      worldChanged(slot, before, time);
    } else if (encoding === VTTBR_EL2) {
      cpu.vttbrHi = hi;
      if (usesE2h(cpu) && vmidOf(cpu) !== 0 && cpu.zone === Zone.host) scan.settle();
      worldChanged(slot, before, time);
    } else {
      cpu.vmpidr = lo >>> 0;
    }
  }

  function hostAccess(slot: Slot, access: Access): void {
    const { cpu, scan } = slot;
    const { time, write, encoding, lo, hi } = access;
    if (write && (encoding === HCR_EL2 || encoding === VTTBR_EL2) && access.hasValue) {
      control(slot, encoding, lo, hi, time);
      return;
    }
    if (write && encoding === SPSR_EL2 && access.hasValue) cpu.returnMode = lo & 0xf;
    const { role } = access;
    if (usesE2h(cpu) && cpu.zone === Zone.after && endsRun(access)) finishAfter(cpu, time);
    if (usesE2h(cpu) && cpu.zone === Zone.host) scan.access(access);
    // After a run the kernel's task switch writes SP_EL0 and the keys for itself.
    else if (role !== Role.none && !(usesE2h(cpu) && cpu.zone === Zone.after && role === Role.entry)) {
      if (cpu.span.length < maxSpan) cpu.span.push(access);
    }
    if (write && encoding === VMPIDR_EL2 && access.hasValue) control(slot, encoding, lo, hi, time);
  }

  return {
    access(number, time, write, encoding, el, pc, hasValue, lo, hi) {
      const slot = slotOf(number);
      const { cpu } = slot;
      cpu.lastTime = time;
      if (el < 2) {
        if (cpu.zone === Zone.guest || guestGoesOn(slot, time)) {
          const kind = write ? Kind.guestWrite : Kind.guestRead;
          recorder.event(kind, encoding, cpu.pcpu, cpu.vcpu, time, hasValue, lo, hi);
        } else if (!sawEl2) {
          const kind = write ? Kind.guestWrite : Kind.guestRead;
          const vcpu = recorder.vcpu(-1, number);
          recorder.event(kind, encoding, cpu.pcpu, vcpu, time, hasValue, lo, hi);
        }
        return;
      }
      if (el > 2) return;
      hypervisor();
      if (cpu.zone === Zone.guest) leaveUnseen(cpu, time);
      const e2h = usesE2h(cpu);
      let canonical = encoding;
      let role: number = Role.none;
      if (isGuestAlias(encoding)) {
        canonical = canonicalEncoding(encoding);
        role = roleOf(encoding);
      } else if (e2h && redirectsUnderE2H(encoding)) {
        // The kernel at EL2 says EL1 and means EL2. Only what a guest's entry needs is of interest.
        canonical = encoding === ELR_EL1 ? ELR_EL2 : encoding === SPSR_EL1 ? SPSR_EL2 : -1;
        if (canonical < 0) return;
        role = Role.return;
      } else {
        role = encoding === VMPIDR_EL2 || encoding === VPIDR_EL2 ? Role.el1 : roleOf(encoding);
      }
      hostAccess(slot, { time, write, encoding: canonical, role, pc, hasValue, lo, hi });
    },

    state(number, encoding, lo, hi) {
      hypervisor();
      const { cpu } = slotOf(number);
      if (encoding === HCR_EL2) {
        cpu.hcrLo = lo;
        cpu.hcrHi = hi;
      } else if (encoding === VTTBR_EL2) cpu.vttbrHi = hi;
      else if (encoding === VMPIDR_EL2) cpu.vmpidr = lo >>> 0;
    },

    exception(number, time, target, cause, hasSyndrome, lo, hi, mode) {
      if (target < 2) return;
      const slot = slotOf(number);
      const { cpu, scan } = slot;
      cpu.lastTime = time;
      hypervisor();
      if (target > 2) return;
      const fromEl2 = mode < 0 ? cpu.zone !== Zone.guest : mode >>> 2 === 2;
      cpu.returnMode = mode;
      if (fromEl2) {
        if (usesE2h(cpu)) {
          finishAfter(cpu, time);
          scan.exception();
        }
        return;
      }
      if (cpu.zone !== Zone.guest && !guestGoesOn(slot, time)) {
        // From the host: on nVHE a call of the hypervisor.
        if (usesE2h(cpu)) scan.exception();
        else cpu.zone = Zone.before;
        cpu.span = [];
        return;
      }
      const interrupt = cause !== "sync";
      cpu.exit = {
        time,
        hasValue: interrupt || hasSyndrome,
        lo: interrupt ? causeReason[cause] : lo,
        hi: interrupt ? noSyndrome : hi,
      };
      cpu.zone = Zone.leaving;
      cpu.span = [];
    },

    eret(number, time, el) {
      if (el !== 2) return;
      const { cpu, scan } = slotOf(number);
      cpu.lastTime = time;
      hypervisor();
      const toEl2 = cpu.returnMode >= 0 && cpu.returnMode >>> 2 === 2;
      if (inGuestWorld(cpu) && !toEl2) {
        enter(cpu, time);
        return;
      }
      finishAfter(cpu, time);
      if (toEl2) scan.exceptionReturn();
      else if (!usesE2h(cpu)) {
        cpu.zone = Zone.host;
        cpu.span = [];
      } else scan.exceptionReturn();
      // What EL2 returns to next is known only when it is written or the next exception is taken.
      cpu.returnMode = -1;
    },

    level(number, time, el) {
      const slot = slotOf(number);
      const { cpu } = slot;
      if (el === 2) {
        hypervisor();
        if (cpu.zone === Zone.guest) leaveUnseen(cpu, time);
      } else if (el < 2) guestGoesOn(slot, time);
    },

    finish() {
      for (const { cpu, scan } of slots) {
        if (cpu.zone === Zone.leaving) {
          emitExit(cpu, Kind.fullExit);
          emitLeaving(cpu, recorder, usesE2h(cpu), true);
        } else {
          finishAfter(cpu, cpu.lastTime);
          scan.finish();
        }
      }
      if (sawEl2 && entries === 0) odd("no guest was entered");
      return {
        mode: !sawEl2 ? "none" : sawVhe ? "vhe" : "nvhe",
        pauthTrapped,
        pcpus: [...byNumber.keys()],
        anomalies,
      };
    },
  };

  /** On VHE nothing marks the end of a run: it is over when the host begins a load, a put or the next run. */
  function endsRun({ role, write }: Access): boolean {
    return role === Role.el1 || role === Role.user || (role === Role.common && !write);
  }

  /** An exit that the source did not report as an exception. */
  function leaveUnseen(cpu: Cpu, time: number): void {
    odd("exit without an exception");
    cpu.exit = { time, hasValue: false, lo: 0, hi: 0 };
    cpu.zone = Zone.leaving;
    cpu.span = [];
  }

  /** Code at EL1 or EL0 under a guest's traps: the guest runs, though its entry was not seen. */
  function guestGoesOn({ cpu }: Slot, time: number): boolean {
    if (cpu.zone === Zone.guest) return true;
    if (!inGuestWorld(cpu)) return false;
    odd("entry without an ERET");
    enter(cpu, time);
    return true;
  }
}
