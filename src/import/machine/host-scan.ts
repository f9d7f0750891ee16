import { Kind } from "../../trace/kinds.js";
import type { Access, Cpu } from "./cpu.js";
import { createGuestOnly } from "./held.js";
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
  /** An access of EL2, while no guest's traps are in force, that has a role in switching. */
  access(access: Access): void;
  /** Any other access there; the low half of its address. */
  other(pc: number): void;
  /** EL2 took an exception from EL2, or returned to EL2. */
  exception(): void;
  exceptionReturn(): void;
  /** The (VMID, VMPIDR) in force now is the vCPU of the row of writes before: the load is known. */
  settle(): void;
  /** A run begins. Returns the host's reads of class common since it was last disturbed: the run's first act. */
  beginRun(): readonly Access[];
  /** Ends what is open, at the end of the recording. */
  finish(): void;
}

interface Row {
  readonly write: boolean;
  readonly accesses: Access[];
  readonly encodings: Set<number>;
  /** User state moved before the row (load) and after it (put). */
  readonly before: readonly Access[];
  readonly after: Access[];
  anchored: boolean;
  depth: number;
}

/** More than any of these lists can hold in an honest recording. */
const most = 4096;

/** KVM looks at one or two registers at a time: a longer row that the recording cuts short is a load or put. */
const cutRow = 4;

const last = (list: readonly Access[]): Access | undefined => list[list.length - 1];

function isNear(list: readonly Access[], pc: number): boolean {
  const previous = last(list);
  return previous !== undefined && near(previous.pc, pc);
}

export function createHostScan(
  cpu: Cpu,
  recorder: Recorder,
  vcpuNow: () => number,
  odd: (what: string) => void,
): HostScan {
  const guestOnly = createGuestOnly(cpu, recorder);
  let row: Row | undefined;
  let user: Access[] = [];
  let common: Access[] = [];
  /** A row of writes whose vCPU is not known yet. */
  let loading: Row | undefined;
  let loaded = false;
  /** The vCPU that is loaded or was last, -1 before the first. */
  let owner = -1;

  /** Of the pair in force only where nothing better is known: half of it may be the next vCPU's. */
  const current = (): number => (owner < 0 ? vcpuNow() : owner);

  function emitUser(list: readonly Access[], vcpu: number, readKind: number, writeKind: number): void {
    for (const access of list) recorder.switched(access.write ? writeKind : readKind, access, cpu.pcpu, vcpu);
  }

  function emitLoad(done: Row, vcpu: number): void {
    guestOnly.release(vcpu);
    recorder.beginList();
    recorder.point(Kind.load, cpu.pcpu, vcpu, (done.before[0] ?? done.accesses[0]).time);
    emitUser(done.before, vcpu, Kind.saveHost, Kind.restoreGuest);
    for (const access of done.accesses) recorder.switched(Kind.restoreGuest, access, cpu.pcpu, vcpu);
    loaded = true;
    owner = vcpu;
  }

  function emitPut(done: Row, vcpu: number): void {
    recorder.beginList();
    recorder.point(Kind.put, cpu.pcpu, vcpu, done.accesses[0].time);
    for (const access of done.accesses) recorder.switched(Kind.saveGuest, access, cpu.pcpu, vcpu);
    emitUser(done.after, vcpu, Kind.saveGuest, Kind.restoreHost);
    // With the put go the FP registers.
    cpu.fpRetry = -1;
    loaded = false;
    owner = vcpu;
  }

  function emitLooking(done: Row): void {
    const vcpu = current();
    if (vcpu < 0) return;
    const kind = done.write ? Kind.hypWrite : Kind.hypRead;
    for (const access of done.accesses) recorder.access(kind, access, cpu.pcpu, vcpu);
  }

  /** The load that waits for its vCPU, under what is in force now. */
  function endLoading(): void {
    if (loading === undefined) return;
    const done = loading;
    loading = undefined;
    const vcpu = vcpuNow();
    if (vcpu < 0) odd("load of an unknown vCPU");
    else emitLoad(done, vcpu);
  }

  function close(): void {
    if (row === undefined) return;
    const done = row;
    row = undefined;
    if (!done.anchored) {
      emitLooking(done);
      return;
    }
    // A load that nothing followed but this row: before Linux 6.7 VTTBR_EL2 is written by a run only, and a
    // vCPU may be put without one. Its VMPIDR_EL2 is known all the same.
    endLoading();
    if (done.write) {
      loading = done;
      return;
    }
    const vcpu = loaded ? owner : vcpuNow();
    if (vcpu < 0) odd("put of an unknown vCPU");
    else emitPut(done, vcpu);
  }

  function el1(access: Access): void {
    if (row !== undefined) {
      const fits =
        row.write === access.write &&
        isNear(row.accesses, access.pc) &&
        row.accesses.length < most &&
        !row.encodings.has(access.encoding);
      if (!fits) close();
    }
    if (row === undefined) {
      const before = access.write && isNear(user, access.pc) ? user : [];
      user = [];
      row = {
        write: access.write,
        accesses: [],
        encodings: new Set(),
        before,
        after: [],
        anchored: false,
        depth: 0,
      };
    }
    row.depth = 0;
    row.accesses.push(access);
    row.encodings.add(access.encoding);
    if (access.encoding === anchorEncodings.el1) row.anchored = true;
  }

  function userState(access: Access): void {
    if (row !== undefined && row.anchored && !row.write && isNear(row.accesses, access.pc)) {
      // A put: reads of the guest's user state, then writes of the host's. A read after a write is a new load's.
      const next = !access.write && last(row.after)?.write === true;
      if (!next && row.after.length < most) {
        row.after.push(access);
        return;
      }
    }
    if (row !== undefined && row.depth > 0) return;
    close();
    if (!isNear(user, access.pc) || user.length >= most) user = [];
    user.push(access);
  }

  function closeOutside(): void {
    if (row?.depth === 0) close();
  }

  function settle(): void {
    close();
    endLoading();
  }

  function other(pc: number): void {
    guestOnly.apart(pc);
    // Any other access of the host's, outside an interrupt, ends a row that has all it needs.
    if (row?.anchored === true && row.depth === 0 && !isNear(row.accesses, pc)) close();
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
          closeOutside();
          if (access.write) common = [];
          else if (isNear(common, access.pc) && common.length < most) common.push(access);
          else common = [access];
          break;
        case Role.guestOnly:
          closeOutside();
          guestOnly.access(access, current, !loaded);
          break;
        default:
          other(access.pc);
      }
    },
    other,
    exception() {
      common = [];
      if (row !== undefined) row.depth++;
    },
    exceptionReturn() {
      common = [];
      if (row !== undefined && row.depth > 0) row.depth--;
    },
    settle,
    beginRun() {
      settle();
      if (!loaded) {
        // The recording does not have this vCPU's load.
        loaded = true;
        owner = vcpuNow();
        guestOnly.release(owner);
      }
      const taken = common;
      common = [];
      return taken;
    },
    finish() {
      if (row !== undefined && row.accesses.length >= cutRow) row.anchored = true;
      settle();
      guestOnly.release(current());
    },
  };
}
