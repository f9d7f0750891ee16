import type { Naming } from "../model/counts.js";
import { pointOfKind } from "../model/points.js";
import { placeShift, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import { createPointPasses, type PointPasses } from "./point-passes.js";
import { ruledCounter } from "./ruled-counter.js";
import {
  accessKinds,
  interpretedCounter,
  plainCounter,
  type CountedBy,
  type Counter,
  type Row,
} from "./window-counters.js";

/** Counts the rows of policies event by event, each by the least that counts it. */
export interface RowCounters extends Counter {
  readonly passes: PointPasses;
  /** By the low half of a word, `lowHalf`: whether its event is anything to a row. */
  readonly sees: Uint8Array;
}

/** Kind, value flag and register of a word: what says whether anybody sees it. */
export const lowHalf = (1 << placeShift) - 1;

type CreateCounter = (naming: Naming, rows: readonly Row[], passes: PointPasses) => Counter;

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
      rows.some((row) => row.by === by) ? [[by, create(naming, rows, passes)] as const] : [],
    ),
  );
  const all = [...counterBy.values()];
  return {
    passes,
    sees: seenWords(naming, rows, counterBy.has("interpreter")),
    step(word, lo) {
      passes.step(wordKind(word), naming.places[2 * wordPlace(word) + 1]);
      for (const counter of all) counter.step(word, lo);
    },
    totals: (row, vcpu, measure) => counterBy.get(rows[row].by)?.totals(row, vcpu, measure) ?? 0,
  };
}

/** Points, accesses to registers of groups, and for interpreters everything of SCTLR_EL1, whose value may arm. */
function seenWords(naming: Naming, rows: readonly Row[], interpreted: boolean): Uint8Array {
  const named = new Set(rows.flatMap(({ group }) => group.registers));
  const isNamed = naming.registers.map((name) => named.has(name));
  return Uint8Array.from({ length: lowHalf + 1 }, (_, half) => {
    const kind = wordKind(half);
    const register = wordRegister(half);
    const seen =
      pointOfKind.has(kind) ||
      (accessKinds.has(kind) && isNamed[register]) ||
      (interpreted && naming.registers[register] === "SCTLR_EL1");
    return seen ? 1 : 0;
  });
}
