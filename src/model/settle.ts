import { Came } from "../trace/windows/dictionary.js";
import type { Automaton } from "./automaton.js";
import type { WindowClasses } from "./classes.js";
import type { GroupCounts } from "./group-rules.js";

/** More states than this are not looked through: the group is carried from window to window. */
const mostStates = 64;

/**
 * Whether what a group counts in a window does not depend on the windows before it. Then the number of windows of
 * each class gives all counts. A window that came only as its vCPU's first is met in the initial state, which is
 * known; one that came only as the last leaves a state that nothing meets.
 */
export function isSettled(automaton: Automaton, { flags }: WindowClasses): boolean {
  const { classes, initial } = automaton;
  const compared = Array.from({ length: classes }, (_, each) => each).filter(
    (each) => (flags[each] & Came.behind) !== 0,
  );
  const states = [initial];
  // States that count the same in every class are one, wherever each class leads: all states are among them.
  for (const state of states) {
    if (!compared.every((each) => same(automaton.effect(initial + each), automaton.effect(state + each)))) {
      return false;
    }
    for (let each = 0; each < classes; each++) {
      if ((flags[each] & Came.before) === 0) continue;
      const to = automaton.resolve(state + each);
      if (to < 0) return false;
      if (!states.includes(to)) states.push(to);
      if (states.length > mostStates) return false;
    }
  }
  return true;
}

function same(a: GroupCounts, b: GroupCounts): boolean {
  return (
    a.saves === b.saves &&
    a.restores === b.restores &&
    a.changes === b.changes &&
    a.traps.every((count, slot) => count === b.traps[slot])
  );
}
