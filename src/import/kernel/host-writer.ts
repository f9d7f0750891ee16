import { encodingFromIss } from "../../registers/encoding.js";
import { canonicalEncoding } from "../../registers/lookup.js";
import { Reason, exceptionClass, noSyndrome } from "../../trace/exits.js";
import { Kind } from "../../trace/kinds.js";
import type { TraceWriter } from "../../trace/writer.js";
import { createRecorder } from "../machine/recorder.js";
import type { Pcpu, Thread } from "./threads.js";

/** Writes what vCPUs did. An exit waits for its syndrome, until anything else is written of its thread or pCPU. */
export interface HostWriter {
  point(kind: number, thread: Thread, pcpu: Pcpu, time: number): void;
  access(kind: number, encoding: number, thread: Thread, pcpu: Pcpu, time: number): void;
  /** A full exit and the end of its run. */
  exit(thread: Thread, pcpu: Pcpu, time: number, reason: number): void;
  /** ESR_EL2 of the thread's last exit, if that waits for one of its class. */
  syndrome(thread: Thread, lo: number, hi: number): void;
  /** Writes the exit that waits, if one does. */
  release(thread: Thread): void;
  /** Writes that events were lost on a pCPU, if any were. */
  loss(pcpu: Pcpu, time: number): void;
}

/** Exits behind whose `kvm_exit` another event tells the whole syndrome. */
const told: readonly number[] = [exceptionClass.sys64, exceptionClass.iabtLow, exceptionClass.dabtLow];

export function createHostWriter(writer: TraceWriter): HostWriter {
  const recorder = createRecorder(writer);

  /** Before anything is written of a thread or a pCPU, what waits of either is. */
  function settle(thread: Thread, pcpu: Pcpu, time: number): void {
    if (pcpu.holder !== undefined) release(pcpu.holder);
    if (thread.held !== undefined) release(thread);
    if (pcpu.lost >= 0) loss(pcpu, time);
    thread.pcpu = pcpu;
    pcpu.thread = thread;
    pcpu.time = time;
  }

  function loss(pcpu: Pcpu, time: number): void {
    const { index, lost } = pcpu;
    if (lost < 0) return;
    recorder.event(Kind.lost, -1, index, -1, time, true, lost | 0, Math.floor(lost / 2 ** 32));
    pcpu.lost = -1;
  }

  function write(thread: Thread, pcpu: Pcpu, time: number, register: number, lo: number, hi: number): void {
    recorder.event(Kind.fullExit, register, pcpu.index, thread.vcpu, time, true, lo, hi);
    recorder.point(Kind.runEnd, pcpu.index, thread.vcpu, time);
  }

  /** Gives back where the exit that waits was, if one does: it waits no more. */
  function take(thread: Thread): Pcpu | undefined {
    const { held } = thread;
    thread.held = undefined;
    if (held !== undefined) held.holder = undefined;
    return held;
  }

  function release(thread: Thread): void {
    const pcpu = take(thread);
    if (pcpu !== undefined) write(thread, pcpu, thread.heldTime, -1, thread.heldClass, noSyndrome);
  }

  return {
    point(kind, thread, pcpu, time) {
      settle(thread, pcpu, time);
      recorder.point(kind, pcpu.index, thread.vcpu, time);
    },
    access(kind, encoding, thread, pcpu, time) {
      settle(thread, pcpu, time);
      recorder.event(kind, encoding, pcpu.index, thread.vcpu, time, false, 0, 0);
    },
    exit(thread, pcpu, time, reason) {
      settle(thread, pcpu, time);
      if (told.includes(reason)) {
        thread.held = pcpu;
        thread.heldTime = time;
        thread.heldClass = reason;
        pcpu.holder = thread;
      } else if (reason === Reason.unknown) {
        recorder.point(Kind.fullExit, pcpu.index, thread.vcpu, time);
        recorder.point(Kind.runEnd, pcpu.index, thread.vcpu, time);
      } else write(thread, pcpu, time, -1, reason, noSyndrome);
    },
    syndrome(thread, lo, hi) {
      if (thread.heldClass !== lo >>> 26) return;
      const pcpu = take(thread);
      if (pcpu === undefined) return;
      const isAccess = thread.heldClass === exceptionClass.sys64;
      const register = isAccess ? canonicalEncoding(encodingFromIss(lo)) : -1;
      write(thread, pcpu, thread.heldTime, register, lo, hi);
    },
    release,
    loss,
  };
}
