import type { Assignment } from "../src/model/assignment.js";
import type { CountRow } from "../src/model/counts.js";
import { isTracked } from "../src/model/tracked.js";
import { countsEmulated, type Group } from "../src/policies/policy.js";
import { Kind } from "../src/trace/kinds.js";
import { firstAccess, type Access, type Tables } from "./tables.js";

/** What a policy did, by register, over all vCPUs: what every way of counting must agree on. */
export interface PolicyCounts {
  readonly traps: Readonly<Record<string, number>>;
  /** Of registers in groups that traps open. */
  readonly saves: Readonly<Record<string, number>>;
  /** Of adaptive groups, by first register. */
  readonly changes: Readonly<Record<string, number>>;
}

/** What a baseline prints. */
export interface BaselineCounts {
  /** Rows of group, byte and count. */
  readonly traps: readonly (readonly [group: number, byte: number, count: number])[];
  /** By group. */
  readonly saves: readonly number[];
  readonly changes: readonly number[];
  /** By byte; all, and those until the caches were on. */
  readonly bytes: readonly number[];
  readonly before: readonly number[];
}

const counter = (): { sums: Record<string, number>; add: (name: string, count: number) => void } => {
  const sums: Record<string, number> = {};
  return {
    sums,
    add(name, count) {
      if (count > 0) sums[name] = (sums[name] ?? 0) + count;
    },
  };
};

/** The counts of each policy as a replay gives them. */
export function replayCounts(
  assignments: readonly Assignment[],
  policies: readonly (readonly CountRow[])[],
): PolicyCounts[] {
  return assignments.map(({ policy }, at) => {
    const tracked = new Set(policy.groups.filter(isTracked).flatMap(({ registers }) => registers));
    const [traps, saves, changes] = [counter(), counter(), counter()];
    for (const row of policies[at]) {
      if (row.context !== "guest") continue;
      traps.add(row.register, row.traps);
      changes.add(row.register, row.changes ?? 0);
      if (tracked.has(row.register)) saves.add(row.register, row.saves);
    }
    return { traps: traps.sums, saves: saves.sums, changes: changes.sums };
  });
}

/** The counts of each policy as a baseline gives them. */
export function baselineCounts(
  { assignments, tracked, accesses }: Tables,
  { traps: trapRows, saves: saved, changes: changed, bytes, before }: BaselineCounts,
): PolicyCounts[] {
  return assignments.map(({ policy, config }, at) => {
    const switched = new Set(Object.values(config.lists.guest.save).flat());
    const [traps, saves, changes] = [counter(), counter(), counter()];
    policy.groups.forEach((group, place) => {
      const number = tracked.numbers[at][place];
      if (number < 0) {
        const counts = group.arm === "until-caches-on" ? before : bytes;
        accesses.forEach((access, code) => {
          if (trapsAlways(group, access)) traps.add(access.name, counts[firstAccess + code]);
        });
        return;
      }
      for (const [each, byte, count] of trapRows) {
        if (each === number) traps.add(accesses[byte - firstAccess].name, count);
      }
      for (const register of group.registers) if (switched.has(register)) saves.add(register, saved[number]);
      changes.add(group.registers[0], changed[number]);
    });
    return { traps: traps.sums, saves: saves.sums, changes: changes.sums };
  });
}

/** Whether every such access traps, in a group that is not opened by it. */
function trapsAlways({ trap, ...group }: Group, { kind, name }: Access): boolean {
  if (trap === "nothing" || !group.registers.includes(name)) return false;
  const write = kind === Kind.guestWrite || kind === Kind.emulatedWrite;
  const emulated = kind === Kind.emulatedWrite || kind === Kind.emulatedRead;
  if (emulated && !countsEmulated({ trap, ...group })) return false;
  return write || trap === "undefined";
}

/** Throws where two ways of counting do not agree, and says where. */
export function assertSame(
  what: string,
  { assignments }: Pick<Tables, "assignments">,
  expected: readonly PolicyCounts[],
  found: readonly PolicyCounts[],
): void {
  assignments.forEach(({ policy }, at) => {
    for (const column of ["traps", "saves", "changes"] as const) {
      const [a, b] = [expected[at][column], found[at][column]];
      for (const register of new Set([...Object.keys(a), ...Object.keys(b)])) {
        if ((a[register] ?? 0) === (b[register] ?? 0)) continue;
        const figures = `${a[register] ?? 0} and ${b[register] ?? 0}`;
        throw new Error(`${what}: ${policy.name}, ${register}: ${column} differ, ${figures}`);
      }
    }
  });
}
