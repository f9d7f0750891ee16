import { Kind } from "../../trace/kinds.js";
import { Reason, noSyndrome } from "../../trace/exits.js";
import { Zone, hasGuestTraps, inGuestWorld, isVhe, maxSpan, newCpu, noteHostBelow } from "./cpu.js";
import { usesE2h, vmidOf, type Access } from "./cpu.js";
import { createHostScan } from "./host-scan.js";
import type { Recorder } from "./recorder.js";
import { ESR_EL2, HCR_EL2, Role, SPSR_EL2, VMPIDR_EL2, VTTBR_EL2, plain, underE2h } from "./roles.js";
import { createRuns, endsVheRun, type Slot } from "./run.js";

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
  /** An ERET that retired at exception level `el`. Returns the level that it goes to, -1 if that is not known. */
  eret(cpu: number, time: number, el: number): number;
  /** An instruction was seen at another exception level than the last: for sources without exceptions. */
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

const causeReason = { irq: Reason.irq, fiq: Reason.fiq, serror: Reason.serror } as const;

const levelOf = (mode: number): number => (mode < 0 ? -1 : mode >>> 2);

export function createWorld(recorder: Recorder): World {
  const slots: Slot[] = [];
  const byNumber = new Map<number, Slot>();
  /** Before any sign of EL2 every access is taken for a guest's without a hypervisor. */
  let sawEl2 = false;
  const anomalies: Record<string, number> = {};
  const odd = (what: string): void => void (anomalies[what] = (anomalies[what] ?? 0) + 1);
  const runs = createRuns(recorder, odd);
  let lastNumber = -1;
  let lastSlot: Slot | undefined;

  function slotOf(number: number): Slot {
    if (number === lastNumber && lastSlot !== undefined) return lastSlot;
    let slot = byNumber.get(number);
    if (slot === undefined) {
      const cpu = newCpu(slots.length);
      const vcpuNow = (): number => (vmidOf(cpu) === 0 ? -1 : recorder.vcpu(vmidOf(cpu), cpu.vmpidr));
      slot = { cpu, vcpuNow, scan: createHostScan(cpu, recorder, vcpuNow, odd) };
      slots.push(slot);
      byNumber.set(number, slot);
    }
    lastNumber = number;
    lastSlot = slot;
    return slot;
  }

  function hypervisor(): void {
    if (sawEl2) return;
    sawEl2 = true;
    recorder.restart();
  }

  /** HCR_EL2 and VTTBR_EL2 make the world a guest's or the host's; a read of ESR_EL2 tells of an exit. */
  function control(slot: Slot, encoding: number, write: boolean, lo: number, hi: number, time: number): void {
    const { cpu, scan } = slot;
    const before = inGuestWorld(cpu);
    if (encoding === HCR_EL2 && write) {
      cpu.hcrLo = lo;
      cpu.hcrHi = hi;
    } else if (encoding === VTTBR_EL2 && write) {
      cpu.vttbrHi = hi;
      cpu.vttbrKnown = true;
      if (isVhe(cpu) && vmidOf(cpu) !== 0 && cpu.zone === Zone.host) scan.settle();
    } else if (encoding === ESR_EL2 && !write && cpu.zone === Zone.leaving) {
      runs.syndrome(slot, lo, hi);
    }
    const now = inGuestWorld(cpu);
    if (now && !before) runs.activate(slot, time);
    else if (before && !now) runs.deactivate(slot);
  }

  /** An access of EL2 that may be part of switching. */
  function hostAccess(slot: Slot, access: Access): void {
    const { cpu, scan } = slot;
    const { time, role, write, encoding, hasValue, lo } = access;
    if (write && encoding === SPSR_EL2 && hasValue) cpu.returnMode = lo & 0xf;
    if (isVhe(cpu)) {
      if (cpu.zone === Zone.after && endsVheRun(access)) runs.finishAfter(slot, time);
      if (cpu.zone === Zone.host) scan.access(access);
      // After a run the kernel's task switch writes SP_EL0 and the keys for itself.
      else if (cpu.zone !== Zone.after || role !== Role.entry) keep(slot, access);
    } else {
      keep(slot, access);
    }
    if (write && encoding === VMPIDR_EL2 && hasValue) cpu.vmpidr = lo >>> 0;
  }

  function keep({ cpu }: Slot, access: Access): void {
    if (cpu.span.length < maxSpan) cpu.span.push(access);
    else if (cpu.zone !== Zone.host) odd("access beyond the longest run");
  }

  /** An exit that the source did not report as an exception. */
  function leaveUnseen(slot: Slot, time: number): void {
    odd("exit without an exception");
    runs.leave(slot, time, false, 0, 0);
  }

  /** Code at EL1 or EL0 under a guest's traps: the guest runs, though its entry was not seen. */
  function guestGoesOn(slot: Slot, time: number): boolean {
    const { cpu } = slot;
    if (cpu.zone === Zone.guest) return true;
    if (!inGuestWorld(cpu)) {
      if (hasGuestTraps(cpu) && !cpu.vttbrKnown) odd("guest under an unknown VTTBR_EL2");
      return false;
    }
    hypervisor();
    odd("entry without an ERET");
    runs.enter(slot, time);
    return true;
  }

  /** EL2 was entered from below on the host's behalf: on nVHE a call of the hypervisor. */
  function calledByHost({ cpu, scan }: Slot): void {
    noteHostBelow(cpu);
    if (isVhe(cpu)) scan.exception();
    else cpu.zone = Zone.before;
    cpu.span = [];
  }

  return {
    access(number, time, write, encoding, el, pc, hasValue, lo, hi) {
      const slot = slotOf(number);
      const { cpu } = slot;
      cpu.lastTime = time;
      if (el < 2) {
        const guest = cpu.zone === Zone.guest || guestGoesOn(slot, time);
        if (!guest && sawEl2) return;
        const vcpu = guest ? cpu.vcpu : recorder.vcpu(-1, number);
        recorder.event(
          write ? Kind.guestWrite : Kind.guestRead,
          encoding,
          cpu.pcpu,
          vcpu,
          time,
          hasValue,
          lo,
          hi,
        );
        return;
      }
      if (el > 2) return;
      hypervisor();
      if (cpu.zone === Zone.guest) leaveUnseen(slot, time);
      const meaning = usesE2h(cpu) ? underE2h : plain;
      const role = meaning.role[encoding];
      if (role === Role.none) {
        // What a kernel at EL2 means by an EL1 name is its own affair, and no sign of anything else.
        if (cpu.zone === Zone.host && isVhe(cpu) && meaning.register[encoding] >= 0) slot.scan.other(pc);
        return;
      }
      const register = meaning.register[encoding];
      if (role === Role.control) {
        if (hasValue) control(slot, register, write, lo, hi, time);
      } else {
        hostAccess(slot, { time, write, encoding: register, role, pc, hasValue, lo, hi });
      }
    },

    state(number, encoding, lo, hi) {
      const { cpu } = slotOf(number);
      if (encoding === HCR_EL2) {
        cpu.hcrLo = lo;
        cpu.hcrHi = hi;
      } else if (encoding === VTTBR_EL2) {
        cpu.vttbrHi = hi;
        cpu.vttbrKnown = true;
      } else if (encoding === VMPIDR_EL2) {
        cpu.vmpidr = lo >>> 0;
      }
    },

    exception(number, time, target, cause, hasSyndrome, lo, hi, mode) {
      const slot = slotOf(number);
      const { cpu, scan } = slot;
      const from = mode < 0 ? cpu.level : levelOf(mode);
      cpu.level = target;
      if (target !== 2) return;
      cpu.lastTime = time;
      hypervisor();
      cpu.returnMode = mode;
      if (from < 0 ? cpu.zone !== Zone.guest : from === 2) {
        // A VHE host takes exceptions again only after a run; in the switch code of nVHE an SError may come.
        if (isVhe(cpu)) {
          runs.finishAfter(slot, time);
          scan.exception();
        }
      } else if (cpu.zone === Zone.guest || guestGoesOn(slot, time)) {
        if (cause === "sync") runs.leave(slot, time, hasSyndrome, lo, hi);
        else runs.leave(slot, time, true, causeReason[cause], noSyndrome);
      } else {
        calledByHost(slot);
      }
    },

    eret(number, time, el) {
      if (el !== 2) return -1;
      const slot = slotOf(number);
      const { cpu, scan } = slot;
      cpu.lastTime = time;
      hypervisor();
      const to = levelOf(cpu.returnMode);
      cpu.level = to;
      // What EL2 returns to next is known only when it is written or the next exception is taken.
      cpu.returnMode = -1;
      if (inGuestWorld(cpu) && to !== 2) {
        runs.enter(slot, time);
      } else if (isVhe(cpu)) {
        runs.finishAfter(slot, time);
        scan.exceptionReturn();
      } else if (to !== 2) {
        noteHostBelow(cpu);
        runs.finishAfter(slot, time);
        cpu.zone = Zone.host;
        cpu.span = [];
      }
      return to;
    },

    level(number, time, el) {
      const slot = slotOf(number);
      const { cpu } = slot;
      const from = cpu.level;
      cpu.level = el;
      if (el < 2) {
        guestGoesOn(slot, time);
      } else if (el === 2) {
        hypervisor();
        if (cpu.zone === Zone.guest) leaveUnseen(slot, time);
        else if (from < 2) calledByHost(slot);
      }
    },

    finish() {
      for (const slot of slots) runs.finish(slot);
      const { entries, vhe, pauth } = runs.counts;
      if (sawEl2 && entries === 0) odd("no guest was entered");
      return {
        mode: !sawEl2 ? "none" : vhe > 0 ? "vhe" : "nvhe",
        pauthTrapped: pauth === 0,
        pcpus: [...byNumber.keys()],
        anomalies,
      };
    },
  };
}
