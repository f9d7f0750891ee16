import type { Automaton } from "./automaton.js";

/**
 * Jumps over windows in a row that are all of one class, by repeated squaring: what 2^n of them do from a state is
 * what 2^(n-1) do, twice. A group that the guest seldom accesses is carried through the windows between so, however
 * many they are.
 */
export interface Skipper {
  /** The first cell of the state behind `windows` windows from `state`; -1 where the automaton has no room for it. */
  skip(state: number, windows: number, counts: SkipCounts): number;
}

/** Windows without an access do not trap. */
export interface SkipCounts {
  saves: number;
  restores: number;
  changes: number;
}

/** What 2^n windows do, by the number of the state in which they begin. */
interface Level {
  /** First cell of the state behind; -1 unknown. */
  to: Int32Array;
  saves: Float64Array;
  restores: Float64Array;
  changes: Float64Array;
}

/** Longer rows are taken in several jumps. */
const mostLevels = 30;

export function createSkipper(
  automaton: Pick<Automaton, "classes" | "cells" | "resolve" | "effect">,
  idle: number,
): Skipper {
  const { classes } = automaton;
  const levels: Level[] = [];

  /** Room for the states that there are. */
  function levelOf(number: number): Level {
    const states = automaton.cells() / classes;
    let level = levels[number];
    if (level === undefined || level.to.length < states) {
      const length = 2 * states;
      const before = level;
      level = {
        to: new Int32Array(length).fill(-1),
        saves: new Float64Array(length),
        restores: new Float64Array(length),
        changes: new Float64Array(length),
      };
      if (before !== undefined) {
        level.to.set(before.to);
        level.saves.set(before.saves);
        level.restores.set(before.restores);
        level.changes.set(before.changes);
      }
      levels[number] = level;
    }
    return level;
  }

  /** Works out a level for one state; false where the automaton has no room. */
  function fill(number: number, state: number): boolean {
    const at = state / classes;
    if (levelOf(number).to[at] >= 0) return true;
    let to: number;
    const sum: SkipCounts = { saves: 0, restores: 0, changes: 0 };
    if (number === 0) {
      to = automaton.resolve(state + idle);
      if (to < 0) return false;
      const { saves, restores, changes } = automaton.effect(state + idle);
      Object.assign(sum, { saves, restores, changes });
    } else {
      if (!fill(number - 1, state)) return false;
      const middle = levels[number - 1].to[at];
      if (!fill(number - 1, middle)) return false;
      add(number - 1, at, sum);
      add(number - 1, middle / classes, sum);
      to = levels[number - 1].to[middle / classes];
    }
    const level = levelOf(number);
    level.to[at] = to;
    level.saves[at] = sum.saves;
    level.restores[at] = sum.restores;
    level.changes[at] = sum.changes;
    return true;
  }

  function add(number: number, at: number, counts: SkipCounts): void {
    const level = levels[number];
    counts.saves += level.saves[at];
    counts.restores += level.restores[at];
    counts.changes += level.changes[at];
  }

  return {
    skip(from, windows, counts) {
      let state = from;
      let left = windows;
      for (let number = 0; left > 0 && state >= 0; number++) {
        const most = number === mostLevels - 1;
        for (let times = most ? left : left & 1; times > 0; times--) {
          if (!fill(number, state)) return -1;
          const at = state / classes;
          add(number, at, counts);
          state = levels[number].to[at];
        }
        if (most) break;
        left = Math.floor(left / 2);
      }
      return state;
    },
  };
}
