import { switchedClasses, type SwitchedClass } from "../../configs/points.js";
import type { SwitchConfig } from "../../configs/resolve.js";
import type { Naming } from "../../model/counts.js";
import type { Observer } from "../../model/observer.js";
import { createInterpreter } from "../../model/reference.js";
import { answersReads, bringsIn } from "../../policies/brings-in.js";
import { switchedClass } from "../../policies/group-points.js";
import type { Group, Policy } from "../../policies/policy.js";
import { registerByName } from "../../registers/lookup.js";
import type { TraceEvent } from "../../trace/events.js";
import { Kind } from "../../trace/kinds.js";
import { cellText, copyCell, createCells, differ, holds, setCell, type Cells } from "./cells.js";
import { createClaims } from "./claims.js";
import type { Loss, LossKind } from "./loss.js";

/** Takes values along a recording under a policy. */
export interface ValueCarrier {
  step(event: TraceEvent): void;
  /** The recording ends. */
  finish(): void;
  /** Comparisons of values that were made, where both were known. */
  readonly checked: () => number;
  /** Values that changed without an event that says so: by hardware, the hypervisor, or a host; by register. */
  readonly unseen: () => ReadonlyMap<string, number>;
}

/** What a recorded hypervisor moved shows what was there before; it says nothing of what the policy would move. */
const reveals: ReadonlySet<number> = new Set([
  Kind.saveGuest,
  Kind.restoreGuest,
  Kind.saveHost,
  Kind.restoreHost,
  Kind.hypRead,
]);

/** Points whose own saves and restores the recording shows behind them. */
const shownBehind: ReadonlySet<number> = new Set([
  Kind.load,
  Kind.put,
  Kind.runStart,
  Kind.fullExit,
  Kind.fastExit,
]);

/**
 * The reference interpreter decides what is saved and restored; beside it the CPUs' registers and the memory copies
 * hold values. What a guest's register really holds is known from its writes and reads and from what the recorded
 * hypervisor saved. Memory is that of vCPUs and pCPUs times registers, however long the recording is. A value that
 * goes wrong is reported once, and put right.
 */
