import type { Naming } from "../model/counts.js";
import {
  accessGroup,
  initialState,
  noGroupCounts,
  passPoint,
  type GroupCounts,
  type GroupPoint,
  type GroupState,
} from "../model/group-rules.js";
import { pointOfKind } from "../model/points.js";
import { armPoint, guestPoints } from "../policies/group-points.js";
import { accessKinds, Kind } from "../trace/kinds.js";
import { wordKind, wordPlace, wordRegister } from "../trace/word.js";
import { isAlways, listed, trapsOn, type Counter, type Row } from "./window-counters.js";

/** A group in a guest's context. */
interface Tracked {
  readonly state: GroupState;
  readonly counts: GroupCounts;
}

/** Counters of the rows of groups that learn or are lazy: the rules of each group, as the engine over windows has them. */
export function ruledCounter(naming: Naming, rows: readonly Row[]): Counter {
  const own = rows.flatMap((row, number) => (row.by === "rules" ? [{ ...row, number }] : []));
  const tracked = rows.map(({ group }) =>
    Array.from({ length: naming.vcpus }, (): Tracked => ({
      state: initialState(group),
      counts: noGroupCounts(group),
    })),
  );
  const accessed = Array.from({ length: 32 }, (_, kind) =>
    naming.registers.map((name) =>
      own.flatMap(({ number, group }) => {
        const slot = group.registers.indexOf(name);
        return slot >= 0 && accessKinds.has(kind) && trapsOn(group, kind) ? [{ number, group, slot }] : [];
      }),
    ),
  );
  const atPoint = Array.from({ length: 32 }, (_, kind) => {
    const point = pointOfKind.get(kind);
    return own.flatMap(({ number, group, assignment: { config } }) => {
      const { save, restore } = guestPoints(group, config) ?? {};
      const passed: GroupPoint = {
        save: point === save,
        restore: point === restore,
        arm: point === armPoint(group, config),
      };
      const isPassed = point !== undefined && (passed.save || passed.restore || passed.arm);
      return isPassed ? [{ number, group, passed }] : [];
    });
  });
  const sizes = rows.map(({ group, assignment: { config } }) => ({
    saved: listed(group, config.lists.guest.save),
    restored: listed(group, config.lists.guest.restore),
  }));
  return {
    step(word) {
      const kind = wordKind(word);
      const vcpu = naming.places[2 * wordPlace(word) + 1];
      if (accessKinds.has(kind)) {
        const write = kind === Kind.guestWrite || kind === Kind.emulatedWrite;
        for (const { number, group, slot } of accessed[kind][wordRegister(word)]) {
          const { state, counts } = tracked[number][vcpu];
          accessGroup(group, state, counts, slot, write);
        }
        return;
      }
      for (const { number, group, passed } of atPoint[kind]) {
        const each = tracked[number][vcpu];
        passPoint(group, each.state, each.counts, passed);
      }
    },
    counted(row, vcpu, measure) {
      if (isAlways(rows[row].group, measure)) return 0;
      const counts = tracked[row][vcpu].counts;
      const { saved, restored } = sizes[row];
      if (measure === "traps") return counts.traps.reduce((sum, traps) => sum + traps, 0);
      if (measure === "saves") return saved * counts.saves;
      return measure === "changes" ? counts.changes : restored * counts.restores;
    },
  };
}
