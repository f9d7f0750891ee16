import { encodingFromIss } from "../../registers/encoding.js";
import { canonicalEncoding } from "../../registers/lookup.js";
import { exceptionClass, exitReason, isTrappedWrite } from "../../trace/exits.js";
import { Kind } from "../../trace/kinds.js";
import { Zone, isVhe, trapsPauth, type Access, type Cpu, type PendingExit } from "./cpu.js";
import type { HostScan } from "./host-scan.js";
import type { Recorder } from "./recorder.js";
import { ELR_EL2, Role } from "./roles.js";
import { emitAfter, emitBefore, emitEntering, emitLeaving } from "./switch-code.js";

/** One pCPU, what its host does, and the vCPU in force on it (-1 if none is). */
export interface Slot {
  readonly cpu: Cpu;
  readonly scan: HostScan;
  readonly vcpuNow: () => number;
}

/**
 * Follows the passes through `__kvm_vcpu_run`: which zone of it a pCPU is in, and where runs, entries and exits
 * begin and end.
 */
export interface Runs {
  /** The guest's traps came into force. */
  activate(slot: Slot, time: number): void;
  /** The guest's traps are gone. */
  deactivate(slot: Slot): void;
  /** An ERET into the guest. */
  enter(slot: Slot, time: number): void;
  /** A guest exit. */
  leave(slot: Slot, time: number, hasValue: boolean, lo: number, hi: number): void;
  /** EL2 read the syndrome of an exit that came without one. */
  syndrome(slot: Slot, lo: number, hi: number): void;
  /** The host is itself again: the run is over, if there is one. */
  finishAfter(slot: Slot, time: number): void;
  /** Ends what is open at the end of the recording. */
  finish(slot: Slot): void;
  /** Guest entries so far, those of a VHE host, and those without pointer authentication trapped. */
  readonly counts: { entries: number; vhe: number; pauth: number };
}

const fpsimd = 0x10000;
const fpClasses: readonly number[] = [exceptionClass.fp, exceptionClass.sve, exceptionClass.sme];

const movesPc = (access: Access): boolean => access.write && access.encoding === ELR_EL2;

const isFpTrap = ({ hasValue, lo, hi }: PendingExit): boolean =>
  fpClasses.includes(exitReason(hasValue, lo, hi));

