import {
  accessGroup,
  copyState,
  initialState,
  noGroupCounts,
  passPoint,
  type GroupCounts,
  type GroupState,
} from "./group-rules.js";
import { firstSlot, isWrite, slotOf } from "./symbols.js";
import type { TrackedGroup } from "./tracked.js";
import { sharedI32 } from "./shared.js";

/**
 * A tracked group as an automaton over classes, each a sequence of symbols that the group cannot tell from others. A
 * transition is worked out once, by the group's rules, when it is first taken. A cell is state * classes + class.
 */
export interface Automaton {
  readonly tracked: TrackedGroup;
  readonly classes: number;
  /** By cell: the first cell of the next state, or -1 where it is not known yet. Replaced when states are added. */
  next: Int32Array;
  /** First cell of the state in which every context begins. */
  readonly initial: number;
  /** Cells that there are so far. */
  readonly cells: () => number;
  /** Works out a transition; -1 where the next state has no room, so that it cannot be remembered. */
  resolve(cell: number): number;
  /** What the transition of a cell counts. */
  effect(cell: number): GroupCounts;
  /** Goes on from a state that may have no number: counts into `counts` and returns the state behind. */
  step(state: GroupState, symbols: ArrayLike<number>, counts: GroupCounts): void;
  /** A state's values, by its first cell; a copy. */
  valuesOf(state: number): GroupState;
  /** The first cell of a state with these values; -1 where there is none and no room. */
  numberOf(values: GroupState): number;
}

/** An automaton of more cells would not stay in a core's caches, and few groups need a hundredth. */
const mostCells = 1 << 20;

/** @param sequences - The symbols of each class. */
export function createAutomaton(
  tracked: TrackedGroup,
  sequences: readonly ArrayLike<number>[],
  most = mostCells,
): Automaton {
  const { group, save, restore, arm } = tracked;
  const classes = sequences.length;
  const points = Array.from({ length: firstSlot }, (_, kind) => ({
    save: save.includes(kind),
    restore: restore.includes(kind),
    arm: arm.includes(kind),
  }));
  const states: GroupState[] = [];
  const numbers = new Map<string, number>();
  const effects: (GroupCounts | undefined)[] = [];

  const keyOf = ({ armed, dirty, eager, phase }: GroupState): string => {
    const flags = Number(armed) + 2 * Number(dirty) + 4 * Number(eager);
    return phase === undefined ? String(flags) : `${flags} ${phase.windows} ${phase.traps} ${phase.left}`;
  };

  function step(state: GroupState, symbols: ArrayLike<number>, counts: GroupCounts): void {
    for (let at = 0; at < symbols.length; at++) {
      const symbol = symbols[at];
      if (symbol < firstSlot) passPoint(group, state, counts, points[symbol]);
      else accessGroup(group, state, counts, slotOf(symbol), isWrite(symbol));
    }
  }

  function numberOf(values: GroupState): number {
    const key = keyOf(values);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const first = states.length * classes;
    if (states.length > 0 && first + classes > most) return -1;
    states.push(copyState(values));
    numbers.set(key, first);
    if (first + classes > automaton.next.length) {
      const larger = sharedI32(Math.max(first + classes, 2 * automaton.next.length)).fill(-1);
      larger.set(automaton.next);
      automaton.next = larger;
    }
    return first;
  }

  const automaton: Automaton = {
    tracked,
    classes,
    next: sharedI32(Math.max(1, 4 * classes)).fill(-1),
    initial: 0,
    cells: () => states.length * classes,
    resolve(cell) {
      const state = copyState(states[Math.floor(cell / classes)]);
      const counts = noGroupCounts(group);
      step(state, sequences[cell % classes], counts);
      const to = numberOf(state);
      effects[cell] = counts;
      if (to >= 0) automaton.next[cell] = to;
      return to;
    },
    effect(cell) {
      if (effects[cell] === undefined) automaton.resolve(cell);
      return effects[cell]!;
    },
    step,
    valuesOf: (state) => copyState(states[state / classes]),
    numberOf,
  };
  numberOf(initialState(group));
  return automaton;
}
