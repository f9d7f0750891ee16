/**
 * What has to happen to the counts when something is done to a recording, for any policy and configuration. Each is
 * about the engine over windows; whether the counts themselves are right is asked elsewhere.
 */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelVersions } from "#src/configs/kernels.js";
import { kernelConfig } from "#src/configs/resolve.js";
import type { Assignment } from "#src/model/assignment.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import type { Group } from "#src/policies/policy.js";
import { builtinPolicies, builtinPolicy } from "#src/policies/registry.js";
import { features } from "#src/registers/register.js";
import { Kind } from "#src/trace/kinds.js";
import { assignment, recording, type Recording } from "../model/arbitraries.js";
import type { Event } from "../model/dsl.js";
import { windowedRows, windowsOf } from "../model/windowed.js";

type Fields = { traps: number; saves: number; elided: number; restores: number; changes: number };
/** By context, unit and register; rows of nothing but 0 are left out. */
type Table = Readonly<Record<string, Fields>>;

const none: Fields = { traps: 0, saves: 0, elided: 0, restores: 0, changes: 0 };

function tableOf(rows: readonly CountRow[], rename: (row: CountRow) => number = ({ unit }) => unit): Table {
  const table: Record<string, Fields> = {};
  for (const row of rows) {
    const { context, register, traps, saves, elided, restores, changes = 0 } = row;
    if (traps + saves + elided + restores + changes === 0) continue;
    table[`${context} ${rename(row)} ${register}`] = { traps, saves, elided, restores, changes };
  }
  return table;
}

function sum(...tables: readonly Table[]): Table {
  const all: Record<string, Fields> = {};
  for (const [key, row] of tables.flatMap((table) => Object.entries(table))) {
    const own = (all[key] ??= { ...none });
    own.traps += row.traps;
    own.saves += row.saves;
    own.elided += row.elided;
    own.restores += row.restores;
    own.changes += row.changes;
  }
  return all;
}

const select = (table: Table, keep: (key: string) => boolean): Table =>
  Object.fromEntries(Object.entries(table).filter(([key]) => keep(key)));

const registerOf = (key: string): string => key.split(" ")[2];

const builtin: fc.Arbitrary<Assignment> = fc
  .tuple(
    fc.constantFrom(...builtinPolicies, builtinPolicy("adaptive:1-2-3")!),
    fc.constantFrom("vhe" as const, "nvhe" as const),
    fc.constantFrom(...kernelVersions),
    fc.subarray([...features]),
  )
  .map(([definition, mode, kernel, present]) => {
    const config = kernelConfig(mode, kernel, present);
    return { policy: definition.build(config), config };
  });

interface Scene extends Recording {
  readonly of: readonly Assignment[];
}
/** Built-in policies and others; registers of the recording are mostly those of the others' groups. */
const scene = (maxLength: number): fc.Arbitrary<Scene> =>
  fc
    .tuple(fc.array(assignment, { minLength: 1, maxLength: 2 }), fc.array(builtin, { maxLength: 2 }))
    .chain(([some, others]) =>
      recording([...some, ...others], maxLength).map((made) => ({ of: [...some, ...others], ...made })),
    );

const rowsOf = (of: readonly Assignment[], naming: Naming, events: readonly Event[]): CountRow[][] =>
  windowedRows(of, naming, windowsOf(naming, events)).rows;

/** Each assignment's counts of several lists of events. */
function tablesOf({ of, naming }: Scene, ...lists: readonly (readonly Event[])[]): (readonly Table[])[] {
  const found = lists.map((events) => rowsOf(of, naming, events));
  return of.map((_, at) => found.map((rows) => tableOf(rows[at])));
}

const groupOf = ({ policy }: Assignment, register: string): Group | undefined =>
  policy.groups.find(({ registers }) => registers.includes(register));

/**
 * Whether a register's counts in a guest's context are those of one piece and the next put together, where every
 * group is armed and clean in between. Not those that remember more: what a group learned, whether caches are on,
 * and who was last where.
 */
function forgets(assigned: Assignment, key: string): boolean {
  if (!key.startsWith("guest ")) return false;
  const group = groupOf(assigned, registerOf(key));
  return (
    group === undefined ||
    (group.adaptive === undefined && group.arm !== "until-caches-on" && group.restore !== "foreign")
  );
}

/** A host's register is the same at each point, but for the one save of a context that starts dirty. */
const isPlainHost = (assigned: Assignment, key: string): boolean =>
  key.startsWith("host ") && groupOf(assigned, registerOf(key))?.host !== "dirty-once";

/** Takes every vCPU past each point at which anything is saved, and then past those at which groups are armed. */
function quiet({ places }: Naming): Event[] {
  const kinds = [Kind.runEnd, Kind.put, Kind.fullExit, Kind.load, Kind.runStart, Kind.entry];
  return Array.from({ length: places.length / 2 }, (_, place) => place)
    .filter((place) => places[2 * place + 1] >= 0)
    .flatMap((place) => kinds.map((kind) => ({ kind, register: 0, place, hasValue: false, lo: 0 })));
}

/** A row's save points: they are passed, whatever was before. */
const points = (table: Table): Record<string, number> =>
  Object.fromEntries(
    Object.entries(table).flatMap(([key, { saves, elided }]) =>
      saves + elided > 0 ? [[key, saves + elided] as const] : [],
    ),
  );

