import type { Breach } from "../header.js";
import { Kind, kindCount } from "../kinds.js";
import { Rule, ruleTexts } from "./rules.js";

/** Holds events against the rules, one at a time, in the order of the trace. */
export interface InvariantChecker {
  add(kind: number, pcpu: number, vcpu: number, time: number, block: number): void;
  /** Events are missing here: what is known of all vCPUs is forgotten. `events`: how many, for their numbers. */
  gap(events: number): void;
  /** What was broken, in the order of the rules. */
  breaches(): Breach[];
  clear(): void;
}

/** State of a vCPU whose beginning was not recorded, or that events were lost of: no rule is broken by it. */
const unknown = -2;
const none = -1;

/** Of a run and of a guest: not known, no, yes. */
const Is = { unknown: 0, no: 1, yes: 2 } as const;

/** What a kind of event is to the rules. */
const Role = { point: 0, access: 1, emulated: 2, hypervisor: 3, lost: 4 } as const;
const roles = Uint8Array.from({ length: kindCount }, (_, kind) => {
  if (kind <= Kind.fastExit) return Role.point;
  if (kind === Kind.guestWrite || kind === Kind.guestRead) return Role.access;
  if (kind === Kind.lost) return Role.lost;
  return kind >= Kind.saveGuest && kind <= Kind.userWrite ? Role.hypervisor : Role.emulated;
});

/** vCPUs and pCPUs that there is room for at first. */
const few = 16;

/** A longer table with what is in one that has no room for number `at`. */
function larger<T extends Int32Array | Uint8Array | Float64Array>(table: T, at: number, longer: T): T {
  if (at < table.length) return table;
  longer.set(table);
  return longer;
}

export function createInvariantChecker(): InvariantChecker {
  /** By vCPU: the pCPU that it is loaded on; whether it is in a run; in its guest. */
  let home = new Int32Array(few).fill(unknown);
  let run = new Uint8Array(few);
  let guest = new Uint8Array(few);
  /** By pCPU: the vCPU that is loaded there; the time of its last event, and of its last but the hypervisor's. */
  let holder = new Int32Array(few).fill(unknown);
  let last = new Float64Array(few);
  let lastOwn = new Float64Array(few);
  const counts = new Float64Array(ruleTexts.length);
  const firsts: (Omit<Breach, "rule" | "count"> | undefined)[] = [];
  let events = 0;

  function broken(rule: number, pcpu: number, vcpu: number, time: number, block: number): void {
    if (counts[rule]++ === 0) firsts[rule] = { event: events, block, time, pcpu, vcpu };
  }

  function knowVcpu(vcpu: number): void {
    home = larger(home, vcpu, new Int32Array(2 * vcpu).fill(unknown));
    run = larger(run, vcpu, new Uint8Array(2 * vcpu));
    guest = larger(guest, vcpu, new Uint8Array(2 * vcpu));
  }

  function knowPcpu(pcpu: number): void {
    holder = larger(holder, pcpu, new Int32Array(2 * pcpu).fill(unknown));
    last = larger(last, pcpu, new Float64Array(2 * pcpu));
    lastOwn = larger(lastOwn, pcpu, new Float64Array(2 * pcpu));
  }

  function point(kind: number, pcpu: number, vcpu: number, time: number, block: number): void {
    const at = home[vcpu];
    if (kind === Kind.load) {
      if (at >= 0) broken(at === pcpu ? Rule.loadedTwice : Rule.twoPlaces, pcpu, vcpu, time, block);
      const other = holder[pcpu];
      if (other >= 0 && other !== vcpu) {
        broken(Rule.twoOnPcpu, pcpu, vcpu, time, block);
        if (home[other] === pcpu) home[other] = unknown;
      }
      // The vCPU is where it was seen last; what was known of another pCPU is not any more.
      if (at >= 0 && at !== pcpu && holder[at] === vcpu) holder[at] = unknown;
      home[vcpu] = pcpu;
      holder[pcpu] = vcpu;
      return;
    }
    if (at >= 0 && at !== pcpu) broken(Rule.twoPlaces, pcpu, vcpu, time, block);
    if (kind === Kind.put) {
      if (at === none) broken(Rule.putUnloaded, pcpu, vcpu, time, block);
      if (at >= 0 && holder[at] === vcpu) holder[at] = none;
      if (at !== pcpu && holder[pcpu] === vcpu) holder[pcpu] = none;
      home[vcpu] = none;
      return;
    }
    if (at === none && (kind === Kind.entry || kind === Kind.runStart)) {
      broken(Rule.entryUnloaded, pcpu, vcpu, time, block);
    }
    if (kind === Kind.entry) {
      if (guest[vcpu] === Is.yes) broken(Rule.enteredTwice, pcpu, vcpu, time, block);
      guest[vcpu] = Is.yes;
    } else if (kind === Kind.runStart || kind === Kind.runEnd) {
      const begins = kind === Kind.runStart;
      if (run[vcpu] === (begins ? Is.yes : Is.no)) broken(Rule.runsUnpaired, pcpu, vcpu, time, block);
      run[vcpu] = begins ? Is.yes : Is.no;
    } else {
      if (guest[vcpu] === Is.no) broken(Rule.exitOutside, pcpu, vcpu, time, block);
      guest[vcpu] = Is.no;
    }
  }

  function forget(): void {
    home.fill(unknown);
    run.fill(Is.unknown);
    guest.fill(Is.unknown);
    holder.fill(unknown);
  }

  return {
    add(kind, pcpu, vcpu, time, block) {
      if (pcpu >= holder.length) knowPcpu(pcpu);
      if (vcpu >= home.length) knowVcpu(vcpu);
      const role = roles[kind];
      // A hypervisor's access that stands late says nothing of the clock at its place.
      if (role === Role.hypervisor) {
        if (time < last[pcpu]) broken(Rule.late, pcpu, vcpu, time, block);
      } else {
        if (time < lastOwn[pcpu]) {
          broken(role === Role.point ? Rule.timeOfPoints : Rule.timeOfAccesses, pcpu, vcpu, time, block);
        }
        lastOwn[pcpu] = time;
        if (role === Role.access) {
          if (vcpu >= 0) {
            if (guest[vcpu] === Is.no) broken(Rule.accessOutside, pcpu, vcpu, time, block);
            const at = home[vcpu];
            if (at >= 0 && at !== pcpu) broken(Rule.twoPlaces, pcpu, vcpu, time, block);
          }
        } else if (role === Role.point) {
          if (vcpu >= 0) point(kind, pcpu, vcpu, time, block);
        } else if (role === Role.lost) forget();
      }
      last[pcpu] = time;
      events++;
    },
    gap(missing) {
      forget();
      events += missing;
    },
    breaches: () =>
      ruleTexts.flatMap(({ name }, rule): Breach[] => {
        const first = firsts[rule];
        return first === undefined ? [] : [{ rule: name, count: counts[rule], ...first }];
      }),
    clear() {
      forget();
      last.fill(0);
      lastOwn.fill(0);
      firsts.length = 0;
      counts.fill(0);
      events = 0;
    },
  };
}
