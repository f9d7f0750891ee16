import type { Automaton } from "./automaton.js";
import { copyState, noGroupCounts, type GroupState } from "./group-rules.js";
import type { SkipCounts } from "./skip.js";
import { firstSlot } from "./symbols.js";

/**
 * Stretches in which windows do the same to a group whatever the guest accesses: above all the eager windows of an
 * adaptive group, of which each is saved, and only the number left goes down. As many as that lasts are one sum. Holds
 * for windows that pass the same points as those of the idle class, in the same order; see `isRegular`.
 */
export interface Sleep {
  /** Whether the windows of a class pass the points that those of the idle class do. */
  readonly isRegular: (each: number) => boolean;
  /** Takes a state through `most` regular windows, or as many as it sleeps; an endless sleep is not begun. */
  through(state: GroupState, most: number): Slept;
}

export interface Slept extends SkipCounts {
  readonly windows: number;
  readonly state: GroupState;
}

/** What one window does to a state that sleeps. */
interface Night {
  readonly counts: SkipCounts;
  /** Eager windows that it takes, where that is all it changes; -1 where there is more. */
  readonly arms: number;
}

/** Eager windows of a state that is tried out: the rules do not tell their number apart until it is 0. */
const many = 1 << 20;

/** A state that changes otherwise does so once, before it sleeps on. */
const mostChanges = 8;

export function createSleep(
  { step, tracked: { group } }: Pick<Automaton, "step" | "tracked">,
  sequences: readonly (readonly number[])[],
  idle: number,
): Sleep {
  const points = (sequences[idle] ?? []).join();
  const regular = sequences.map(
    (symbols) => symbols.filter((symbol) => symbol < firstSlot).join() === points,
  );
  const busiest = busiestOf(sequences.filter((_, each) => regular[each]));
  const nights = new Map<string, Night | undefined>();

  /**
   * Tries the idle class and the busiest. If none traps, an access can only make a group dirty that was clean, and
   * whatever comes of that grows with it: what is the same for none and for all of the accesses is so for any.
   */
  function tryOut(state: GroupState): Night | undefined {
    const eager = leftOf(state) > 0;
    const before = eager ? withLeft(state, many) : copyState(state);
    const [quiet, loud] = [copyState(before), copyState(before)];
    const counts = noGroupCounts(group);
    const all = noGroupCounts(group);
    step(quiet, sequences[idle], counts);
    step(loud, busiest, all);
    if (all.traps.some((traps) => traps > 0)) return undefined;
    if (JSON.stringify([quiet, counts]) !== JSON.stringify([loud, all])) return undefined;
    const arms = leftOf(before) - leftOf(quiet);
    const isSame = arms >= 0 && JSON.stringify(quiet) === JSON.stringify(withLeft(before, leftOf(quiet)));
    // An eager state that changes in another way is not looked into: the number of windows left may tell how.
    if (!isSame && eager) return undefined;
    const { saves, restores, changes } = counts;
    return { counts: { saves, restores, changes }, arms: isSame ? arms : -1 };
  }

  function nightOf(state: GroupState): Night | undefined {
    const { left = 0, windows = 0, traps = 0 } = state.phase ?? {};
    const key = [state.armed, state.dirty, state.eager, windows, traps, Math.sign(left)].join();
    if (!nights.has(key)) nights.set(key, tryOut(state));
    return nights.get(key);
  }

  return {
    isRegular: (each) => regular[each],
    through(from, most) {
      const slept = { windows: 0, state: from, saves: 0, restores: 0, changes: 0 };
      if (idle < 0) return slept;
      for (let changes = 0; changes < mostChanges && slept.windows < most;) {
        const night = nightOf(slept.state);
        if (night === undefined || night.arms === 0) break;
        let windows = 1;
        if (night.arms > 0) {
          windows = Math.min(most - slept.windows, Math.floor(leftOf(slept.state) / night.arms));
          if (windows <= 0) break;
          slept.state = withLeft(slept.state, leftOf(slept.state) - windows * night.arms);
        } else {
          changes++;
          slept.state = copyState(slept.state);
          step(slept.state, sequences[idle], noGroupCounts(group));
        }
        slept.windows += windows;
        slept.saves += windows * night.counts.saves;
        slept.restores += windows * night.counts.restores;
        slept.changes += windows * night.counts.changes;
      }
      return slept;
    },
  };
}

const leftOf = ({ phase }: GroupState): number => phase?.left ?? 0;

function withLeft(state: GroupState, left: number): GroupState {
  const copy = copyState(state);
  if (copy.phase !== undefined) copy.phase.left = left;
  return copy;
}

/** A window with all accesses that any of these has between two points; their points are the same. */
function busiestOf(sequences: readonly (readonly number[])[]): number[] {
  const gaps: Set<number>[] = [new Set()];
  const points: number[] = [];
  for (const symbols of sequences) {
    let gap = 0;
    for (const symbol of symbols) {
      if (symbol >= firstSlot) gaps[gap].add(symbol);
      else {
        points[gap++] = symbol;
        gaps[gap] ??= new Set();
      }
    }
  }
  return gaps.flatMap((accesses, gap) => [...accesses, ...points.slice(gap, gap + 1)]);
}
