import { switchedClasses, type Point, type SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { armPoint, guestPoints, hostPoints } from "../policies/group-points.js";
import { countsEmulated, type Group, type Policy } from "../policies/policy.js";
import { nameOrder } from "../registers/lookup.js";
import type { TraceEvent } from "../trace/events.js";
import { Kind } from "../trace/kinds.js";
import type { CountRow, Naming } from "./counts.js";
import { pointOfKind, points } from "./points.js";

/**
 * The reference interpreter: section 5 of the replay model, one event at a time, written to be read. It is the
 * judge of every fast path, and the engine of the policies whose state does not compose at cuts.
 */
export interface Interpreter {
  step(event: Pick<TraceEvent, "kind" | "register" | "place" | "hasValue" | "lo">): void;
  /** All rows, in table order within a context. */
  rows(): CountRow[];
}

/** A guest context's state. Every context begins with its traps armed and clean. */
interface Guest {
  readonly armed: Set<Group>;
  readonly dirty: Set<Group>;
  readonly counts: Counts;
}

/** A host context's state: the groups that are dirty. It is never armed. */
interface Host {
  readonly dirty: Set<Group>;
  readonly counts: Counts;
}

type Count = { traps: number; saves: number; elided: number; restores: number };
type Counts = Map<string, Count>;

/** SCTLR_EL1.M and SCTLR_EL1.C. */
const cachesOn = 0b101;

/** What shows the value that a guest's register has now. */
const showsValue: ReadonlySet<number> = new Set([
  Kind.guestWrite,
  Kind.emulatedWrite,
  Kind.hypWrite,
  Kind.restoreGuest,
]);

/** Classes whose registers the host uses too, without a context of its own that KVM would switch. */
const usedByHost: ReadonlySet<SwitchedClass> = new Set(["return", "fp"]);

export function createInterpreter(naming: Naming, policy: Policy, config: SwitchConfig): Interpreter {
  const groupOf = new Map<string, Group>();
  for (const group of policy.groups) for (const name of group.registers) groupOf.set(name, group);
  const byPoint = (pointOf: (group: Group) => Point | undefined): Map<Point, Group[]> =>
    new Map(points.map((point) => [point, policy.groups.filter((group) => pointOf(group) === point)]));
  const savedAt = byPoint((group) => guestPoints(group, config)?.save);
  const hostSavedAt = byPoint((group) => hostPoints(group, config)?.save);
  const armedAt = byPoint((group) => armPoint(group, config));

  const guests = Array.from({ length: naming.vcpus }, (): Guest => {
    const trapping = policy.groups.filter(({ trap }) => trap !== "nothing");
    return { armed: new Set(trapping), dirty: new Set(), counts: new Map() };
  });
  const hosts = Array.from({ length: naming.pcpus }, (): Host => {
    return { dirty: new Set(policy.groups.filter(({ host }) => host === "dirty-once")), counts: new Map() };
  });
  /** By class: whose values each pCPU's registers hold, and where each vCPU's values were last. */
  const holder = new Map<string, number>();
  const lastSeen = new Map<string, number>();

  /** Rules 2 and 3: a write while the group is armed traps and opens it; while it is open nothing happens. */
  function access(guest: Guest, register: string, write: boolean, emulated: boolean): void {
    const group = groupOf.get(register);
    if (group === undefined || !guest.armed.has(group)) return;
    if (emulated && !countsEmulated(group)) return;
    if (!write && (group.trap === "first-write" || group.trap === "every-write")) return;
    count(guest.counts, register).traps++;
    if (group.onTrap === "open") {
      guest.armed.delete(group);
      guest.dirty.add(group);
    }
  }

  /** Traps that last until the caches are on: the value of SCTLR_EL1 decides. */
  function sctlr(guest: Guest, lo: number): void {
    if ((lo & cachesOn) !== cachesOn) return;
    for (const group of policy.groups) if (group.arm === "until-caches-on") guest.armed.delete(group);
  }

  /** Rule 4. */
  function saveGuest(guest: Guest, each: SwitchedClass): void {
    for (const register of config.lists.guest.save[each]) {
      const group = groupOf.get(register);
      if (isSaved(guest, group)) count(guest.counts, register).saves++;
      else count(guest.counts, register).elided++;
    }
  }

  /** Rule 5. */
  function restoreGuest(guest: Guest, each: SwitchedClass, isForeign: boolean): void {
    for (const register of config.lists.guest.restore[each]) {
      const group = groupOf.get(register);
      const restored =
        group === undefined ||
        group.restore === "always" ||
        (group.restore === "foreign" && isForeign) ||
        (group.restore === "open" && !guest.armed.has(group));
      if (restored) count(guest.counts, register).restores++;
    }
  }

  /** Whether another context's values may be in the registers of a class. */
  function foreign(each: SwitchedClass, vcpu: number, pcpu: number): boolean {
    const stays = holder.get(`${each} ${pcpu}`) === vcpu && lastSeen.get(`${each} ${vcpu}`) === pcpu;
    holder.set(`${each} ${pcpu}`, vcpu);
    lastSeen.set(`${each} ${vcpu}`, pcpu);
    // Where the host uses the registers too, it always comes between.
    return !stays || config.points[each].host !== undefined || usedByHost.has(each);
  }

  /** Rule 6. */
  function saveHost(host: Host, each: SwitchedClass): void {
    for (const register of config.lists.host.save[each]) {
      const group = groupOf.get(register);
      const rule = group?.host ?? "eager";
      const saved =
        rule === "eager" || (rule === "dirty-once" && group !== undefined && host.dirty.has(group));
      if (saved) count(host.counts, register).saves++;
      else count(host.counts, register).elided++;
    }
  }

  function restoreHost(host: Host, each: SwitchedClass): void {
    for (const register of config.lists.host.restore[each]) {
      if (groupOf.get(register)?.host !== "never") count(host.counts, register).restores++;
    }
  }

  /** What was saved at a point is clean then. A group may have registers of several classes: it is clean after all. */
  function clean(guest: Guest, host: Host, point: Point): void {
    for (const group of savedAt.get(point) ?? []) {
      if (group.arm === "after-save" && group.trap !== "nothing" && isSaved(guest, group))
        guest.armed.add(group);
      guest.dirty.delete(group);
    }
    for (const group of hostSavedAt.get(point) ?? []) host.dirty.delete(group);
  }

  function pass(point: Point, vcpu: number, pcpu: number): void {
    const guest = guests[vcpu];
    const host = hosts[pcpu];
    for (const each of switchedClasses) {
      if (config.points[each].host?.save === point) saveHost(host, each);
      if (config.points[each].guest.save === point) saveGuest(guest, each);
    }
    clean(guest, host, point);
    for (const each of switchedClasses) {
      if (config.points[each].host?.restore === point) restoreHost(host, each);
      if (config.points[each].guest.restore === point) restoreGuest(guest, each, foreign(each, vcpu, pcpu));
    }
    // Rule 1, and the other arming points.
    for (const group of armedAt.get(point) ?? []) guest.armed.add(group);
  }

  return {
    step({ kind, register, place, hasValue, lo }) {
      const pcpu = naming.places[2 * place];
      const vcpu = naming.places[2 * place + 1];
      if (vcpu < 0) return;
      const point = pointOfKind.get(kind);
      if (point !== undefined) {
        pass(point, vcpu, pcpu);
        return;
      }
      const name = naming.registers[register];
      const guest = guests[vcpu];
      switch (kind) {
        case Kind.guestWrite:
        case Kind.emulatedWrite:
          access(guest, name, true, kind === Kind.emulatedWrite);
          break;
        case Kind.guestRead:
        case Kind.emulatedRead:
          access(guest, name, false, kind === Kind.emulatedRead);
          break;
        default:
      }
      if (showsValue.has(kind) && hasValue && name === "SCTLR_EL1") sctlr(guest, lo);
    },

    rows() {
      return [
        ...guests.flatMap(({ counts }, vcpu) => rowsOf("guest", vcpu, counts)),
        ...hosts.flatMap(({ counts }, pcpu) => rowsOf("host", pcpu, counts)),
      ].toSorted(byTable);
    },
  };
}

function count(counts: Counts, register: string): Count {
  let found = counts.get(register);
  if (found === undefined) counts.set(register, (found = { traps: 0, saves: 0, elided: 0, restores: 0 }));
  return found;
}

/** What a save point does with a register of a group, or of none. */
function isSaved(guest: Guest, group: Group | undefined): boolean {
  switch (group?.save) {
    case "dirty":
      return guest.dirty.has(group);
    case "open":
      return !guest.armed.has(group);
    case "never":
      return false;
    default:
      return true;
  }
}

function rowsOf(context: "guest" | "host", unit: number, counts: Counts): CountRow[] {
  return Array.from(counts, ([register, { traps, saves, elided, restores }]) => {
    return { context, unit, register, traps, saves, elided, restores };
  });
}

/** Rows in the order of contexts, units and the register table. */
export function byTable(a: CountRow, b: CountRow): number {
  return (
    Number(a.context === "host") - Number(b.context === "host") ||
    a.unit - b.unit ||
    nameOrder(a.register, b.register) ||
    Number(a.register > b.register) - Number(a.register < b.register)
  );
}
