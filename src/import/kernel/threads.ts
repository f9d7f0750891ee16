import type { Vcpu } from "../../trace/header.js";
import type { HostEvent } from "./host-event.js";

/** Whether a thread's vCPU is loaded; `preempted`: not now, but again as soon as the thread has a CPU. */
export const Loaded = { unknown: 0, yes: 1, preempted: 2, no: 3 } as const;

/** A thread that runs a vCPU, and what is known of that. */
export interface Thread {
  readonly vcpu: number;
  readonly pid: number;
  tgid: number;
  comm: string;
  /** Where its last event was. */
  pcpu: Pcpu | undefined;
  loaded: number;
  running: boolean;
  /** A run of it was seen since events were lost. */
  met: boolean;
  /** An exit waits for its syndrome: where, since when, of which class. */
  held: Pcpu | undefined;
  heldTime: number;
  heldClass: number;
  /** KVM's number of the vCPU, by majority. */
  number: number;
  votes: number;
}

export interface Pcpu {
  readonly index: number;
  readonly cpu: number;
  /** The vCPU thread of the last event written, and its time. */
  thread: Thread | undefined;
  time: number;
  /** The thread whose exit here waits for its syndrome. */
  holder: Thread | undefined;
  /** Events lost here and not written yet; -1 for no loss. */
  lost: number;
  /** The last `kvm_get_timer_map`. */
  mapPid: number;
  mapVcpu: number;
}

export interface Threads {
  /** In the order of their vCPUs. */
  readonly all: readonly Thread[];
  find(pid: number): Thread | undefined;
  /** The thread of an event that only a vCPU's thread has. */
  of(event: HostEvent): Thread;
  /** Takes down its name if it has none. */
  name(thread: Thread, event: HostEvent): void;
  /** One more event says that this is KVM's number of its vCPU. */
  vote(thread: Thread, number: number): void;
  header(thread: Thread): Vcpu;
}

/** What KVM itself gives out: arch/arm64/kvm/sys_regs.c, reset_mpidr. */
const mostVcpus = 1 << 20;

/**
 * vCPUs by the thread that runs them. `kvm_entry` and `kvm_exit` bear no number of a vCPU or a VM, and VMMs give each
 * vCPU a thread; so vCPUs of different VMs are different ones here even where both are the first of their VM.
 */
export function createThreads(): Threads {
  const all: Thread[] = [];
  const byPid = new Map<number, Thread>();
  const name = (thread: Thread, event: HostEvent): void => {
    if (thread.comm === "") thread.comm = event.comm();
    if (thread.tgid < 0) thread.tgid = event.tgid;
  };
  return {
    all,
    find: (pid) => byPid.get(pid),
    of(event) {
      const known = byPid.get(event.pid);
      if (known !== undefined) return known;
      const thread: Thread = {
        vcpu: all.length,
        pid: event.pid,
        tgid: -1,
        comm: "",
        pcpu: undefined,
        loaded: Loaded.unknown,
        running: false,
        met: false,
        held: undefined,
        heldTime: 0,
        heldClass: 0,
        number: -1,
        votes: 0,
      };
      name(thread, event);
      byPid.set(event.pid, thread);
      all.push(thread);
      return thread;
    },
    name,
    vote(thread, number) {
      if (number < 0 || number >= mostVcpus) return;
      if (thread.number === number) thread.votes++;
      else if (--thread.votes < 0) {
        thread.number = number;
        thread.votes = 1;
      }
    },
    header: ({ pid, tgid, comm, number }) => ({
      vm: -1,
      mpidr: number < 0 ? 0 : mpidrOf(number),
      thread: pid,
      ...(tgid < 0 ? {} : { process: tgid }),
      ...(comm === "" ? {} : { name: comm }),
    }),
  };
}

/** MPIDR of the vCPU of a number, unless its VMM set another. */
export function mpidrOf(number: number): number {
  const affinities = (number & 0xf) | (((number >>> 4) & 0xff) << 8) | (((number >>> 12) & 0xff) << 16);
  return (affinities | (1 << 31)) >>> 0;
}

export interface Pcpus {
  readonly all: readonly Pcpu[];
  of(cpu: number): Pcpu;
}

export function createPcpus(): Pcpus {
  const all: Pcpu[] = [];
  const byCpu = new Map<number, Pcpu>();
  return {
    all,
    of(cpu) {
      let pcpu = byCpu.get(cpu);
      if (pcpu === undefined) {
        pcpu = {
          index: all.length,
          cpu,
          thread: undefined,
          time: 0,
          holder: undefined,
          lost: -1,
          mapPid: -1,
          mapVcpu: -1,
        };
        byCpu.set(cpu, pcpu);
        all.push(pcpu);
      }
      return pcpu;
    },
  };
}
