import { Kind } from "../../trace/kinds.js";
import type { TraceWriter } from "../../trace/writer.js";
import type { Vcpu } from "../../trace/header.js";
import type { Access } from "./cpu.js";

/**
 * The way from what a pCPU did to events of a trace: knows vCPUs and places, and collects the lists of what the
 * recorded kernel switched.
 */
export interface Recorder {
  readonly vcpus: readonly Vcpu[];
  /** The index of a vCPU, entered at first use. */
  vcpu(vm: number, mpidr: number): number;
  /** An event without register or value. */
  point(kind: number, pcpu: number, vcpu: number, time: number): void;
  /** An event about a register. */
  event(
    kind: number,
    encoding: number,
    pcpu: number,
    vcpu: number,
    time: number,
    hasValue: boolean,
    lo: number,
    hi: number,
  ): void;
  access(kind: number, access: Access, pcpu: number, vcpu: number): void;
  /** An access that sysreg-sr.c made, one of a list that begins after `beginList`. */
  switched(kind: number, access: Access, pcpu: number, vcpu: number): void;
  beginList(): void;
  /** Encodings in the kernel's order, by kind of access. */
  list(kind: number): readonly number[];
  /** Forgets everything so far. */
  restart(): void;
}

const switchKinds = [Kind.saveGuest, Kind.restoreGuest, Kind.saveHost, Kind.restoreHost] as const;

export function createRecorder(writer: TraceWriter): Recorder {
  const vcpus: Vcpu[] = [];
  const indexOf = new Map<string, number>();
  const lists = new Map<number, { order: number[]; known: Set<number>; at: number }>();
  for (const kind of switchKinds) lists.set(kind, { order: [], known: new Set(), at: -1 });

  const recorder: Recorder = {
    vcpus,
    vcpu(vm, mpidr) {
      const key = `${vm} ${mpidr}`;
      let index = indexOf.get(key);
      if (index === undefined) {
        index = vcpus.length;
        vcpus.push({ vm, mpidr });
        indexOf.set(key, index);
      }
      return index;
    },
    point(kind, pcpu, vcpu, time) {
      writer.append(kind, 0, writer.place(pcpu, vcpu), time, false, 0, 0);
    },
    event(kind, encoding, pcpu, vcpu, time, hasValue, lo, hi) {
      const register = encoding < 0 ? 0 : writer.register(encoding);
      writer.append(kind, register, writer.place(pcpu, vcpu), time, hasValue, lo, hi);
    },
    access(kind, { encoding, time, hasValue, lo, hi }, pcpu, vcpu) {
      writer.append(kind, writer.register(encoding), writer.place(pcpu, vcpu), time, hasValue, lo, hi);
    },
    switched(kind, access, pcpu, vcpu) {
      const list = lists.get(kind)!;
      // A register seen for the first time goes behind the one before it in this pass: passes of a kernel
      // that skips clean registers are partial, and together give the whole order.
      if (!list.known.has(access.encoding)) {
        list.known.add(access.encoding);
        list.order.splice(list.at + 1, 0, access.encoding);
        list.at++;
      } else {
        list.at = list.order.indexOf(access.encoding, Math.max(0, list.at));
        if (list.at < 0) list.at = list.order.indexOf(access.encoding);
      }
      recorder.access(kind, access, pcpu, vcpu);
    },
    beginList() {
      for (const list of lists.values()) list.at = -1;
    },
    list: (kind) => lists.get(kind)?.order ?? [],
    restart() {
      writer.restart();
      vcpus.length = 0;
      indexOf.clear();
      for (const list of lists.values()) {
        list.order.length = 0;
        list.known.clear();
        list.at = -1;
      }
    },
  };
  return recorder;
}
