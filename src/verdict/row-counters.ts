import type { Naming } from "../model/counts.js";
import { pointOfKind, points } from "../model/points.js";
import { accessKinds, Kind } from "../trace/kinds.js";
import { placeShift, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import { createPointPasses, eagerPerPass, passedSum, type PointPasses } from "./point-passes.js";
import { ruledCounter } from "./ruled-counter.js";
import {
  interpretedCounter,
  isAlways,
  isOf,
  plainCounter,
  type CountedBy,
  type Counter,
  type Row,
} from "./window-counters.js";
import type { PerPass } from "./window-sums.js";

/** Counts the rows of policies event by event, each by the least that counts it. */
export interface RowCounters extends Counter {
  /** All of it, from the beginning of the trace. */
  readonly totals: Counter["counted"];
  readonly passes: PointPasses;
  /** By the low half of a word, `lowHalf`: 1 for an event that is anything to a row, 2 where events were lost. */
  readonly sees: Uint8Array;
}

/** Kind, value flag and register of a word: what says whether anybody sees it. */
export const lowHalf = (1 << placeShift) - 1;

type CreateCounter = (naming: Naming, rows: readonly Row[]) => Counter;

const none = points.map(() => 0);

const counters: readonly (readonly [CountedBy, CreateCounter])[] = [
  ["flags", plainCounter],
  ["rules", ruledCounter],
  ["interpreter", interpretedCounter],
];

/** `step` takes events of guests' contexts, and only those that `sees` has. */
export function createRowCounters(naming: Naming, rows: readonly Row[]): RowCounters {
  const passes = createPointPasses(naming.vcpus);
  const counterBy = new Map(
    counters.flatMap(([by, create]) =>
      rows.some((row) => row.by === by) ? [[by, create(naming, rows)] as const] : [],
    ),
  );
  const all = [...counterBy.values()];
  const made = rows.map(alwaysMade);
  const byRow = rows.flatMap(({ by }) => counterBy.get(by) ?? []);
  const counted: Counter["counted"] = (row, vcpu, measure) => byRow[row].counted(row, vcpu, measure);
  return {
    passes,
    sees: seenWords(naming, rows, counterBy.has("interpreter")),
    step(word, lo) {
      passes.step(wordKind(word), naming.places[2 * wordPlace(word) + 1]);
      for (const counter of all) counter.step(word, lo);
    },
    counted,
    totals: (row, vcpu, measure) =>
      counted(row, vcpu, measure) + passedSum(made[row][measure] ?? none, passes.of[vcpu]),
  };
}

/** What a policy saves and restores of a group at each pass of a point, whatever the guest does. */
export function alwaysMade({ group, assignment: { config } }: Row): PerPass {
  return {
    ...(isAlways(group, "saves") ? { saves: eagerPerPass(isOf(group), config, "save") } : {}),
    ...(isAlways(group, "restores") ? { restores: eagerPerPass(isOf(group), config, "restore") } : {}),
  };
}

/** Points, accesses to registers of groups, and for interpreters everything of SCTLR_EL1, whose value may arm. */
function seenWords(naming: Naming, rows: readonly Row[], interpreted: boolean): Uint8Array {
  const named = new Set(rows.flatMap(({ group }) => group.registers));
  const isNamed = naming.registers.map((name) => named.has(name));
  return Uint8Array.from({ length: lowHalf + 1 }, (_, half) => {
    const kind = wordKind(half);
    const register = wordRegister(half);
    if (kind === Kind.lost) return 2;
    const seen =
      pointOfKind.has(kind) ||
      (accessKinds.has(kind) && isNamed[register]) ||
      (interpreted && naming.registers[register] === "SCTLR_EL1");
    return seen ? 1 : 0;
  });
}
