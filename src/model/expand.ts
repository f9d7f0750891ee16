import { switchedClasses, type Point } from "../configs/points.js";
import { countsEmulated, type Group } from "../policies/policy.js";
import { Kind } from "../trace/kinds.js";
import type { Assignment } from "./assignment.js";
import type { CountRow, Naming } from "./counts.js";
import { hostComesBetween } from "./foreign.js";
import type { GroupCounts } from "./group-rules.js";
import type { Passes } from "./passes.js";
import { kindsOfPoint } from "./points.js";
import { byTable } from "./reference.js";
import { isTracked } from "./tracked.js";

/** What a tracked group counted on a vCPU, by its place in the policy. */
export type GroupResults = (group: number, vcpu: number) => GroupCounts;

/**
 * The counts of one policy by register. What a policy does at every point, or at every access, is the number of
 * these; only groups that open are counted window by window.
 */
export function expandCounts(
  naming: Naming,
  passes: Passes,
  assignment: Assignment,
  results: GroupResults,
): CountRow[] {
  const guests = Array.from({ length: naming.vcpus }, (_, vcpu) =>
    guestRows(naming, passes, assignment, results, vcpu),
  );
  const hosts = Array.from({ length: naming.pcpus }, (_, pcpu) => hostRows(passes, assignment, pcpu));
  return [...guests.flat(), ...hosts.flat()].toSorted(byTable);
}

type Row = { -readonly [key in keyof CountRow]: CountRow[key] };

/** Rows of one context that come to be as they are asked for. */
function rowsOf(
  context: "guest" | "host",
  unit: number,
): { readonly rows: Map<string, Row>; readonly of: (name: string) => Row } {
  const rows = new Map<string, Row>();
  return {
    rows,
    of(register) {
      let row = rows.get(register);
      if (row === undefined) {
        row = { context, unit, register, traps: 0, saves: 0, elided: 0, restores: 0 };
        rows.set(register, row);
      }
      return row;
    },
  };
}

function groupNumbers({ groups }: Assignment["policy"]): Map<string, number> {
  return new Map(groups.flatMap(({ registers }, at) => registers.map((name) => [name, at] as const)));
}

const sumOf = (counts: Float64Array, point: Point): number =>
  kindsOfPoint[point].reduce((sum, kind) => sum + counts[kind], 0);

function guestRows(
  naming: Naming,
  passes: Passes,
  { policy, config }: Assignment,
  results: GroupResults,
  vcpu: number,
): CountRow[] {
  const { rows, of } = rowsOf("guest", vcpu);
  const numberOf = groupNumbers(policy);
  const counted = policy.groups.map((group, at) => (isTracked(group) ? results(at, vcpu) : undefined));

  for (const each of switchedClasses) {
    const { save, restore } = config.points[each].guest;
    const saved = sumOf(passes.guest[vcpu], save);
    for (const register of saved === 0 ? [] : config.lists.guest.save[each]) {
      const at = numberOf.get(register);
      const saves = at === undefined ? saved : savesOf(policy.groups[at], counted[at], saved);
      of(register).saves += saves;
      of(register).elided += saved - saves;
    }
    const restored = sumOf(passes.guest[vcpu], restore);
    const stays = sumOf(passes.stays[vcpu], restore);
    const foreign = restored - (hostComesBetween(config, each) ? 0 : stays);
    for (const register of config.lists.guest.restore[each]) {
      const at = numberOf.get(register);
      const restores =
        at === undefined ? restored : restoresOf(policy.groups[at], counted[at], restored, foreign);
      if (restores > 0) of(register).restores += restores;
    }
  }
  policy.groups.forEach((group, at) => {
    const changes = counted[at]?.changes ?? 0;
    if (changes > 0) of(group.registers[0]).changes = changes;
    counted[at]?.traps.forEach((traps, slot) => {
      if (traps > 0) of(group.registers[slot]).traps += traps;
    });
    if (counted[at] === undefined && group.trap !== "nothing") {
      const accesses = group.arm === "until-caches-on" ? passes.beforeCaches : passes.accesses;
      for (const [kind, register, count] of accesses[vcpu]) {
        const name = naming.registers[register];
        if (group.registers.includes(name) && trapsAlways(group, kind)) of(name).traps += count;
      }
    }
  });
  return [...rows.values()];
}

function savesOf({ save }: Group, counted: GroupCounts | undefined, all: number): number {
  if (save === "always") return all;
  return counted?.saves ?? 0;
}

function restoresOf(
  { restore }: Group,
  counted: GroupCounts | undefined,
  all: number,
  foreign: number,
): number {
  switch (restore) {
    case "foreign":
      return foreign;
    case "open":
      return counted?.restores ?? 0;
    case "never":
      return 0;
    default:
      return all;
  }
}

/** Whether every access of a kind traps, in a group whose traps leave it as it is. */
function trapsAlways(group: Group, kind: number): boolean {
  const emulated = kind === Kind.emulatedWrite || kind === Kind.emulatedRead;
  if (emulated && !countsEmulated(group)) return false;
  return kind === Kind.guestWrite || kind === Kind.emulatedWrite || group.trap === "undefined";
}

/** Rule 6: the host's contexts are never armed. */
function hostRows(passes: Passes, { policy, config }: Assignment, pcpu: number): CountRow[] {
  const { rows, of } = rowsOf("host", pcpu);
  const numberOf = groupNumbers(policy);
  for (const each of switchedClasses) {
    const points = config.points[each].host;
    if (points === undefined) continue;
    const saved = sumOf(passes.host[pcpu], points.save);
    for (const register of saved === 0 ? [] : config.lists.host.save[each]) {
      const rule = policy.groups[numberOf.get(register) ?? -1]?.host ?? "eager";
      const saves = rule === "eager" ? saved : rule === "dirty-once" ? 1 : 0;
      of(register).saves += saves;
      of(register).elided += saved - saves;
    }
    const restored = sumOf(passes.host[pcpu], points.restore);
    for (const register of restored === 0 ? [] : config.lists.host.restore[each]) {
      if (policy.groups[numberOf.get(register) ?? -1]?.host !== "never") of(register).restores += restored;
    }
  }
  return [...rows.values()];
}