export function createRuns(recorder: Recorder, odd: (what: string) => void): Runs {
  const counts = { entries: 0, vhe: 0, pauth: 0 };
  /** Where `__guest_enter` looks for a pending interrupt, once it was seen to; a log may leave out all else of it. */
  let looksAt = -1;

  const wentForEntry = ({ span }: Cpu): boolean =>
    span.some(({ role, pc }) => role === Role.pending && pc === looksAt);

  function begin(cpu: Cpu, time: number): void {
    cpu.running = true;
    recorder.point(Kind.runStart, cpu.pcpu, cpu.vcpu, time);
  }

  function emitExit(cpu: Cpu, kind: number): void {
    const { exit } = cpu;
    cpu.exit = undefined;
    if (exit === undefined) return;
    const { time, hasValue, lo, hi } = exit;
    const trapped = exitReason(hasValue, lo, hi) === exceptionClass.sys64;
    const register = trapped ? canonicalEncoding(encodingFromIss(lo)) : -1;
    recorder.event(kind, register, cpu.pcpu, cpu.vcpu, time, hasValue, lo, hi);
    // On the fast path a trapped instruction is tried again, unless EL2 moved the guest's PC past it. If an
    // interrupt is pending by then, the run ends and the instruction is tried in the next one.
    const fast = kind === Kind.fastExit || wentForEntry(cpu);
    if (fast && kind === Kind.fullExit && isFpTrap(exit)) cpu.fpRetry = cpu.vcpu;
    if (trapped && (!fast || cpu.span.some(movesPc))) {
      const emulated = isTrappedWrite(hasValue, lo, hi) ? Kind.emulatedWrite : Kind.emulatedRead;
      recorder.event(emulated, register, cpu.pcpu, cpu.vcpu, time, false, 0, 0);
    }
  }

  function finishAfter({ cpu }: Slot, time: number): void {
    if (cpu.zone !== Zone.after) return;
    emitAfter(cpu, recorder, isVhe(cpu));
    recorder.point(Kind.runEnd, cpu.pcpu, cpu.vcpu, cpu.span[cpu.span.length - 1]?.time ?? time);
    cpu.running = false;
    cpu.span = [];
    cpu.zone = Zone.host;
  }

  return {
    counts,

    activate(slot, time) {
      const { cpu } = slot;
      finishAfter(slot, time);
      if (isVhe(cpu)) {
        const host = slot.scan.beginRun();
        cpu.vcpu = slot.vcpuNow();
        begin(cpu, host[0]?.time ?? time);
        recorder.beginList();
        for (const access of host) recorder.switched(Kind.saveHost, access, cpu.pcpu, cpu.vcpu);
        cpu.hostCommon = host.map(({ encoding }) => encoding);
      } else {
        cpu.vcpu = slot.vcpuNow();
        emitBefore(cpu, recorder, (start) => {
          begin(cpu, start);
        });
      }
      cpu.span = [];
      cpu.zone = Zone.entering;
    },

    deactivate({ cpu }) {
      const vhe = isVhe(cpu);
      if (cpu.zone === Zone.leaving) {
        emitExit(cpu, Kind.fullExit);
        emitLeaving(cpu, recorder, vhe, true);
      } else if (cpu.running) {
        emitEntering(cpu, recorder, vhe, false);
      }
      cpu.span = [];
      cpu.zone = cpu.running ? Zone.after : vhe ? Zone.host : Zone.before;
    },

    enter(slot, time) {
      const { cpu } = slot;
      looksAt = cpu.span.findLast(({ role }) => role === Role.pending)?.pc ?? looksAt;
      let fpTrap = cpu.fpRetry === cpu.vcpu && cpu.running;
      if (cpu.zone === Zone.leaving) {
        const { exit } = cpu;
        fpTrap = exit !== undefined && isFpTrap(exit);
        emitExit(cpu, Kind.fastExit);
        emitLeaving(cpu, recorder, isVhe(cpu), false);
      } else {
        if (!cpu.running) {
          // The recording begins inside a run, or the switch code was not recognised.
          cpu.vcpu = slot.vcpuNow();
          odd("run without a recognised start");
          begin(cpu, time);
        }
        emitEntering(cpu, recorder, isVhe(cpu), true);
      }
      recorder.point(Kind.entry, cpu.pcpu, cpu.vcpu, time);
      // EL2 gave the guest its FP registers and lets it try again: the instruction leaves no other sign.
      if (fpTrap) recorder.event(Kind.guestRead, fpsimd, cpu.pcpu, cpu.vcpu, time, false, 0, 0);
      counts.entries++;
      if (isVhe(cpu)) counts.vhe++;
      if (!trapsPauth(cpu)) counts.pauth++;
      cpu.fpRetry = -1;
      cpu.span = [];
      cpu.zone = Zone.guest;
    },

    leave({ cpu }, time, hasValue, lo, hi) {
      cpu.exit = { time, hasValue, lo, hi };
      cpu.zone = Zone.leaving;
      cpu.span = [];
    },

    syndrome({ cpu }, lo, hi) {
      const { exit } = cpu;
      if (exit?.hasValue === false) cpu.exit = { time: exit.time, hasValue: true, lo, hi };
    },

    finishAfter,

    finish(slot) {
      const { cpu } = slot;
      const vhe = isVhe(cpu);
      if (cpu.zone === Zone.leaving) {
        emitExit(cpu, Kind.fullExit);
        emitLeaving(cpu, recorder, vhe, true);
      } else if (cpu.zone === Zone.entering) {
        if (cpu.running) emitEntering(cpu, recorder, vhe, false);
      } else {
        finishAfter(slot, cpu.lastTime);
        slot.scan.finish();
      }
    },
  };
}

/** On VHE nothing marks the end of a run: it is over when the host begins a load, a put or the next run. */
export function endsVheRun({ role, write }: Access): boolean {
  return role === Role.el1 || role === Role.user || (role === Role.common && !write);
}
