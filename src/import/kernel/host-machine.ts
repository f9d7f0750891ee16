import { encodingOf } from "../../registers/encoding.js";
import { canonicalEncoding } from "../../registers/lookup.js";
import type { Capabilities } from "../../trace/capabilities.js";
import { Reason } from "../../trace/exits.js";
import type { TraceHeader, Vcpu } from "../../trace/header.js";
import { Kind } from "../../trace/kinds.js";
import type { TraceWriter } from "../../trace/writer.js";
import { ExitCode, HostKind } from "./event-table.js";
import { createHostWriter } from "./host-writer.js";
import { knowsField, type HostEvent, type HostSink } from "./host-event.js";
import { Loaded, createPcpus, createThreads, type Pcpu, type Thread } from "./threads.js";

/** What a host's tracing turned out to show. */
export interface HostSummary {
  /** `none` where no event tells. */
  readonly mode: TraceHeader["mode"];
  readonly pcpus: readonly number[];
  readonly vcpus: readonly Vcpu[];
  readonly capabilities: Capabilities;
  readonly anomalies: Readonly<Record<string, number>>;
}

export interface HostMachine extends HostSink {
  /** Whether a thread's vCPU is within a run; undefined where that is not known. */
  isRunning(pid: number): boolean | undefined;
  finish(): HostSummary;
}

/**
 * Follows what a host's tracing tells of its vCPUs and writes it as a trace.
 *
 * A run is what lies between `kvm_entry` and `kvm_exit`. It gets one guest entry and one full exit, because no event
 * tells of those that EL2 handled alone, nor that a pending interrupt kept a run from entering.
 *
 * Loads and puts follow from the timers' events where there are any, because these come from vcpu_load and vcpu_put
 * themselves. Else they follow from `sched_switch` of a thread whose vCPU is loaded (the preempt notifiers), from
 * `kvm_userspace_exit` (KVM_RUN put it) and from the first run after one. A preemption between the load at the
 * beginning of KVM_RUN and the first run is not seen that way.
 */
