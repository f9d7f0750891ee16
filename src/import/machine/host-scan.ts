import { Kind } from "../../trace/kinds.js";
import type { Access, Cpu } from "./cpu.js";
import type { Recorder } from "./recorder.js";
import { Role } from "./roles.js";
import { anchorEncodings, near } from "./switch-code.js";

/**
 * Finds vcpu_load and vcpu_put in what a VHE host does: `__vcpu_load_switch_sysregs` saves the host's user state
 * and writes the guest's user and EL1 state, `__vcpu_put_switch_sysregs` reads the guest's EL1 and user state
 * and writes the host's user state. Each is a row of accesses to EL1 state in one direction, close together in
 * the code, with SP_EL1 among them; a row without SP_EL1 is KVM looking (SCTLR_EL12 before it injects, say).
 *
 * Interrupts are on in both functions. What an interrupt handler does inside a row is passed over: `depth`
 * counts its exceptions, and preemption is off there, so they return in order.
 */
export interface HostScan {
  /** An access of EL2 while no guest's traps are in force. */
  access(access: Access): void;
  /** EL2 took an exception from EL2, or returned to EL2. */
  exception(): void;
  exceptionReturn(): void;
  /** The (VMID, VMPIDR) in force now is the vCPU of the row of writes before: the load is known. */
  settle(): void;
  /** The host's reads of class common since it was last disturbed: what a run begins with. */
  takeHostCommon(): Access[];
  /** Ends what is open, at the end of the recording. */
  finish(): void;
}

interface Row {
  readonly write: boolean;
  readonly accesses: Access[];
  /** User state moved before the row (load) and after it (put). */
  readonly before: Access[];
  readonly after: Access[];
  anchored: boolean;
  depth: number;
}

/** More than any of these lists can hold in an honest recording. */
const most = 4096;

export function createHostScan(cpu: Cpu, recorder: Recorder, vcpuNow: () => number): HostScan {
  let row: Row | undefined;
  let user: Access[] = [];
  let common: Access[] = [];
  /** A row of writes whose vCPU is not known yet. */
  let loading: Row | undefined;
  /** vGIC and timer state restored for the vCPU that is about to be loaded. */
  let held: Access[] = [];
  let loaded = -1;

  const last = (list: readonly Access[]): Access | undefined => list[list.length - 1];
  const isNear = (list: readonly Access[], access: Access): boolean => {
    const previous = last(list);
    return previous !== undefined && near(previous.pc, access.pc);
  };

  function emitUser(list: readonly Access[], vcpu: number, readKind: number, writeKind: number): void {
    for (const access of list) recorder.switched(access.write ? writeKind : readKind, access, cpu.pcpu, vcpu);
  }

  function emitLoad(done: Row, vcpu: number): void {
    recorder.beginList();
    const { time } = done.before[0] ?? done.accesses[0];
    for (const access of held.splice(0)) recorder.access(Kind.restoreGuest, access, cpu.pcpu, vcpu);
    recorder.point(Kind.load, cpu.pcpu, vcpu, time);
    emitUser(done.before, vcpu, Kind.saveHost, Kind.restoreGuest);
    for (const access of done.accesses) recorder.switched(Kind.restoreGuest, access, cpu.pcpu, vcpu);
    loaded = vcpu;
  }

  function emitPut(done: Row): void {
    const vcpu = loaded < 0 ? vcpuNow() : loaded;
    recorder.beginList();
    recorder.point(Kind.put, cpu.pcpu, vcpu, done.accesses[0].time);
    for (const access of done.accesses) recorder.switched(Kind.saveGuest, access, cpu.pcpu, vcpu);
    emitUser(done.after, vcpu, Kind.saveGuest, Kind.restoreHost);
    loaded = -1;
  }

  function close(): void {
    if (row === undefined) return;
    const done = row;
    row = undefined;
    if (!done.anchored) {
      const vcpu = loaded < 0 ? vcpuNow() : loaded;
      const kind = done.write ? Kind.hypWrite : Kind.hypRead;
      if (vcpu >= 0) for (const access of done.accesses) recorder.access(kind, access, cpu.pcpu, vcpu);
    } else if (done.write) {
      loading = done;
    } else {
      emitPut(done);
    }
  }

  function el1(access: Access): void {
    if (row !== undefined) {
      const fits =
        row.write === access.write &&
        isNear(row.accesses, access) &&
        row.accesses.length < most &&
        !row.accesses.some(({ encoding }) => encoding === access.encoding);
      if (!fits) close();
    }
    if (row === undefined) {
      const before = access.write && isNear(user, access) ? user : [];
      user = [];
      row = { write: access.write, accesses: [], before, after: [], anchored: false, depth: 0 };
    }
    row.depth = 0;
    row.accesses.push(access);
    if (access.encoding === anchorEncodings.el1) row.anchored = true;
  }

  function userState(access: Access): void {
    if (row !== undefined && row.anchored && !row.write && isNear(row.accesses, access)) {
      // A put: reads of the guest's user state, then writes of the host's. A read after a write is a new load's.
      const next = !access.write && last(row.after)?.write === true;
      if (!next && row.after.length < most) {
        row.after.push(access);
        return;
      }
    }
    if (row !== undefined && row.depth > 0) return;
    close();
    if (!isNear(user, access) || user.length >= most) user = [];
    user.push(access);
  }

  function settle(): void {
    close();
    if (loading !== undefined) emitLoad(loading, vcpuNow());
    loading = undefined;
  }

  return {
    access(access) {
      switch (access.role) {
        case Role.el1:
          el1(access);
          break;
        case Role.user:
          userState(access);
          break;
        case Role.common:
          if (access.write || common.length >= most) common = [];
          else common.push(access);
          break;
        case Role.guestOnly:
          if (row?.anchored === true) close();
          if (access.write && loaded < 0) {
            if (held.length < most) held.push(access);
          } else {
            const vcpu = loaded < 0 ? vcpuNow() : loaded;
            const kind = access.write ? Kind.restoreGuest : Kind.saveGuest;
            if (vcpu >= 0) recorder.access(kind, access, cpu.pcpu, vcpu);
          }
          break;
        default:
          // Any other access of the host's, outside an interrupt, ends a row that has all it needs.
          if (row?.anchored === true && row.depth === 0 && !isNear(row.accesses, access)) close();
      }
    },
    exception() {
      common = [];
      if (row !== undefined) row.depth++;
    },
    exceptionReturn() {
      common = [];
      if (row !== undefined && row.depth > 0) row.depth--;
    },
    settle,
    takeHostCommon() {
      const taken = common;
      common = [];
      return taken;
    },
    finish() {
      settle();
      const vcpu = vcpuNow();
      if (vcpu >= 0) for (const access of held) recorder.access(Kind.restoreGuest, access, cpu.pcpu, vcpu);
    },
  };
}
