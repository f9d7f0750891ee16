import { Kind } from "../../trace/kinds.js";
import { maxSpan, type Access, type Cpu } from "./cpu.js";
import type { Recorder } from "./recorder.js";
import { ELR_EL2, Role, SP_EL0 } from "./roles.js";

/**
 * Which accesses of EL2 around a run are the switch code's, and whose context they move.
 *
 * What tells them apart is place: the functions of sysreg-sr.c are compiled into one stretch of code, and the
 * registers that no policy can skip (SP_EL1 of the EL1 state, ELR_EL2 of the return state: both change without
 * an MSR) are read or written in it on every pass. An access near such an anchor is the switch code's, one far
 * from it is KVM looking.
 */

/** sysreg-sr.o of Linux 6.12 and 7.2 is under 6 KiB; its neighbours that look at registers are far away. */
const nearBytes = 16 * 1024;

export const near = (a: number, b: number): boolean => Math.abs((a - b) | 0) < nearBytes;

const SP_EL1 = 0xe208;
export const anchorEncodings = { el1: SP_EL1, return: ELR_EL2 } as const;

const dropped = -1;
/** One bit of a mark beside the kind: kinds are below 32. */
const bySwitchCode = 64;

const isSwitched = (role: number): boolean => role >= Role.el1 && role <= Role.return;

/** Marks the switch code's accesses of one direction, found by the last access to the anchor. */
function markAnchored(
  span: readonly Access[],
  marks: Int8Array,
  anchor: number,
  write: boolean,
  kind: number,
): boolean {
  let at = span.length - 1;
  while (at >= 0 && (span[at].encoding !== anchor || span[at].write !== write || marks[at] !== dropped)) at--;
  if (at < 0) return false;
  const { pc } = span[at];
  const done = new Set<number>();
  // From the end: where a register was read twice, the later read is the switch code's.
  for (let each = span.length - 1; each >= 0; each--) {
    const access = span[each];
    if (access.write !== write || !isSwitched(access.role) || marks[each] !== dropped) continue;
    if (!near(access.pc, pc) || done.has(access.encoding)) continue;
    // The return state begins with ELR_EL2; SPSR_EL2 before it is read by fixup_guest_exit.
    if (access.role === Role.return && done.has(ELR_EL2)) continue;
    done.add(access.encoding);
    marks[each] = kind | bySwitchCode;
  }
  return true;
}

/** Kinds of the read and the write of a pair that takes the host's value out and brings the guest's in. */
const toGuest = { read: Kind.saveHost, write: Kind.restoreGuest } as const;
const toHost = { read: Kind.saveGuest, write: Kind.restoreHost } as const;

/**
 * Marks registers that are switched outside sysreg-sr.c: a write brings one context's value in, and the read of
 * the same register before it took the other's out. A second pair in one span, as when EL2 handles an exit on
 * its fast path, goes the other way. `entry`: those of entry.S too.
 */
function markPairs(
  span: readonly Access[],
  marks: Int8Array,
  entry: boolean,
  first: typeof toGuest | typeof toHost,
): void {
  const second = first === toGuest ? toHost : toGuest;
  const lastRead = new Map<number, number>();
  const turned = new Map<number, boolean>();
  for (let at = 0; at < span.length; at++) {
    const { encoding, role, write } = span[at];
    if (role !== Role.debug && !(entry && role === Role.entry)) continue;
    if (!write) {
      lastRead.set(encoding, at);
      continue;
    }
    const way = turned.get(encoding) === true ? second : first;
    marks[at] = way.write;
    const read = lastRead.get(encoding);
    if (read !== undefined) marks[read] = way.read;
    lastRead.delete(encoding);
    turned.set(encoding, way === first);
  }
}

/** `__guest_enter` is a page of code: it saves the host's SP_EL0 just before it reads ISR_EL1. */
const enterBytes = 128;

/** Whether `span[at]` is the host's SP_EL0, saved by `__guest_enter` before it looked for a pending interrupt. */
function isSavedForEntry(span: readonly Access[], at: number): boolean {
  const next = span[at + 1];
  const { encoding, write, pc } = span[at];
  return (
    encoding === SP_EL0 && !write && next?.role === Role.pending && Math.abs((next.pc - pc) | 0) < enterBytes
  );
}

/** An entry that was called off has saved the host's SP_EL0 all the same. */
function markCalledOff(span: readonly Access[], marks: Int8Array): void {
  for (let at = 0; at < span.length; at++) {
    if (marks[at] === dropped && isSavedForEntry(span, at)) marks[at] = Kind.saveHost;
  }
}