export function createHostMachine(writer: TraceWriter): HostMachine {
  const out = createHostWriter(writer);
  const threads = createThreads();
  const pcpus = createPcpus();
  const seen = { entries: 0, exits: 0, accesses: 0, timers: false, switches: false };
  /** Physical timers that vCPUs were seen to have of the hardware and by emulation; timers restored, as bits. */
  const ptimers = { direct: 0, emulated: 0 };
  let restored = 0;
  const anomalies: Record<string, number> = {};

  function odd(what: string, count = 1): void {
    anomalies[what] = Math.min(Number.MAX_SAFE_INTEGER, (anomalies[what] ?? 0) + count);
  }

  function load(thread: Thread, pcpu: Pcpu, time: number): void {
    thread.loaded = Loaded.yes;
    out.point(Kind.load, thread, pcpu, time);
  }

  function put(thread: Thread, pcpu: Pcpu, time: number, state: number): void {
    if (thread.running) odd("run whose end is missing");
    thread.running = false;
    thread.loaded = state;
    out.point(Kind.put, thread, pcpu, time);
  }

  function enter(event: HostEvent): void {
    const thread = threads.of(event);
    const pcpu = pcpus.of(event.cpu);
    const { time } = event;
    seen.entries++;
    if (thread.running) odd("run whose end is missing");
    if (thread.loaded !== Loaded.yes) {
      // Where the timers tell of loads, one that nothing is known of was loaded before the recording began.
      const before = seen.timers && thread.loaded === Loaded.unknown;
      if (thread.loaded === Loaded.preempted || (seen.timers && !before)) odd("load that is missing");
      if (before) thread.loaded = Loaded.yes;
      else load(thread, pcpu, time);
    }
    thread.running = true;
    thread.met = true;
    out.point(Kind.runStart, thread, pcpu, time);
    out.point(Kind.entry, thread, pcpu, time);
  }

  function leave(event: HostEvent): void {
    const thread = threads.of(event);
    const pcpu = pcpus.of(event.cpu);
    const { time } = event;
    seen.exits++;
    // A recording may begin within a run.
    if (!thread.running && thread.met) odd("run whose start is missing");
    if (thread.loaded !== Loaded.yes && thread.met && thread.loaded !== Loaded.unknown)
      odd("load that is missing");
    thread.loaded = Loaded.yes;
    thread.running = false;
    thread.met = true;
    out.exit(thread, pcpu, time, reasonOf(event));
  }

  /** The whole syndrome of an exit, behind it. */
  function syndrome({ pid, lo, hi }: HostEvent): void {
    const thread = threads.find(pid);
    if (thread !== undefined) out.syndrome(thread, lo[0], hi[0]);
  }

  function access(event: HostEvent): void {
    const [isWrite, op0, op1, CRn, CRm, op2] = event.lo;
    seen.accesses++;
    // A guest of 32 bits uses CP15, whose registers have no Op0.
    if (op0 < 2) return odd("access of a 32-bit guest");
    const thread = threads.of(event);
    const pcpu = pcpus.of(event.cpu);
    const kind = isWrite === 0 ? Kind.emulatedRead : Kind.emulatedWrite;
    const encoding = canonicalEncoding(encodingOf(op0 & 3, op1 & 7, CRn & 15, CRm & 15, op2 & 7));
    out.access(kind, encoding, thread, pcpu, event.time);
  }

  function restoreTimer(event: HostEvent): void {
    const thread = threads.of(event);
    const pcpu = pcpus.of(event.cpu);
    seen.timers = true;
    if (knowsField(event, 0)) restored |= 1 << event.lo[0];
    if (pcpu.mapPid === event.pid) threads.vote(thread, pcpu.mapVcpu);
    threads.name(thread, event);
    // VHE restores two timers.
    if (thread.loaded !== Loaded.yes) load(thread, pcpu, event.time);
  }

  function saveTimer(event: HostEvent): void {
    const thread = threads.of(event);
    seen.timers = true;
    if (thread.loaded !== Loaded.no) put(thread, pcpus.of(event.cpu), event.time, Loaded.no);
  }

  function mapTimers({ lo, cpu, pid }: HostEvent): void {
    // It comes in vcpu_load, before the timers are restored; and in interrupts, for a vCPU of any thread.
    const pcpu = pcpus.of(cpu);
    pcpu.mapPid = pid;
    pcpu.mapVcpu = lo[0];
    if (lo[1] >= 0) ptimers.direct++;
    else if (lo[2] >= 0) ptimers.emulated++;
  }

  function switchThreads(event: HostEvent): void {
    seen.switches = true;
    if (seen.timers) return;
    const before = threads.find(knowsField(event, 0) ? event.lo[0] : event.pid);
    const next = threads.find(event.lo[1]);
    if (before?.loaded === Loaded.yes) put(before, pcpus.of(event.cpu), event.time, Loaded.preempted);
    if (next?.loaded === Loaded.preempted) load(next, pcpus.of(event.cpu), event.time);
  }

  function exitToUser(event: HostEvent): void {
    const thread = threads.find(event.pid);
    if (thread === undefined) return;
    threads.name(thread, event);
    if (seen.timers) return;
    if (thread.loaded === Loaded.yes) put(thread, pcpus.of(event.cpu), event.time, Loaded.no);
    else if (thread.loaded === Loaded.preempted) thread.loaded = Loaded.no;
  }

  /** A vCPU wakes up within KVM_RUN: it is loaded. Where nothing shows that it slept, this does. */
  function wake(event: HostEvent): void {
    if (seen.timers) return;
    const thread = threads.of(event);
    const pcpu = pcpus.of(event.cpu);
    const waited = knowsField(event, 0) && event.lo[0] !== 0;
    if (thread.loaded !== Loaded.yes) load(thread, pcpu, event.time);
    else if (waited && !seen.switches) {
      put(thread, pcpu, event.time, Loaded.preempted);
      load(thread, pcpu, event.time);
    }
  }

  /** By `HostKind`. */
  const actions: readonly ((event: HostEvent) => void)[] = (() => {
    const list: ((event: HostEvent) => void)[] = [];
    list[HostKind.entry] = enter;
    list[HostKind.exit] = leave;
    list[HostKind.sysReg] = syndrome;
    list[HostKind.sysAccess] = access;
    list[HostKind.guestFault] = syndrome;
    list[HostKind.userspaceExit] = exitToUser;
    list[HostKind.wakeup] = wake;
    list[HostKind.timerRestore] = restoreTimer;
    list[HostKind.timerSave] = saveTimer;
    list[HostKind.timerMap] = mapTimers;
    list[HostKind.switch] = switchThreads;
    return list;
  })();

  function modeOf(): TraceHeader["mode"] {
    if (ptimers.direct + ptimers.emulated > 0) return ptimers.direct > 0 ? "vhe" : "nvhe";
    if (restored === 0) return "none";
    return (restored & 1) === 1 && restored > 1 ? "vhe" : "nvhe";
  }

  return {
    event: (event) => actions[event.kind](event),

    isRunning(pid) {
      const thread = threads.find(pid);
      return thread?.met === true ? thread.running : undefined;
    },

    lost(cpu, events) {
      if (events > 0) odd("lost event", events);
      else odd("loss of events, how many is unknown");
      if (cpu < 0) return;
      const pcpu = pcpus.of(cpu);
      const { thread } = pcpu;
      pcpu.lost = Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, pcpu.lost) + events);
      if (thread?.pcpu !== pcpu) return;
      if (thread.held === pcpu) out.release(thread);
      thread.loaded = Loaded.unknown;
      thread.running = false;
      thread.met = false;
    },

    finish() {
      for (const thread of threads.all) out.release(thread);
      for (const pcpu of pcpus.all) out.loss(pcpu, pcpu.time);
      const accesses = seen.accesses > 0 ? "trapped-only" : "none";
      return {
        mode: modeOf(),
        pcpus: pcpus.all.map(({ cpu }) => cpu),
        vcpus: threads.all.map((thread) => threads.header(thread)),
        capabilities: {
          guestWrites: accesses,
          guestReads: accesses,
          values: false,
          entries: seen.exits > 0 ? "full-only" : "none",
          runs: seen.entries > 0 && seen.exits > 0,
          loads: seen.timers || seen.switches,
          switches: false,
          fpUse: "none",
          pauthUse: "none",
        },
        anomalies,
      };
    },
  };
}

function reasonOf({ known, lo }: HostEvent): number {
  const [code, esrClass] = lo;
  const isClass = (known & 2) !== 0 && esrClass >= 0 && esrClass < 64;
  // Early kernels did not print how the guest was left.
  if ((known & 1) === 0) return isClass && esrClass > 0 ? esrClass : Reason.unknown;
  switch (code & 0x7fff_ffff) {
    case ExitCode.irq:
      return Reason.irq;
    case ExitCode.serror:
      return Reason.serror;
    case ExitCode.trap:
      return isClass ? esrClass : Reason.unknown;
    default:
      return Reason.unknown;
  }
}