export function metamorphic(numRuns: number, seed: number): void {
  const options = { numRuns, seed };

  describe("counts", () => {
    it("go with their vCPU and pCPU when these have other numbers", () => {
      const orders = fc.tuple(
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
      );
      fc.assert(
        fc.property(scene(200), orders, ({ of, naming, events }, [vcpus, pcpus]) => {
          const places = naming.places.map((unit, at) =>
            at % 2 === 0 ? pcpus[unit] : (vcpus[unit] ?? unit),
          );
          const renamed = rowsOf(of, { ...naming, places }, events);
          rowsOf(of, naming, events).forEach((rows, at) => {
            const expected = tableOf(
              rows,
              ({ context, unit }) => (context === "guest" ? vcpus : pcpus)[unit],
            );
            expect(tableOf(renamed[at])).toEqual(expected);
          });
        }),
        options,
      );
    });

    it("of recordings of other vCPUs on other pCPUs add up, however the two are interleaved", () => {
      const order = fc.array(fc.boolean(), { maxLength: 400, size: "max" });
      fc.assert(
        fc.property(scene(200), scene(200), order, ({ of, naming, events }, other, turns) => {
          const { vcpus, pcpus } = naming;
          const away = naming.places.map((unit, at) =>
            at % 2 === 0 ? unit + pcpus : unit < 0 ? unit : unit + vcpus,
          );
          const both = {
            ...naming,
            places: [...naming.places, ...away],
            vcpus: 2 * vcpus,
            pcpus: 2 * pcpus,
          };
          const places = naming.places.length / 2;
          // The other recording's events, at this one's places and registers, moved away.
          const moved = other.events.map((event): Event => ({
            ...event,
            place: (event.place % places) + places,
            register: event.register % naming.registers.length,
          }));
          const lists = [events, moved];
          const mixed = mix(events, moved, turns);
          const tables = tablesOf({ of, naming: both, events }, mixed, ...lists);
          for (const [together, ...apart] of tables) expect(together).toEqual(sum(...apart));
        }),
        options,
      );
    });

    it("are the same with more reads, but for what is trapped at any access", () => {
      const reads = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 60, size: "max" });
      fc.assert(
        fc.property(scene(200), reads, (made, more) => {
          const { of, naming, events } = made;
          const read = [...events];
          for (const [at, register, place] of more) {
            read.splice(at % (read.length + 1), 0, {
              kind: Kind.guestRead,
              register: 1 + (register % (naming.registers.length - 1)),
              place: place % (naming.places.length / 2),
              hasValue: false,
              lo: 0,
            });
          }
          tablesOf(made, events, read).forEach(([before, after], at) => {
            const isBlind = (key: string): boolean => {
              const trap = groupOf(of[at], registerOf(key))?.trap;
              return trap !== "first-access" && trap !== "undefined";
            };
            expect(select(after, isBlind)).toEqual(select(before, isBlind));
            expect(points(after)).toEqual(points(before));
            // More accesses never trap less where each of them traps.
            const all = Object.keys(before).filter(
              (key) => groupOf(of[at], registerOf(key))?.trap === "undefined",
            );
            expect(all.filter((key) => after[key].traps < before[key].traps)).toEqual([]);
          });
        }),
        options,
      );
    });

    it("are twice as many when all happens twice, with all armed and clean in between", () => {
      fc.assert(
        fc.property(scene(150), (made) => {
          const once = [...made.events, ...quiet(made.naming)];
          tablesOf(made, once, [...once, ...once]).forEach(([one, two], at) => {
            const doubles = (key: string): boolean =>
              forgets(made.of[at], key) || isPlainHost(made.of[at], key);
            expect(select(two, doubles)).toEqual(select(sum(one, one), doubles));
            // Save points are passed twice in any case.
            expect(points(two)).toEqual(points(sum(one, one)));
          });
        }),
        options,
      );
    });

    it("of two pieces add up to those of the whole, where all is armed and clean between them", () => {
      fc.assert(
        fc.property(scene(200), fc.nat(), (made, cut) => {
          const at = cut % (made.events.length + 1);
          const first = [...made.events.slice(0, at), ...quiet(made.naming)];
          const second = made.events.slice(at);
          tablesOf(made, [...first, ...second], first, second).forEach(([whole, ...pieces], number) => {
            const adds = (key: string): boolean =>
              forgets(made.of[number], key) || isPlainHost(made.of[number], key);
            expect(select(sum(...pieces), adds)).toEqual(select(whole, adds));
            expect(points(sum(...pieces))).toEqual(points(whole));
          });
        }),
        options,
      );
    });

    it("of two pieces that are cut anywhere differ by a trap of each group and vCPU at most", () => {
      fc.assert(
        fc.property(scene(200), fc.nat(), (made, cut) => {
          const { of, events, naming } = made;
          const at = cut % (events.length + 1);
          const lists = [events, events.slice(0, at), events.slice(at)];
          tablesOf(made, ...lists).forEach(([whole, ...pieces], number) => {
            const joined = sum(...pieces);
            expect(points(joined)).toEqual(points(whole));
            for (const group of of[number].policy.groups) {
              if (group.adaptive !== undefined || group.onTrap !== "open") continue;
              for (let vcpu = 0; vcpu < naming.vcpus; vcpu++) {
                const traps = (table: Table): number =>
                  group.registers.reduce(
                    (all, name) => all + (table[`guest ${vcpu} ${name}`]?.traps ?? 0),
                    0,
                  );
                // The second piece begins armed; where the whole is open there, its next access traps once more.
                expect([0, 1]).toContain(traps(joined) - traps(whole));
              }
            }
          });
        }),
        options,
      );
    });
  });
}

/** Two lists in one, each in its own order. */
function mix(a: readonly Event[], b: readonly Event[], turns: readonly boolean[]): Event[] {
  const mixed: Event[] = [];
  let [atA, atB] = [0, 0];
  for (const turn of turns) {
    if (turn && atA < a.length) mixed.push(a[atA++]);
    else if (atB < b.length) mixed.push(b[atB++]);
  }
  return [...mixed, ...a.slice(atA), ...b.slice(atB)];
}
