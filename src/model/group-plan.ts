import type { TraceWindows } from "../trace/windows/trace-windows.js";
import { segmentations } from "../trace/windows/segmentation.js";
import type { Assignment } from "./assignment.js";
import { createAutomaton, type Automaton } from "./automaton.js";
import { createClassifier, type Classifier, type WindowClasses } from "./classes.js";
import type { Naming } from "./counts.js";
import { resultLayout, type ResultLayout } from "./group-results.js";
import { isSettled } from "./settle.js";
import { telescopeOf, type Telescope } from "./telescope.js";
import { trackGroups, type TrackedGroups } from "./tracked.js";

/** How the tracked groups of some policies are counted on a trace. */
export interface GroupPlan {
  readonly tracked: TrackedGroups;
  readonly layout: ResultLayout;
  /** By segmentation: groups that the number of windows of each kind answers, and those that need them in order. */
  readonly settled: readonly (readonly number[])[];
  readonly carried: readonly (readonly number[])[];
  /** By segmentation: some of its windows have no number, or few repeat, so that groups go from step to step. */
  readonly stepped: readonly boolean[];
  /** By segmentation: windows of the dictionary. */
  readonly sizes: readonly number[];
  readonly limits: GroupLimits;
  readonly automatonOf: (group: number) => GroupAutomaton;
}

export interface GroupAutomaton {
  readonly automaton: Automaton;
  readonly classes: WindowClasses;
  /** Whether the number of windows of each class gives what the group counts. */
  readonly isSettled: boolean;
  /** Of a group that numbers of windows answer although it carries something from one to the next. */
  readonly telescope: Telescope | undefined;
}

/** Bounds past which groups are counted another way; the counts do not depend on them. Left out: what is best. */
export interface GroupLimits {
  /** vCPUs times windows of a dictionary: beyond, taking groups from window to window costs less than counters. */
  readonly counters?: number;
  /** States times classes of a group's automaton: a state that finds no room is stepped and not remembered. */
  readonly cells?: number;
  /** Windows of a vCPU after which the counts of transitions are emptied. */
  readonly visits?: number;
}

const mostCounters = 1 << 22;

/** A dictionary of more windows than this, each of which came less often than that, takes longer to sort than to step. */
const fewWindows = 1 << 12;
const worthwhile = 8;

/** Whether the windows of a segmentation are better taken step by step: some have no number, or few repeat. */
export function isStepped(
  { dictionaries, blocks }: Pick<TraceWindows, "dictionaries" | "blocks">,
  segmentation: number,
): boolean {
  const { size } = dictionaries[segmentation];
  const own = [...blocks].filter((block) => block.segmentation === segmentation);
  const all = own.reduce((sum, each) => sum + each.windows, 0);
  return own.some(({ literals }) => literals > 0) || (size > fewWindows && all < worthwhile * size);
}

/** The same for the same trace and policies, wherever it is worked out: a plan's shards rest on it. */
export function planGroups(
  naming: Naming,
  windows: Pick<TraceWindows, "dictionaries" | "blocks" | "read">,
  assignments: readonly Assignment[],
  limits: GroupLimits = {},
): GroupPlan {
  const { counters = mostCounters } = limits;
  const tracked = trackGroups(naming.registers, assignments);
  const sizes = windows.dictionaries.map(({ size }) => size);
  const stepped = segmentations.map((_, at) => isStepped(windows, at));
  const classifiers: (Classifier | undefined)[] = [];
  const automata: (GroupAutomaton | undefined)[] = [];
  function automatonOf(group: number): GroupAutomaton {
    const { segmentation } = tracked.groups[group];
    classifiers[segmentation] ??= createClassifier(windows.dictionaries[segmentation]);
    const known = automata[group];
    if (known !== undefined) return known;
    const classes = classifiers[segmentation].classify(tracked.groups[group]);
    const automaton = createAutomaton(tracked.groups[group], classes.sequences, limits.cells);
    const isPlain = isSettled(automaton, classes);
    const isAdaptive = tracked.groups[group].group.adaptive !== undefined;
    const telescope =
      isPlain || isAdaptive ? undefined : telescopeOf(automaton, classes, windows, naming.vcpus);
    const made = { automaton, classes, telescope, isSettled: isPlain || telescope !== undefined };
    automata[group] = made;
    return made;
  }

  const isAnsweredByNumbers = (group: number): boolean => {
    const { segmentation } = tracked.groups[group];
    if (stepped[segmentation] || sizes[segmentation] * naming.vcpus > counters) return false;
    return automatonOf(group).isSettled;
  };
  const settled = segmentations.map((): number[] => []);
  const carried = segmentations.map((): number[] => []);
  tracked.groups.forEach(({ segmentation }, group) => {
    (isAnsweredByNumbers(group) ? settled : carried)[segmentation].push(group);
  });
  const layout = resultLayout(tracked.groups, naming.vcpus);
  return {
    tracked,
    layout,
    settled,
    carried: carried.map((groups) => dealt(groups, tracked)),
    stepped,
    sizes,
    limits,
    automatonOf,
  };
}

/**
 * Groups in another order, so that parts of it take about as long as each other: those of the same registers side by
 * side, which policies tell apart; and of registers every other one first, since neighbours are of one kind.
 */
function dealt(groups: readonly number[], { groups: all }: TrackedGroups): number[] {
  const kinds = new Map<string, number[]>();
  for (const group of groups) {
    const key = all[group].registers.join();
    const list = kinds.get(key);
    if (list === undefined) kinds.set(key, [group]);
    else list.push(group);
  }
  const lists = [...kinds.values()];
  return [0, 1].flatMap((rest) => lists.filter((_, at) => at % 2 === rest).flat());
}
