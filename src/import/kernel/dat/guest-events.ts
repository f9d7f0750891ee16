import type { Vcpu } from "../../../trace/header.js";
import { HostKind, hostEvents } from "../event-table.js";
import { createHostEvent } from "../host-event.js";
import type { HostMachine } from "../host-machine.js";
import { mpidrOf } from "../threads.js";
import type { CpuEvents } from "./cpu-events.js";
import { createDecoder } from "./decode.js";
import type { Guest } from "./guests.js";

/**
 * What a guest's own tracing adds to its host's. The guest's kernel does not trace its registers, so its events become
 * none of the trace: its switches of threads are counted by vCPU, and so is what cannot be if both clocks are one.
 */
export interface GuestEvents {
  /** The guest's event at hand. Call in the order of time, the host's events going to `machine`. */
  take(events: CpuEvents): void;
  /** What is known of a vCPU by its host's thread; undefined for one of no guest. */
  describe(vcpu: Vcpu): Vcpu | undefined;
  passedOver(): readonly (readonly [name: string, count: number])[];
  readonly anomalies: Readonly<Record<string, number>>;
}

export function createGuestEvents(
  guest: Guest,
  machine: HostMachine,
  onDamage: (what: string) => void,
): GuestEvents {
  const { dat, name } = guest;
  const decoder = createDecoder(dat, onDamage);
  const event = createHostEvent(() => "");
  const pidOf = new Map(guest.cpus.map(({ cpu, pid }) => [cpu, pid]));
  const cpuOf = new Map(guest.cpus.map(({ cpu, pid }) => [pid, cpu]));
  const switches = new Map<number, number>();
  const read = new Map<string, number>();
  const anomalies: Record<string, number> = {};
  const add = (counts: Map<string, number>, key: string): void =>
    void counts.set(key, (counts.get(key) ?? 0) + 1);
  const odd = (what: string, count = 1): void => {
    const key = `${what} (guest ${name})`;
    anomalies[key] = Math.min(Number.MAX_SAFE_INTEGER, (anomalies[key] ?? 0) + count);
  };

  return {
    anomalies,
    take(events) {
      if (events.lost > 0) odd("lost event", events.lost);
      else if (events.lost < 0) odd("loss of events, how many is unknown");
      const pid = pidOf.get(events.cpu);
      if (pid === undefined) odd("event on a CPU that the host does not name");
      else if (machine.isRunning(pid) === false) odd("event while its vCPU was not in the guest");
      if (!decoder.decode(events, event)) return;
      add(read, hostEvents[event.kind].name);
      if (event.kind === HostKind.switch) switches.set(events.cpu, (switches.get(events.cpu) ?? 0) + 1);
    },
    describe(vcpu) {
      const cpu = cpuOf.get(vcpu.thread ?? -1);
      if (cpu === undefined) return undefined;
      return { ...vcpu, mpidr: mpidrOf(cpu), guest: name, guestSwitches: switches.get(cpu) ?? 0 };
    },
    passedOver: () =>
      [...decoder.passedOver(), ...read].map(([what, count]) => [`${what} (guest ${name})`, count] as const),
  };
}
