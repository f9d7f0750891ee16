import type { Point } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { armPoint, guestPoints, hostPoints } from "../policies/group-points.js";
import { countsEmulated, type Group, type Policy } from "../policies/policy.js";
import { Kind } from "../trace/kinds.js";
import { packWord, placeShift, valueFlag } from "../trace/word.js";
import type { Naming } from "./counts.js";
import { createLayout, Word, type Layout, type PolicyShape } from "./layout.js";
import { kindsOfPoint } from "./points.js";

/** A policy with the configuration that holds for it. */
export interface Assignment {
  readonly policy: Policy;
  readonly config: SwitchConfig;
}

/** What a point does, for all policies at once: rows of numbers, with places in words from a context's first. */
export interface PointRows {
  /** (place of the dirty mask, place of the counter of the mask's bit 0, mask): groups saved here if dirty. */
  readonly saves: Int32Array;
  readonly hostSaves: Int32Array;
  /** (place of the armed mask, mask): groups armed here. */
  readonly arms: Int32Array;
}

/**
 * Policies made ready for the hot loop: what each event does to a context, as numbers. Everything that does not
 * depend on the context is worked out here.
 */
export interface Program {
  readonly layout: Layout;
  /** First word of the guest's and the host's context by place; -1 for the guest where the place has no vCPU. */
  readonly guestAt: Int32Array;
  readonly hostAt: Int32Array;
  /**
   * By the low half of an event's word (kind, value flag and register): 0 if no policy sees the event, the
   * complement of the kind for a point, else the index in `accesses` of what an access does.
   */
  readonly actions: Int32Array;
  /**
   * Lists, each its end and then rows (place of the armed mask, group's bit, place of the trap counter, place of
   * the group's trap slot, slot). The bit is 0 where every access traps and the group stays as it is.
   */
  readonly accesses: Int32Array;
  /** By event kind 0 to `pointKinds` - 1. */
  readonly points: readonly PointRows[];
}

/** Event kinds below this are points: load, put, run start and end, entry, full and fast exit. */
const pointKinds = Kind.fastExit + 1;

const accessKinds = [Kind.guestWrite, Kind.guestRead, Kind.emulatedWrite, Kind.emulatedRead];

/** The most groups of one policy: two words of mask. */
const maxGroups = 64;

/**
 * Whether a policy's state composes at a cut, and the hot loop can run it. What depends on values, on other
 * contexts, or on a count of points while the state is unknown does not: those policies are interpreted, from
 * the first event of a trace to the last.
 */
export function composes({ groups }: Policy): boolean {
  return (
    groups.length <= maxGroups &&
    groups.every(
      ({ save, restore, arm }) =>
        save !== "open" &&
        restore !== "open" &&
        restore !== "foreign" &&
        arm !== "after-save" &&
        arm !== "until-caches-on",
    )
  );
}

export function compileProgram(naming: Naming, assignments: readonly Assignment[]): Program {
  const shapes = assignments.map(({ policy }): PolicyShape => ({
    groups: policy.groups.length,
    slots: slotsOf(policy).length,
  }));
  const layout = createLayout(naming.vcpus, naming.pcpus, shapes);
  const places = naming.places.length / 2;
  return {
    layout,
    guestAt: Int32Array.from({ length: places }, (_, place) => {
      const vcpu = naming.places[2 * place + 1];
      return vcpu < 0 ? -1 : vcpu * layout.stride;
    }),
    hostAt: Int32Array.from(
      { length: places },
      (_, place) => (naming.vcpus + naming.places[2 * place]) * layout.stride,
    ),
    ...accessLists(naming, layout, assignments),
    points: Array.from({ length: pointKinds }, (_, kind) => pointRows(kind, layout, assignments)),
  };
}

/** The registers of a policy's groups, in order: a register's place here is its slot. */
export const slotsOf = (policy: Policy): string[] => policy.groups.flatMap(({ registers }) => registers);

