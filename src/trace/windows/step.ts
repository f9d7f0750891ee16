import { accessKinds, Kind } from "../kinds.js";

/**
 * A step: what a policy can see of an event, in 16 bits: register << 5 | kind. Points (load, put, run start and end,
 * entry, exit) have register 0; accesses are the guest's writes and reads and those that were emulated for it. No
 * policy tells a full exit from a fast one, so that both are `fullExit` here.
 */
export const stepOf = (kind: number, register: number): number => (register << 5) | kind;
export const stepKind = (step: number): number => step & 31;
export const stepRegister = (step: number): number => step >>> 5;

/** Kinds that can be steps, beside `accessKinds`. */
export const pointKinds: readonly number[] = [
  Kind.load,
  Kind.put,
  Kind.runStart,
  Kind.runEnd,
  Kind.entry,
  Kind.fullExit,
];

/** The kind of a step for an event's kind; -1 where no policy sees the event. */
export function stepKindOf(kind: number): number {
  if (kind === Kind.fastExit) return Kind.fullExit;
  return pointKinds.includes(kind) || accessKinds.has(kind) ? kind : -1;
}

export const isPointStep = (step: number): boolean => stepKind(step) <= Kind.fullExit;
