/** Short event lists for the tests of the model, and what they come to. */

import type { Mode } from "#src/configs/points.js";
import { recordedConfig } from "#src/configs/resolve.js";
import type { ClassNames, SwitchConfig } from "#src/configs/resolve.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import { trackedGroup } from "#src/policies/policy.js";
import type { Group, Policy } from "#src/policies/policy.js";
import { registerByName } from "#src/registers/lookup.js";
import type { Feature } from "#src/registers/register.js";
import { Kind } from "#src/trace/kinds.js";

/** Steps, in lists as they are best read. */
export type Steps = Step | readonly Steps[];

export interface Step {
  readonly kind: number;
  readonly vcpu: number;
  readonly pcpu: number;
  readonly register?: string;
  readonly value?: number;
}

type PointStep = (vcpu: number, pcpu?: number) => Step;
type AccessStep = (vcpu: number, register: string, value?: number) => Step;

const point =
  (kind: number): PointStep =>
  (vcpu, pcpu = 0) => ({ kind, vcpu, pcpu });
const access =
  (kind: number): AccessStep =>
  (vcpu, register, value) => ({ kind, vcpu, pcpu: 0, register, ...(value === undefined ? {} : { value }) });

export const load = point(Kind.load);
export const put = point(Kind.put);
export const runStart = point(Kind.runStart);
export const runEnd = point(Kind.runEnd);
export const entry = point(Kind.entry);
export const fullExit = point(Kind.fullExit);
export const fastExit = point(Kind.fastExit);
export const write = access(Kind.guestWrite);
export const read = access(Kind.guestRead);
export const emulatedWrite = access(Kind.emulatedWrite);
export const emulatedRead = access(Kind.emulatedRead);
export const restoreGuest = access(Kind.restoreGuest);
export const hypWrite = access(Kind.hypWrite);
export const userWrite = access(Kind.userWrite);

/** A run of one entry: what stands between is what the guest does. */
export const run = (vcpu: number, ...steps: readonly Step[]): readonly Step[] => [
  runStart(vcpu),
  entry(vcpu),
  ...steps,
  fullExit(vcpu),
  runEnd(vcpu),
];

/** A configuration that switches exactly these registers, each in its class, for the guest and where there is one the host. */
export function configOf(mode: Mode, ...names: readonly string[]): SwitchConfig {
  const own = (each: string): string[] => names.filter((name) => registerByName(name)?.class === each);
  const lists: ClassNames = {
    el1: own("el1"),
    user: own("user"),
    common: own("common"),
    return: own("return"),
    keys: own("keys"),
    fp: own("fp"),
    debug: own("debug"),
  };
  const both = { save: lists, restore: lists };
  const features: readonly Feature[] = [];
  return recordedConfig(mode, { guest: both, host: both }, features);
}

/** A group that is tracked but for what is said. */
export function group(registers: string, words: Partial<Group> = {}): Group {
  return { ...trackedGroup(registers.split(" ")), ...words };
}

export function policyOf(...groups: readonly Group[]): Policy {
  return { name: "test", groups, assumeNotHardwareWritten: [] };
}

/** Names and places of a list of steps: every register and every pair that comes. */
export function namingOf(steps: readonly Step[]): Naming {
  const pairs = new Map(steps.map(({ pcpu, vcpu }) => [`${pcpu} ${vcpu}`, [pcpu, vcpu]]));
  return {
    registers: ["", ...new Set(steps.flatMap(({ register = "" }) => (register === "" ? [] : [register])))],
    places: [...pairs.values()].flat(),
    vcpus: 1 + Math.max(0, ...steps.map(({ vcpu }) => vcpu)),
    pcpus: 1 + Math.max(0, ...steps.map(({ pcpu }) => pcpu)),
  };
}

export interface Event {
  readonly kind: number;
  readonly register: number;
  readonly place: number;
  readonly hasValue: boolean;
  readonly lo: number;
}

export function eventsOf(steps: readonly Step[], naming: Naming): Event[] {
  return steps.map(({ kind, vcpu, pcpu, register = "", value }) => ({
    kind,
    register: naming.registers.indexOf(register),
    place:
      naming.places.findIndex((_, at) => {
        return at % 2 === 0 && naming.places[at] === pcpu && naming.places[at + 1] === vcpu;
      }) / 2,
    hasValue: value !== undefined,
    lo: value ?? 0,
  }));
}

const flatten = (steps: Steps): Step[] => ("kind" in steps ? [steps] : steps.flatMap(flatten));

/** `guest 0 PIR_EL1` or `host 0 PIR_EL1` to its counts; nothing where the interpreter has no row. */
export type Counted = Readonly<Record<string, Omit<CountRow, "context" | "unit" | "register">>>;

export function interpret(config: SwitchConfig, policy: Policy, ...steps: readonly Steps[]): Counted {
  const list = flatten(steps);
  const naming = namingOf(list);
  const interpreter = createInterpreter(naming, policy, config);
  for (const event of eventsOf(list, naming)) interpreter.step(event);
  return Object.fromEntries(
    interpreter
      .rows()
      .map(({ context, unit, register, ...counts }) => [`${context} ${unit} ${register}`, counts]),
  );
}

/** Counts in the order in which the contract names them. */
export const counts = (traps: number, saves: number, elided: number, restores: number): Counted[string] => ({
  traps,
  saves,
  elided,
  restores,
});
