import { switchedClasses, type Point, type SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { armPoint, guestPoints } from "../policies/group-points.js";
import type { Group } from "../policies/policy.js";

/**
 * A group in a guest context, as it goes on under each choice of an oracle. A window begins where the group is armed
 * (after a save, for one that is armed then) and ends where it is armed next. A window is armed, and goes on as the
 * group's rule says; or it is left: open without a trap, and saved and restored as eager does.
 */

/** A state: bits. What is left is never armed; a dirty group has a value that no save has seen. */
export const Local = { left: 1, armed: 2, dirty: 4 } as const;
export const localStates = 8;

/** What an access returns beside the state: it trapped. */
export const trapped = 8;

/** Registers that one point saves or restores together, as often as they are in its list. */
interface Switched {
  readonly point: Point;
  readonly each: SwitchedClass;
  readonly registers: readonly string[];
}

/** Counts of a group are a vector: traps by register, then saves, saves without a test and restores by `Switched`, then changes. */
export interface OracleGroup {
  readonly group: Group;
  readonly config: SwitchConfig;
  readonly saved: readonly Switched[];
  readonly restored: readonly Switched[];
  readonly cleanAt: Point | undefined;
  /** Where the next window begins; `after-save` groups: where they are clean. */
  readonly decideAt: Point | undefined;
  readonly at: { readonly saves: number; readonly untested: number; readonly restores: number };
  readonly changes: number;
  readonly width: number;
}

export function oracleGroup(group: Group, config: SwitchConfig): OracleGroup {
  const lists = config.lists.guest;
  const switched = (what: "save" | "restore"): Switched[] =>
    switchedClasses.flatMap((each) => {
      const registers = lists[what][each].filter((name) => group.registers.includes(name));
      return registers.length === 0 ? [] : [{ point: config.points[each].guest[what], each, registers }];
    });
  const saved = switched("save");
  const restored = switched("restore");
  const cleanAt = guestPoints(group, config)?.save;
  const saves = group.registers.length;
  const untested = saves + saved.length;
  const restores = untested + saved.length;
  const changes = restores + restored.length;
  return {
    group,
    config,
    saved,
    restored,
    cleanAt,
    decideAt: isArmedBySaves(group) ? cleanAt : armPoint(group, config),
    at: { saves, untested, restores },
    changes,
    width: changes + 1,
  };
}

/** An oracle's windows of a group begin at save points where nothing else arms it. */
const isArmedBySaves = ({ arm, trap }: Group): boolean => arm === "after-save" && trap !== "nothing";

/** States with which a trace can begin: contexts begin armed and clean, and the first choice costs nothing. */
export const beginnings = ({ trap }: Group): readonly number[] =>
  trap === "nothing" ? [Local.left] : [Local.armed, Local.left];

export function access({ trap, onTrap }: Group, state: number, write: boolean): number {
  if ((state & Local.left) !== 0) return write ? state | Local.dirty : state;
  if ((state & Local.armed) === 0) return state;
  if (!write && (trap === "first-write" || trap === "every-write")) return state;
  return onTrap === "open" ? (state & ~Local.armed) | Local.dirty | trapped : state | trapped;
}

export function isSaved({ save }: Group, state: number): boolean {
  if ((state & Local.left) !== 0 || save === "always") return true;
  if (save === "dirty") return (state & Local.dirty) !== 0;
  return save === "open" && (state & Local.armed) === 0;
}

/** After a save point. */
export function clean(group: Group, state: number): number {
  const arms = isArmedBySaves(group) && (state & Local.left) === 0 && isSaved(group, state);
  return (state & ~Local.dirty) | (arms ? Local.armed : 0);
}

/** The traps of a kernel that waits for the caches are off for good. */
export const disarm = (state: number): number => state & ~Local.armed;

/** Where the next window begins: armed, or left. */
export function begin(group: Group, state: number, left: boolean): number {
  const dirty = state & Local.dirty;
  if (left) return dirty | Local.left;
  // What no arming point arms stays as it is, unless it was left.
  const stays = isArmedBySaves(group) && (state & Local.left) === 0;
  return dirty | (stays ? state & Local.armed : Local.armed);
}

/**
 * Whether a restore point restores. Where the next window begins at the same point, it is known which (`next`):
 * what is left without a trap needs its value now.
 */
export function isRestored(
  { restore }: Group,
  state: number,
  foreign: boolean,
  next: "armed" | "left" | undefined,
): boolean {
  if (restore === "always") return true;
  if (restore === "foreign") return foreign;
  const open = restore === "open" && (state & Local.armed) === 0;
  return open || (next === undefined ? (state & Local.left) !== 0 : next === "left");
}
