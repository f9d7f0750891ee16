import { Kind } from "../../trace/kinds.js";
import type { TraceWriter } from "../../trace/writer.js";
import type { Vcpu } from "../../trace/header.js";
import type { Access } from "./cpu.js";
import { createSwitchList, type SwitchList } from "./switch-list.js";

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
  /** An event about a register; encoding -1 for none. */
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
  const lists = new Map<number, SwitchList>(switchKinds.map((kind) => [kind, createSwitchList()]));
  /** The writer's indices by encoding and by pCPU and vCPU, so that it is asked once for each. Register 0 is none. */
  const registers = new Uint16Array(0x1_0001);
  const places: number[][] = [];

  function place(pcpu: number, vcpu: number): number {
    const ofPcpu = (places[pcpu] ??= []);
    return (ofPcpu[vcpu + 1] ??= writer.place(pcpu, vcpu));
  }

  function register(encoding: number): number {
    if (encoding < 0) return 0;
    const known = registers[encoding];
    if (known !== 0) return known;
    const index = writer.register(encoding);
    registers[encoding] = index;
    return index;
  }

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
      writer.append(kind, 0, place(pcpu, vcpu), time, false, 0, 0);
    },
    event(kind, encoding, pcpu, vcpu, time, hasValue, lo, hi) {
      writer.append(kind, register(encoding), place(pcpu, vcpu), time, hasValue, lo, hi);
    },
    access(kind, { encoding, time, hasValue, lo, hi }, pcpu, vcpu) {
      writer.append(kind, register(encoding), place(pcpu, vcpu), time, hasValue, lo, hi);
    },
    switched(kind, access, pcpu, vcpu) {
      lists.get(kind)?.add(access.encoding);
      recorder.access(kind, access, pcpu, vcpu);
    },
    beginList() {
      for (const list of lists.values()) list.begin();
    },
    list: (kind) => lists.get(kind)?.order ?? [],
    restart() {
      writer.restart();
      vcpus.length = 0;
      indexOf.clear();
      registers.fill(0);
      places.length = 0;
      for (const list of lists.values()) list.clear();
    },
  };
  return recorder;
}