export function createValueCarrier(
  naming: Naming,
  policy: Policy,
  config: SwitchConfig,
  report: (loss: Loss) => void,
): ValueCarrier {
  const { registers, vcpus, pcpus, places } = naming;
  const count = registers.length;
  const numbers = new Map(registers.map((name, at) => [name, at]));
  const groups = new Map<string, Group>();
  for (const group of policy.groups) for (const name of group.registers) groups.set(name, group);
  const classOf = registers.map((name): SwitchedClass | undefined => {
    const found = registerByName(name);
    return found === undefined ? undefined : switchedClass(found);
  });
  const { guest: guestLists, host: hostLists } = config.lists;
  // What is only restored comes from memory that the hypervisor writes in other ways.
  const listed = new Set(
    switchedClasses.flatMap((each) =>
      guestLists.save[each].filter((name) => guestLists.restore[each].includes(name)),
    ),
  );
  const hostListed = new Set(switchedClasses.flatMap((each) => hostLists.save[each]));
  /** A guest without the register would not have done what this one did. */
  const isCarried = registers.map((name) => listed.has(name) && groups.get(name)?.trap !== "undefined");
  const isHosts = registers.map((name, at) => {
    const own = classOf[at];
    return hostListed.has(name) && own !== undefined && config.points[own].host !== undefined;
  });

  const memory = createCells(vcpus * count);
  const truth = createCells(vcpus * count);
  const cpu = createCells(pcpus * count);
  const hostMemory = createCells(pcpus * count);
  // Zeroed by whoever allocates it: what is restored before it is saved is 0.
  hostMemory.known.fill(1);
  const hostTruth = createCells(pcpus * count);
  /** By vCPU and register: its value is in the CPU of the pCPU where the vCPU is. By pCPU: the host's is. */
  const inside = new Uint8Array(vcpus * count);
  const hostInside = new Uint8Array(pcpus * count).fill(1);
  /** Points that wait for what the recording shows behind them, by pCPU; and on which pCPU a vCPU's waits. */
  const held: (TraceEvent | undefined)[] = Array.from({ length: pcpus }, () => undefined);
  const heldOn = new Int32Array(vcpus).fill(-1);
  /** Registers whose memory copy was changed while their value is in the CPU, by vCPU. */
  const suspects = Array.from({ length: vcpus }, () => new Set<number>());
  const unseen = new Map<string, number>();
  let time = 0;
  let checked = 0;

  function lose(
    kind: LossKind,
    vcpu: number,
    pcpu: number,
    at: number,
    own: Cells,
    ownAt: number,
    found: Cells,
    foundAt: number,
  ): void {
    const [expected, wrong] = [cellText(own, ownAt), cellText(found, foundAt)];
    report({ kind, time, pcpu, vcpu, register: registers[at], expected, found: wrong });
    copyCell(found, foundAt, own, ownAt);
  }

  function check(
    kind: LossKind,
    vcpu: number,
    pcpu: number,
    at: number,
    own: Cells,
    ownAt: number,
    found: Cells,
    foundAt: number,
  ): void {
    if (own.known[ownAt] === 1 && found.known[foundAt] === 1) checked++;
    if (differ(own, ownAt, found, foundAt)) lose(kind, vcpu, pcpu, at, own, ownAt, found, foundAt);
  }

  const checkCpu = (vcpu: number, pcpu: number, at: number): void =>
    check("stale", vcpu, pcpu, at, truth, vcpu * count + at, cpu, pcpu * count + at);

  function trapsReads(name: string): boolean {
    const group = groups.get(name);
    const kind = registerByName(name)?.class ?? "";
    return group !== undefined && (group.trap === "first-access" || answersReads(group, kind));
  }

  /** A guest's value comes into the CPU, and the host's is there no more. */
  function bringIn(vcpu: number, pcpu: number, at: number): void {
    inside[vcpu * count + at] = 1;
    hostInside[pcpu * count + at] = 0;
    checkCpu(vcpu, pcpu, at);
  }

  const observer: Observer = {
    saveGuest(name, vcpu, pcpu, done) {
      const at = numbers.get(name);
      if (at === undefined || !isCarried[at]) return;
      const own = vcpu * count + at;
      if (done && inside[own] === 1) copyCell(memory, own, cpu, pcpu * count + at);
      inside[own] = 0;
      check("lost", vcpu, pcpu, at, truth, own, memory, own);
    },
    restoreGuest(name, vcpu, pcpu, done) {
      const at = numbers.get(name);
      if (at === undefined || !isCarried[at]) return;
      const own = vcpu * count + at;
      if (done) copyCell(cpu, pcpu * count + at, memory, own);
      // Left out because a trap will bring it; or is there still, or should be, for the guest can read it.
      if (done || !trapsReads(name)) bringIn(vcpu, pcpu, at);
    },
    saveHost(name, pcpu, done) {
      const at = numbers.get(name);
      if (at === undefined) return;
      const own = pcpu * count + at;
      if (done && hostInside[own] === 1) copyCell(hostMemory, own, cpu, own);
    },
    restoreHost(name, pcpu, done) {
      const at = numbers.get(name);
      if (at === undefined) return;
      const own = pcpu * count + at;
      if (done) copyCell(cpu, own, hostMemory, own);
      hostInside[own] = 1;
      check("host", -1, pcpu, at, hostTruth, own, cpu, own);
    },
    trap(_, group, { opened }, vcpu, pcpu) {
      if (!bringsIn(group)) return;
      for (const name of opened) {
        const at = numbers.get(name);
        if (at === undefined || !isCarried[at] || inside[vcpu * count + at] === 1) continue;
        copyCell(cpu, pcpu * count + at, memory, vcpu * count + at);
        bringIn(vcpu, pcpu, at);
      }
    },
  };
  const interpreter = createInterpreter(naming, policy, config, observer);
  const claims = createClaims(policy, (name, vcpu, pcpu) =>
    report({ kind: "hang", time, pcpu, vcpu, register: name, expected: null, found: null }),
  );

  /** What is in force from now on: where the guest's value is, it is another. */
  function change(vcpu: number, pcpu: number, at: number, lo: number, hi: number): void {
    const own = vcpu * count + at;
    setCell(truth, own, lo, hi);
    if (inside[own] === 1) setCell(cpu, pcpu * count + at, lo, hi);
    else setCell(memory, own, lo, hi);
  }

  const notice = (at: number): void => {
    unseen.set(registers[at], (unseen.get(registers[at]) ?? 0) + 1);
  };

  /** The recording shows a guest's value that no event had told of. */
  function reveal(
    vcpu: number,
    pcpu: number,
    at: number,
    lo: number,
    hi: number,
    byHypervisor: boolean,
  ): void {
    const own = vcpu * count + at;
    if (!isCarried[at] || holds(truth, own, lo, hi)) return;
    if (truth.known[own] === 1) notice(at);
    change(vcpu, pcpu, at, lo, hi);
    if (byHypervisor) mark(vcpu, at);
  }

  /** A hypervisor that changes the CPU's copy itself marks it, unless its policy says that it does not. */
  function mark(vcpu: number, at: number): void {
    if (inside[vcpu * count + at] === 0 || groups.get(registers[at])?.emulation === "unmarked") return;
    interpreter.mark(vcpu, registers[at]);
  }

  function revealHost(pcpu: number, at: number, lo: number, hi: number): void {
    const own = pcpu * count + at;
    if (!isHosts[at] || holds(hostTruth, own, lo, hi)) return;
    setCell(hostTruth, own, lo, hi);
    setCell(hostInside[own] === 1 ? cpu : hostMemory, own, lo, hi);
  }

  function flush(pcpu: number): void {
    const event = held[pcpu];
    if (event === undefined) return;
    held[pcpu] = undefined;
    heldOn[places[2 * event.place + 1]] = -1;
    pass(event);
  }

  function pass(event: TraceEvent): void {
    const now = time;
    time = event.time;
    interpreter.step(event);
    time = now;
  }

  /** Nothing is known any more. */
  function forget(): void {
    for (const { known } of [memory, truth, cpu, hostMemory, hostTruth]) known.fill(0);
    for (const each of suspects) each.clear();
  }

  function take(event: TraceEvent, vcpu: number, pcpu: number): void {
    const { kind, register, hasValue, lo, hi } = event;
    const own = vcpu * count + register;
    switch (kind) {
      case Kind.saveGuest:
        if (hasValue) reveal(vcpu, pcpu, register, lo, hi, false);
        break;
      case Kind.restoreGuest:
        if (hasValue) reveal(vcpu, pcpu, register, lo, hi, true);
        break;
      case Kind.saveHost:
        if (hasValue) revealHost(pcpu, register, lo, hi);
        break;
      case Kind.guestWrite:
        interpreter.step(event);
        claims.clear(vcpu);
        if (!isCarried[register]) break;
        if (hasValue) change(vcpu, pcpu, register, lo, hi);
        else truth.known[own] = memory.known[own] = cpu.known[pcpu * count + register] = 0;
        // Who makes every write and saves nothing keeps what he wrote.
        if (hasValue && groups.get(registers[register])?.save === "never") setCell(memory, own, lo, hi);
        break;
      case Kind.guestRead:
        interpreter.step(event);
        claims.clear(vcpu);
        if (hasValue) reveal(vcpu, pcpu, register, lo, hi, false);
        break;
      case Kind.emulatedWrite:
      case Kind.hypWrite:
        interpreter.step(event);
        if (!isCarried[register]) break;
        if (hasValue) change(vcpu, pcpu, register, lo, hi);
        mark(vcpu, register);
        break;
      case Kind.userWrite:
        if (!isCarried[register] || !hasValue) break;
        setCell(truth, own, lo, hi);
        setCell(memory, own, lo, hi);
        if (inside[own] === 1) suspects[vcpu].add(register);
        break;
      case Kind.entry:
        pass(event);
        for (const at of suspects[vcpu]) if (inside[vcpu * count + at] === 1) checkCpu(vcpu, pcpu, at);
        suspects[vcpu].clear();
        break;
      case Kind.lost:
        forget();
        break;
      default:
        interpreter.step(event);
    }
  }

  return {
    step(event) {
      const pcpu = places[2 * event.place];
      const vcpu = places[2 * event.place + 1];
      if (vcpu < 0) {
        if (event.kind === Kind.lost) forget();
        return;
      }
      const waiting = held[pcpu];
      if (waiting !== undefined && (!reveals.has(event.kind) || places[2 * waiting.place + 1] !== vcpu)) {
        flush(pcpu);
      }
      if (heldOn[vcpu] >= 0 && heldOn[vcpu] !== pcpu) flush(heldOn[vcpu]);
      time = event.time;
      if (!shownBehind.has(event.kind)) {
        take(event, vcpu, pcpu);
        return;
      }
      claims.exit(event, vcpu, pcpu);
      held[pcpu] = { ...event };
      heldOn[vcpu] = pcpu;
    },
    finish() {
      held.forEach((_, pcpu) => flush(pcpu));
    },
    checked: () => checked,
    unseen: () => unseen,
  };
}
