import type { TraceWindows } from "../trace/windows/trace-windows.js";
import type { Automaton } from "./automaton.js";
import type { WindowClasses } from "./classes.js";
import { noGroupCounts, type GroupCounts } from "./group-rules.js";

/**
 * A group whose counts depend on the window before, but only so that what one window owes the next one pays: a lazy
 * group that was opened is restored once more in the window behind. Summed over a vCPU's windows all but the last debt
 * cancel, so that the number of windows of each class gives the counts here too, less what the last state still owes.
 */
export interface Telescope {
  /** By class: what a window counts, with what it leaves to the next. */
  readonly counts: readonly GroupCounts[];
  /** By vCPU: what its last window left to none. */
  readonly owed: readonly GroupCounts[];
}

/** More states than this are not looked through. */
const mostStates = 8;
/** Windows looked at at once, from the end: a few mostly tell the last state, whatever was before. */
const stretch = 256;

/**
 * Looks for what each state owes: `owes` with effect(state, class) + owes(state behind) the same in all states but for
 * owes(state). None where there is no such thing, or states are many.
 */
export function telescopeOf(
  automaton: Automaton,
  { classOf }: WindowClasses,
  windows: Pick<TraceWindows, "blocks" | "read">,
  vcpus: number,
): Telescope | undefined {
  const { classes, initial, tracked } = automaton;
  const states = statesOf(automaton);
  if (states === undefined || classes === 0) return undefined;
  const all = Array.from({ length: classes }, (_, each) => each);
  const next = (state: number, each: number): number => automaton.next[state + each];
  const nothing = noGroupCounts(tracked.group);
  const owes = new Map<number, GroupCounts>([[initial, nothing]]);
  for (const state of states) {
    if (state === initial) continue;
    const meeting = all.find((each) => next(state, each) === next(initial, each));
    if (meeting === undefined) return undefined;
    owes.set(state, sum(automaton.effect(state + meeting), automaton.effect(initial + meeting), -1));
  }
  const counted = (state: number, each: number): GroupCounts =>
    sum(automaton.effect(state + each), owes.get(next(state, each)) ?? nothing, 1);
  const counts = all.map((each) => counted(initial, each));
  const holds = states.every((state) =>
    all.every((each) => same(counted(state, each), sum(counts[each], owes.get(state) ?? nothing, 1))),
  );
  if (!holds) return undefined;
  const ends = lastStates(automaton, classOf, states, windows, vcpus);
  return { counts, owed: ends.map((state) => owes.get(state) ?? nothing) };
}

/** All states that any windows lead to; none where they are many. */
function statesOf(automaton: Automaton): number[] | undefined {
  const states = [automaton.initial];
  for (const state of states) {
    for (let each = 0; each < automaton.classes; each++) {
      const to = automaton.resolve(state + each);
      if (to < 0 || states.length > mostStates) return undefined;
      if (!states.includes(to)) states.push(to);
    }
  }
  return states;
}

/** The state of each vCPU behind its last window, found from the end. */
function lastStates(
  { next, initial, tracked }: Automaton,
  classOf: Uint16Array,
  states: readonly number[],
  { blocks, read }: Pick<TraceWindows, "blocks" | "read">,
  vcpus: number,
): number[] {
  /** By vCPU and place in `states`: where the windows looked at so far lead from there. */
  const ends = Array.from({ length: vcpus }, () => [...states]);
  const isOpen = (vcpu: number): boolean => ends[vcpu].some((end) => end !== ends[vcpu][0]);
  for (let block = blocks.length - 1; block >= 0 && ends.some((_, vcpu) => isOpen(vcpu)); block--) {
    if (blocks.row(block).segmentation !== tracked.segmentation) continue;
    const { vcpus: owners, lengths, words } = read(block);
    let from = 0;
    owners.forEach((vcpu, chunk) => {
      const start = from;
      from += lengths[chunk];
      for (let to = from; to > start && isOpen(vcpu); to -= stretch) {
        ends[vcpu] = states.map((state) => {
          let at = state;
          // A number that the dictionary does not have is found where windows are counted.
          for (let word = Math.max(start, to - stretch); word < to; word++)
            at = next[at + (classOf[words[word]] ?? 0)];
          return ends[vcpu][states.indexOf(at)];
        });
      }
    });
  }
  return ends.map((end) => end[states.indexOf(initial)]);
}

function sum(a: GroupCounts, b: GroupCounts, times: 1 | -1): GroupCounts {
  return {
    saves: a.saves + times * b.saves,
    restores: a.restores + times * b.restores,
    changes: a.changes + times * b.changes,
    traps: a.traps.map((count, slot) => count + times * b.traps[slot]),
  };
}

function same(a: GroupCounts, b: GroupCounts): boolean {
  return (
    a.saves === b.saves &&
    a.restores === b.restores &&
    a.changes === b.changes &&
    a.traps.every((count, slot) => count === b.traps[slot])
  );
}
