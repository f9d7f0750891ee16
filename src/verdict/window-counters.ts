import type { Assignment } from "../model/assignment.js";
import type { Naming } from "../model/counts.js";
import { pointOfKind } from "../model/points.js";
import { isTracked } from "../model/tracked.js";
import { createInterpreter, type CountTables, type Interpreter } from "../model/reference.js";
import { armPoint, groupClasses, guestPoints } from "../policies/group-points.js";
import { countsEmulated, type Group, type Policy } from "../policies/policy.js";
import { accessKinds, Kind } from "../trace/kinds.js";
import { wordHasValue, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import type { RuledMeasure } from "./window-sums.js";

/** A group of a policy. */
export interface Row {
  readonly assignment: Assignment;
  readonly group: Group;
  /** What counts the rows of its policy. */
  readonly by: CountedBy;
}

/** Two flags a group; the rules of groups, each by itself; or an interpreter of all that is switched, which is slow. */
export type CountedBy = "flags" | "rules" | "interpreter";

/** The least that counts all groups of a policy. */
export function countedBy({ groups }: Policy): CountedBy {
  if (groups.every(hasPlainRules)) return "flags";
  return groups.every(hasOwnRules) ? "rules" : "interpreter";
}

/** Rules that need a group's own state alone: section 5 of the model with two flags, whatever the values are. */
function hasPlainRules({ save, restore, arm, adaptive }: Group): boolean {
  return (
    adaptive === undefined &&
    (save === "always" || save === "dirty" || save === "never") &&
    (restore === "always" || restore === "never") &&
    (arm === "arming-point" || arm === "load" || arm === "run")
  );
}

/** Whether a group hangs on its accesses and points alone: not on values, and not on who else was on the pCPU. */
function hasOwnRules(group: Group): boolean {
  const { onTrap, restore, arm } = group;
  return isTracked(group) && onTrap === "open" && restore !== "foreign" && arm !== "until-caches-on";
}

/** Whether a group is saved or restored at each such point, whatever it does: that needs no counting. */
export const isAlways = ({ save, restore }: Group, measure: RuledMeasure): boolean =>
  (measure === "saves" && save === "always") || (measure === "restores" && restore === "always");

export const isOf =
  ({ registers }: Group) =>
  (name: string): boolean =>
    registers.includes(name);

/** Registers of a group in the lists of its classes. */
export function listed(group: Group, names: Readonly<Record<string, readonly string[]>>): number {
  const all = groupClasses(group).flatMap((each) => names[each]);
  return all.filter((name) => group.registers.includes(name)).length;
}

/** What counts the rows of some policies: told every event that one of them sees, in order. */
export interface Counter {
  /** Before the windows that end at this event are closed. */
  step(word: number, lo: number): void;
  /** From the beginning of the trace, without what `isAlways`. */
  readonly counted: (row: number, vcpu: number, measure: RuledMeasure) => number;
}

/** Counters of the plain rows: an armed and a dirty flag for each group and vCPU. */
export function plainCounter(naming: Naming, rows: readonly Row[]): Counter {
  const { length } = rows;
  const armed = new Uint8Array(length * naming.vcpus);
  const dirty = new Uint8Array(length * naming.vcpus);
  const traps = new Float64Array(length * naming.vcpus);
  const saves = new Float64Array(length * naming.vcpus);
  const plain = rows.flatMap((row, number) => (row.by === "flags" ? [{ ...row, number }] : []));
  for (const { number, group } of plain) {
    if (group.trap === "nothing") continue;
    for (let vcpu = 0; vcpu < naming.vcpus; vcpu++) armed[vcpu * length + number] = 1;
  }
  const byRegister = naming.registers.map((name) =>
    plain.filter(({ group }) => group.registers.includes(name)),
  );
  // By kind and register, the rows that an access can trap in.
  const accessed = Array.from({ length: 32 }, (_, kind) =>
    accessKinds.has(kind)
      ? byRegister.map((own) => own.filter(({ group }) => trapsOn(group, kind)).map(asAccess))
      : [],
  );
  const atPoint = Array.from({ length: 32 }, (_, kind) => {
    const point = pointOfKind.get(kind);
    return {
      saved: plain.flatMap(({ number, group, assignment }) =>
        point !== undefined && point === guestPoints(group, assignment.config)?.save && group.save === "dirty"
          ? [{ number, registers: listed(group, assignment.config.lists.guest.save) }]
          : [],
      ),
      armed: plain.flatMap(({ number, group, assignment }) =>
        point !== undefined && armPoint(group, assignment.config) === point ? [number] : [],
      ),
    };
  });
  return {
    step(word) {
      const kind = wordKind(word);
      const first = naming.places[2 * wordPlace(word) + 1] * length;
      if (accessKinds.has(kind)) {
        for (const { number, opens } of accessed[kind][wordRegister(word)]) {
          const at = first + number;
          if (armed[at] === 0) continue;
          traps[at]++;
          if (!opens) continue;
          armed[at] = 0;
          dirty[at] = 1;
        }
        return;
      }
      for (const { number, registers } of atPoint[kind].saved) {
        if (dirty[first + number] === 0) continue;
        saves[first + number] += registers;
        dirty[first + number] = 0;
      }
      for (const number of atPoint[kind].armed) armed[first + number] = 1;
    },
    counted(row, vcpu, measure) {
      if (measure === "traps") return traps[vcpu * length + row];
      return measure === "saves" ? saves[vcpu * length + row] : 0;
    },
  };
}

const asAccess = ({ number, group }: { readonly number: number; readonly group: Group }) => ({
  number,
  opens: group.onTrap === "open",
});

/** Whether an access of a kind traps while the group is armed (rules 2 and 3). */
export function trapsOn(group: Group, kind: number): boolean {
  const isWrite = kind === Kind.guestWrite || kind === Kind.emulatedWrite;
  const isEmulated = kind === Kind.emulatedWrite || kind === Kind.emulatedRead;
  if (isEmulated && !countsEmulated(group)) return false;
  return isWrite || !(group.trap === "first-write" || group.trap === "every-write");
}

/** Counters of the other rows: an interpreter for each policy, with tables for each vCPU. */
export function interpretedCounter(naming: Naming, rows: readonly Row[]): Counter {
  const policies = new Map<Policy, { readonly interpreter: Interpreter; readonly tables: CountTables[] }>();
  for (const { assignment, by } of rows) {
    const { policy, config } = assignment;
    if (by !== "interpreter" || policies.has(policy)) continue;
    policies.set(policy, {
      interpreter: createInterpreter(naming, policy, config),
      tables: Array.from({ length: naming.vcpus }, () => ({ guest: new Map(), host: new Map() })),
    });
  }
  const all = [...policies.values()];
  return {
    step(word, lo) {
      const place = wordPlace(word);
      const vcpu = naming.places[2 * place + 1];
      const event = {
        kind: wordKind(word),
        register: wordRegister(word),
        place,
        hasValue: wordHasValue(word),
        lo,
      };
      for (const { interpreter, tables } of all) interpreter.step(event, tables[vcpu]);
    },
    counted(row, vcpu, measure) {
      const { assignment, group } = rows[row];
      if (isAlways(group, measure)) return 0;
      const guest = policies.get(assignment.policy)?.tables[vcpu].guest;
      let sum = 0;
      for (const name of group.registers) sum += guest?.get(name)?.[measure] ?? 0;
      return sum;
    },
  };
}
