import { switchedClasses, type Point, type SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { armPoint, guestPoints, hostPoints } from "../policies/group-points.js";
import { countsEmulated, type Group, type Policy } from "../policies/policy.js";
import { nameOrder } from "../registers/lookup.js";
import type { TraceEvent } from "../trace/events.js";
import { Kind } from "../trace/kinds.js";
import type { CountRow, Naming } from "./counts.js";
import { trackingUnits, type Units } from "../policies/units.js";
import { beginWindow, phasesOf, type Phase } from "./adaptive.js";
import { copyHolders, createForeign, noHolders, type ContextOrder, type Holders } from "./foreign.js";
import type { Observer } from "./observer.js";
import { pointOfKind, points } from "./points.js";

/**
 * The reference interpreter: section 5 of the replay model, one event at a time, written to be read. It is the
 * judge of every fast path.
 */
export interface Interpreter {
  /** With `into` what the event counts goes there; an interpreter is stepped with such tables or without. */
  step(event: ModelEvent, into?: CountTables): void;
  /** All rows, in table order within a context. */
  rows(): CountRow[];
  /** What decides what the groups do next, as text; who was last where only if `whole`. */
  state(whole?: boolean): string;
  /**
   * A copy that goes on by itself and counts from nothing, with its contexts in the order given; `phase` is where its
   * adaptive groups stand then.
   */
  fork(order: ContextOrder, observer?: Observer, phase?: Readonly<Phase>): Interpreter;
  /** Whether a register of a guest is armed, and whether a save point would save it now. */
  look(vcpu: number, register: string): { readonly armed: boolean; readonly saved: boolean };
  /** Whether a save point of the host would save a register now. */
  savesHost(pcpu: number, register: string): boolean;
  /** The hypervisor itself changed a guest's register on the CPU, and marks it as a trap would. */
  mark(vcpu: number, register: string): void;
}

/** Where an interpreter goes on. */
interface Contexts {
  readonly guests: readonly Guest[];
  readonly hosts: readonly Host[];
  readonly holders: Holders;
}

/** What the model looks at of an event. */
export type ModelEvent = Pick<TraceEvent, "kind" | "register" | "place" | "hasValue" | "lo">;

/** Counts by register, of all guest contexts or of some, and of the host's. */
export interface CountTables {
  readonly guest: Counts;
  readonly host: Counts;
}

/** A guest context's state. Every context begins with its traps armed and clean. */
interface Guest {
  readonly armed: Set<Group>;
  readonly dirty: Set<Group>;
  /** Adaptive groups in a window that is left open and saved without a trap, and where each of them stands. */
  readonly eager: Set<Group>;
  readonly phases: ReadonlyMap<Group, Phase>;
  counts: Counts;
}

/** A host context's state: the groups that are dirty. It is never armed. */
interface Host {
  readonly dirty: Set<Group>;
  counts: Counts;
}

type Count = { traps: number; saves: number; elided: number; restores: number; changes: number };
export type Counts = Map<string, Count>;

/** SCTLR_EL1.M and SCTLR_EL1.C. */
const cachesOn = 0b101;

/** What shows the value that a guest's register has now. */
const showsValue: ReadonlySet<number> = new Set([
  Kind.guestWrite,
  Kind.emulatedWrite,
  Kind.hypWrite,
  Kind.restoreGuest,
]);

/** Whether an event shows that the guest has its MMU and caches on. */
export const setsCachesOn = ({ kind, register, hasValue, lo }: ModelEvent, { registers }: Naming): boolean =>
  hasValue && (lo & cachesOn) === cachesOn && showsValue.has(kind) && registers[register] === "SCTLR_EL1";

/** @param observer - Is told what the policy does. */
export function createInterpreter(
  naming: Naming,
  policy: Policy,
  config: SwitchConfig,
  observer?: Observer,
): Interpreter {
  const { groups, opened, marked } = trackingUnits(policy.groups);
  const groupOf = new Map<string, Group>();
  for (const group of groups) for (const name of group.registers) groupOf.set(name, group);
  const byPoint = (pointOf: (group: Group) => Point | undefined): Map<Point, Group[]> =>
    new Map(points.map((point) => [point, groups.filter((group) => pointOf(group) === point)]));
  const rules: Rules = {
    naming,
    policy: { ...policy, groups },
    config,
    opened,
    marked,
    groupOf,
    savedAt: byPoint((group) => guestPoints(group, config)?.save),
    hostSavedAt: byPoint((group) => hostPoints(group, config)?.save),
    armedAt: byPoint((group) => armPoint(group, config)),
  };
  const guests = Array.from({ length: naming.vcpus }, (): Guest => {
    const trapping = groups.filter(({ trap }) => trap !== "nothing");
    const phases = phasesOf(groups);
    return { armed: new Set(trapping), dirty: new Set(), eager: new Set(), phases, counts: new Map() };
  });
  const startsDirty = ({ host, hostStarts }: Group): boolean =>
    host === "dirty-once" && hostStarts !== "clean";
  const hosts = Array.from({ length: naming.pcpus }, (): Host => {
    return { dirty: new Set(groups.filter(startsDirty)), counts: new Map() };
  });
  return interpret(rules, { guests, hosts, holders: noHolders() }, observer);
}

/** What is the same for an interpreter and all its copies. */
interface Rules extends Pick<Units, "opened" | "marked"> {
  readonly naming: Naming;
  /** Its groups are those that are armed and marked by themselves. */
  readonly policy: Policy;
  readonly config: SwitchConfig;
  readonly groupOf: ReadonlyMap<string, Group>;
  readonly savedAt: ReadonlyMap<Point, readonly Group[]>;
  readonly hostSavedAt: ReadonlyMap<Point, readonly Group[]>;
  readonly armedAt: ReadonlyMap<Point, readonly Group[]>;
}

function interpret(
  rules: Rules,
  { guests, hosts, holders }: Contexts,
  observer: Observer | undefined,
): Interpreter {
  const { naming, policy, config, opened, marked, groupOf, savedAt, hostSavedAt, armedAt } = rules;
  const foreign = createForeign(config, holders);

  /** Rules 2 and 3: a write while the group is armed traps and opens it; while it is open nothing happens. */
  function access(vcpu: number, pcpu: number, register: string, write: boolean, emulated: boolean): void {
    const guest = guests[vcpu];
    const group = groupOf.get(register);
    if (group === undefined || (emulated && !countsEmulated(group))) return;
    // Saved whether dirty or not; but a trial that begins before the save must not lose it.
    if (write && guest.eager.has(group)) guest.dirty.add(group);
    if (!guest.armed.has(group)) return;
    if (!write && (group.trap === "first-write" || group.trap === "every-write")) return;
    count(guest.counts, register).traps++;
    const [open, mark] = group.onTrap === "open" ? [opened(group), marked(group)] : [[], []];
    const did = { opened: open.flatMap(registersOf), marked: mark.flatMap(registersOf) };
    observer?.trap(register, group, did, vcpu, pcpu);
    if (group.onTrap === "open") {
      for (const each of open) guest.armed.delete(each);
      for (const each of mark) guest.dirty.add(each);
      const phase = guest.phases.get(group);
      if (phase !== undefined) phase.traps++;
    }
  }

  /** Rule 1. An adaptive group is armed in the windows of its trials alone. */
  function arm(guest: Guest, group: Group): void {
    const phase = guest.phases.get(group);
    if (phase === undefined || group.adaptive === undefined) {
      guest.armed.add(group);
      return;
    }
    const before = phase.changes;
    const [on, off] = beginWindow(phase, group.adaptive)
      ? [guest.eager, guest.armed]
      : [guest.armed, guest.eager];
    on.add(group);
    off.delete(group);
    if (phase.changes > before) count(guest.counts, group.registers[0]).changes++;
  }

  /** Traps that last until the caches are on. */
  function disarm(guest: Guest): void {
    for (const group of policy.groups) if (group.arm === "until-caches-on") guest.armed.delete(group);
  }

  /** Rule 4. */
  function saveGuest(vcpu: number, pcpu: number, each: SwitchedClass): void {
    const guest = guests[vcpu];
    for (const register of config.lists.guest.save[each]) {
      const group = groupOf.get(register);
      const saved = isSaved(guest, group);
      observer?.saveGuest(register, vcpu, pcpu, saved);
      if (saved) count(guest.counts, register).saves++;
      else count(guest.counts, register).elided++;
    }
  }

  /** Rule 5. */
  function restoreGuest(vcpu: number, pcpu: number, each: SwitchedClass): void {
    const guest = guests[vcpu];
    const isForeign = foreign(each, vcpu, pcpu);
    for (const register of config.lists.guest.restore[each]) {
      const group = groupOf.get(register);
      const restored =
        group === undefined ||
        group.restore === "always" ||
        (group.restore === "foreign" && isForeign) ||
        (group.restore === "open" && !guest.armed.has(group));
      observer?.restoreGuest(register, vcpu, pcpu, restored);
      if (restored) count(guest.counts, register).restores++;
    }
  }

  /** Rule 6. */
  function saveHost(pcpu: number, each: SwitchedClass): void {
    const host = hosts[pcpu];
    for (const register of config.lists.host.save[each]) {
      const saved = isHostSaved(host, groupOf.get(register));
      observer?.saveHost(register, pcpu, saved);
      if (saved) count(host.counts, register).saves++;
      else count(host.counts, register).elided++;
    }
  }

  function restoreHost(pcpu: number, each: SwitchedClass): void {
    for (const register of config.lists.host.restore[each]) {
      const restored = groupOf.get(register)?.host !== "never";
      observer?.restoreHost(register, pcpu, restored);
      if (restored) count(hosts[pcpu].counts, register).restores++;
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
    for (const each of switchedClasses) {
      if (config.points[each].host?.save === point) saveHost(pcpu, each);
      if (config.points[each].guest.save === point) saveGuest(vcpu, pcpu, each);
    }
    clean(guest, hosts[pcpu], point);
    for (const each of switchedClasses) {
      if (config.points[each].host?.restore === point) restoreHost(pcpu, each);
      if (config.points[each].guest.restore === point) restoreGuest(vcpu, pcpu, each);
    }
    for (const group of armedAt.get(point) ?? []) arm(guest, group);
  }

  return {
    step(event, into) {
      const { kind, register, place } = event;
      const pcpu = naming.places[2 * place];
      const vcpu = naming.places[2 * place + 1];
      if (vcpu < 0) return;
      if (into !== undefined) {
        guests[vcpu].counts = into.guest;
        hosts[pcpu].counts = into.host;
      }
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
          access(vcpu, pcpu, name, true, kind === Kind.emulatedWrite);
          break;
        case Kind.guestRead:
        case Kind.emulatedRead:
          access(vcpu, pcpu, name, false, kind === Kind.emulatedRead);
          break;
        default:
      }
      if (setsCachesOn(event, naming)) disarm(guest);
    },

    rows() {
      return [
        ...guests.flatMap(({ counts }, vcpu) => rowsOf("guest", vcpu, counts)),
        ...hosts.flatMap(({ counts }, pcpu) => rowsOf("host", pcpu, counts)),
      ].toSorted(byTable);
    },

    state(whole = false) {
      const ofGuest = ({ armed, dirty, eager, phases }: Guest): unknown[] =>
        policy.groups.map((group) => {
          const { windows, traps, left } = phases.get(group) ?? {};
          return [armed.has(group), dirty.has(group), eager.has(group), windows, traps, left];
        });
      const ofHost = ({ dirty }: Host): unknown[] => policy.groups.map((group) => dirty.has(group));
      const last = whole ? [holders.holder, holders.lastSeen].map(textsOf) : [];
      return JSON.stringify([guests.map(ofGuest), hosts.map(ofHost), ...last]);
    },

    fork(order, by, phase) {
      const copied = {
        guests: order.vcpus.map((vcpu) => copyGuest(guests[vcpu], phase)),
        hosts: order.pcpus.map((pcpu): Host => ({ dirty: new Set(hosts[pcpu].dirty), counts: new Map() })),
        holders: copyHolders(holders, order),
      };
      return interpret(rules, copied, by);
    },

    look(vcpu, register) {
      const group = groupOf.get(register);
      const guest = guests[vcpu];
      return { armed: group !== undefined && guest.armed.has(group), saved: isSaved(guest, group) };
    },

    savesHost: (pcpu, register) => isHostSaved(hosts[pcpu], groupOf.get(register)),

    mark(vcpu, register) {
      const group = groupOf.get(register);
      if (group !== undefined) for (const each of marked(group)) guests[vcpu].dirty.add(each);
    },
  };
}

const textsOf = (map: ReadonlyMap<string, number>): string[] =>
  Array.from(map, ([key, value]) => `${key} ${value}`).toSorted();

const registersOf = ({ registers }: Group): readonly string[] => registers;

function copyGuest({ armed, dirty, eager, phases }: Guest, phase: Readonly<Phase> | undefined): Guest {
  return {
    armed: new Set(armed),
    dirty: new Set(dirty),
    eager: new Set(eager),
    phases: new Map(Array.from(phases, ([group, own]) => [group, { ...own, ...phase }])),
    counts: new Map(),
  };
}

function count(counts: Counts, register: string): Count {
  let found = counts.get(register);
  if (found === undefined)
    counts.set(register, (found = { traps: 0, saves: 0, elided: 0, restores: 0, changes: 0 }));
  return found;
}

/** What a save point does with a register of a group, or of none. */
function isSaved(guest: Guest, group: Group | undefined): boolean {
  switch (group?.save) {
    case "dirty":
      return guest.dirty.has(group) || guest.eager.has(group);
    case "open":
      return !guest.armed.has(group);
    case "never":
      return false;
    default:
      return true;
  }
}

/** The same of the host's. */
function isHostSaved({ dirty }: Host, group: Group | undefined): boolean {
  const rule = group?.host ?? "eager";
  return rule === "eager" || (rule === "dirty-once" && group !== undefined && dirty.has(group));
}

function rowsOf(context: "guest" | "host", unit: number, counts: Counts): CountRow[] {
  return Array.from(counts, ([register, { changes, ...counted }]) => {
    return { context, unit, register, ...counted, ...(changes === 0 ? {} : { changes }) };
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