function markGuestOnly(span: readonly Access[], marks: Int8Array): void {
  for (let at = 0; at < span.length; at++) {
    const access = span[at];
    if (access.role === Role.guestOnly) marks[at] = access.write ? Kind.restoreGuest : Kind.saveGuest;
  }
}

/**
 * nVHE on a CPU that walks tables speculatively (ARM64_WORKAROUND_SPECULATIVE_AT) restores the guest's SCTLR_EL1
 * only once its traps are set up.
 */
function markLate(span: readonly Access[], marks: Int8Array, restored: ReadonlySet<number>): void {
  for (const [at, access] of span.entries()) {
    if (access.write && access.role === Role.el1 && !restored.has(access.encoding)) {
      marks[at] = Kind.restoreGuest | bySwitchCode;
    }
  }
}

/** Writes marked accesses as events. EL1 state of the guest that was touched otherwise: KVM looking. */
function emit(span: readonly Access[], marks: Int8Array, cpu: Cpu, recorder: Recorder): void {
  recorder.beginList();
  for (let at = 0; at < span.length; at++) {
    const access = span[at];
    const mark = marks[at];
    if (mark === dropped) {
      if (access.role === Role.el1) {
        recorder.access(access.write ? Kind.hypWrite : Kind.hypRead, access, cpu.pcpu, cpu.vcpu);
      }
    } else if (mark & bySwitchCode) {
      recorder.switched(mark & ~bySwitchCode, access, cpu.pcpu, cpu.vcpu);
    } else {
      recorder.access(mark, access, cpu.pcpu, cpu.vcpu);
    }
  }
}

/** One for all spans: a mark is read before the next span's is made. */
const scratch = new Int8Array(maxSpan);
const unmarked = (span: readonly Access[]): Int8Array => scratch.fill(dropped, 0, span.length);

/** nVHE, before the guest's traps: the host is saved, the guest restored. False: this was no run. */
export function emitBefore(cpu: Cpu, recorder: Recorder, begin: (time: number) => void): boolean {
  const marks = unmarked(cpu.span);
  if (!markAnchored(cpu.span, marks, SP_EL1, true, Kind.restoreGuest)) return false;
  markAnchored(cpu.span, marks, SP_EL1, false, Kind.saveHost);
  markGuestOnly(cpu.span, marks);
  cpu.restored = new Set(
    cpu.span
      .filter((_, at) => marks[at] === (Kind.restoreGuest | bySwitchCode))
      .map(({ encoding }) => encoding),
  );
  begin(cpu.span[0].time);
  emit(cpu.span, marks, cpu, recorder);
  return true;
}

/** Between the guest's traps and the first entry; `entered` is false in a run that found an interrupt pending. */
export function emitEntering(cpu: Cpu, recorder: Recorder, vhe: boolean, entered: boolean): void {
  const marks = unmarked(cpu.span);
  if (!entered) markAnchored(cpu.span, marks, vhe ? ELR_EL2 : SP_EL1, false, Kind.saveGuest);
  if (vhe) markAnchored(cpu.span, marks, ELR_EL2, true, Kind.restoreGuest);
  else markLate(cpu.span, marks, cpu.restored);
  markPairs(cpu.span, marks, true, toGuest);
  markCalledOff(cpu.span, marks);
  markGuestOnly(cpu.span, marks);
  emit(cpu.span, marks, cpu, recorder);
}

/** After a guest exit; `left` is false when EL2 goes straight back. */
export function emitLeaving(cpu: Cpu, recorder: Recorder, vhe: boolean, left: boolean): void {
  const marks = unmarked(cpu.span);
  if (left) markAnchored(cpu.span, marks, vhe ? ELR_EL2 : SP_EL1, false, Kind.saveGuest);
  markPairs(cpu.span, marks, true, toHost);
  markCalledOff(cpu.span, marks);
  markGuestOnly(cpu.span, marks);
  emit(cpu.span, marks, cpu, recorder);
}

/** After the guest's traps are gone: the host is restored. */
export function emitAfter(cpu: Cpu, recorder: Recorder, vhe: boolean): void {
  const marks = unmarked(cpu.span);
  if (vhe) {
    const due = new Set(cpu.hostCommon);
    for (const [at, access] of cpu.span.entries()) {
      if (access.write && access.role === Role.common && due.delete(access.encoding)) {
        marks[at] = Kind.restoreHost | bySwitchCode;
      }
    }
  } else {
    markAnchored(cpu.span, marks, SP_EL1, true, Kind.restoreHost);
  }
  markPairs(cpu.span, marks, false, toHost);
  markGuestOnly(cpu.span, marks);
  emit(cpu.span, marks, cpu, recorder);
}