function accessLists(
  naming: Naming,
  layout: Layout,
  assignments: readonly Assignment[],
): Pick<Program, "actions" | "accesses"> {
  const actions = new Int32Array(1 << placeShift);
  const accesses = [0];
  const act = (kind: number, register: number, action: number): void => {
    const half = packWord(kind, register, 0, false);
    actions[half] = action;
    actions[half | valueFlag] = action;
  };
  naming.registers.forEach((name, register) => {
    for (let kind = 0; kind < pointKinds; kind++) act(kind, register, ~kind);
    for (const kind of accessKinds) {
      const rows = assignments.flatMap(({ policy }, at) =>
        accessRows(policy, layout.policies[at], name, kind),
      );
      if (rows.length === 0) continue;
      act(kind, register, accesses.length);
      accesses.push(accesses.length + 1 + rows.length, ...rows);
    }
  });
  return { actions, accesses: Int32Array.from(accesses) };
}

/** What an access to a register does under one policy: one row, or none. */
function accessRows(
  policy: Policy,
  layout: Layout["policies"][number],
  name: string,
  kind: number,
): number[] {
  const number = policy.groups.findIndex(({ registers }) => registers.includes(name));
  if (number < 0 || !trapsOn(policy.groups[number], kind)) return [];
  const { base, traps, trapSlot } = layout;
  const slot = slotsOf(policy).indexOf(name);
  const bit = policy.groups[number].onTrap === "open" ? bitOf(number) : 0;
  return [base + Word.armed + halfOf(number), bit, base + traps + slot, base + trapSlot + number, slot];
}

/** Whether an access of this kind traps while the group is armed. */
function trapsOn(group: Group, kind: number): boolean {
  const emulated = kind === Kind.emulatedWrite || kind === Kind.emulatedRead;
  if (group.trap === "nothing" || (emulated && !countsEmulated(group))) return false;
  const write = kind === Kind.guestWrite || kind === Kind.emulatedWrite;
  return write || group.trap === "first-access" || group.trap === "undefined";
}

function pointRows(kind: number, layout: Layout, assignments: readonly Assignment[]): PointRows {
  const happens = (point: Point | undefined): boolean =>
    point !== undefined && kindsOfPoint[point].includes(kind);
  const saves: number[] = [];
  const hostSaves: number[] = [];
  const arms: number[] = [];
  assignments.forEach(({ policy, config }, at) => {
    const { base } = layout.policies[at];
    const masks = (test: (group: Group) => boolean, add: (half: number, mask: number) => void): void => {
      maskOf(policy, test).forEach((mask, half) => (mask === 0 ? undefined : add(half, mask)));
    };
    const save = (rows: number[]) => (half: number, mask: number) =>
      rows.push(base + Word.dirty + half, base + Word.saves + 32 * half, mask);
    masks((group) => group.save === "dirty" && happens(guestPoints(group, config)?.save), save(saves));
    masks(
      (group) => group.host === "dirty-once" && happens(hostPoints(group, config)?.save),
      save(hostSaves),
    );
    masks(
      (group) => group.onTrap === "open" && happens(armPoint(group, config)),
      (half, mask) => arms.push(base + Word.armed + half, mask),
    );
  });
  return {
    saves: Int32Array.from(saves),
    hostSaves: Int32Array.from(hostSaves),
    arms: Int32Array.from(arms),
  };
}

/** Masks over groups that a policy's contexts start with: the guest's armed groups, the host's dirty ones. */
export function initialMasks(policy: Policy): {
  readonly armed: readonly [number, number];
  readonly hostDirty: readonly [number, number];
} {
  return {
    armed: maskOf(policy, ({ onTrap, trap }) => onTrap === "open" && trap !== "nothing"),
    hostDirty: maskOf(policy, ({ host }) => host === "dirty-once"),
  };
}

const halfOf = (group: number): number => group >>> 5;
const bitOf = (group: number): number => 1 << (group & 31);

function maskOf({ groups }: Policy, test: (group: Group) => boolean): [number, number] {
  const mask: [number, number] = [0, 0];
  groups.forEach((group, number) => {
    if (test(group)) mask[halfOf(number)] |= bitOf(number);
  });
  return mask;
}
