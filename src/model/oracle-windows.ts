import type { OraclePrices } from "../policies/policy.js";
import { corrupt } from "../trace/corrupt.js";
import type { WindowChunks } from "../trace/windows/stream.js";
import type { WindowSource } from "./carry-groups.js";
import { wrongWindow } from "./carry-windows.js";
import { createClassifier, type Classifier, type WindowClasses } from "./classes.js";
import type { CountRow } from "./counts.js";
import { isStepped } from "./group-plan.js";
import {
  createOracleAutomaton,
  type OracleAutomaton,
  type OracleLimits,
  type OracleWay,
} from "./oracle-automaton.js";
import { oracleGroupRows } from "./oracle-group-rows.js";
import { oracleGroup, type OracleGroup } from "./oracle-group.js";
import { vectorPrices } from "./oracle-prices.js";
import { hasOracle, oracleKey, type ConfiguredGroup } from "./oracle.js";
import { pointOfKind } from "./points.js";
import { isTracked, trackGroup, type TrackedGroup } from "./tracked.js";

/**
 * The oracle of `oracle.ts` for groups of which windows tell everything, which takes a tenth of the time and less: most
 * windows do not touch a group, and those that do repeat.
 */
export interface WindowOracle {
  /** Of which it wants all blocks of windows. */
  readonly segmentations: readonly number[];
  /** The next block of these. */
  run(chunks: WindowChunks): void;
  /** Rows of the group's registers in guest contexts, at the prices of a question. */
  rows(group: ConfiguredGroup, question: number): CountRow[];
}

interface Kept {
  readonly shape: OracleGroup;
  readonly tracked: TrackedGroup;
  readonly classes: WindowClasses;
  /** By question. */
  readonly automata: readonly OracleAutomaton[];
  /** By vCPU; made when it has its first window. */
  readonly lanes: (Lane | undefined)[];
}

interface Lane {
  /** Windows by class. */
  readonly windows: Float64Array;
  /** By question. */
  readonly ways: readonly OracleWay[];
}

/**
 * Groups whose oracle windows tell, of those given: they open when they trap, the choice does not depend on values or
 * on who else was on the pCPU, and windows of a dictionary show all that happens to them.
 */
export function oraclesByWindows<T extends ConfiguredGroup>(source: WindowSource, groups: readonly T[]): T[] {
  return groups.filter(({ group, config }) => {
    if (!hasOracle(group) || !isTracked(group) || group.onTrap !== "open") return false;
    if (group.restore === "foreign") return false;
    // Until the caches are on: no point arms such a group, and values tell when it is over.
    if (oracleGroup(group, config).decideAt === undefined) return false;
    return !isStepped(source.windows, trackGroup([], group, config).segmentation);
  });
}

/** @param names - Of the trace's registers, by index */
export function createWindowOracle(
  source: WindowSource,
  names: readonly string[],
  groups: readonly ConfiguredGroup[],
  questions: readonly OraclePrices[],
  hasPauth: boolean,
  limits?: OracleLimits,
): WindowOracle {
  const { path, windows } = source;
  const classifiers: (Classifier | undefined)[] = [];
  const kept = new Map<string, Kept>();
  for (const each of groups) {
    const key = oracleKey(each);
    if (kept.has(key)) continue;
    const shape = oracleGroup(each.group, each.config);
    const tracked = trackGroup(names, each.group, each.config);
    const { segmentation } = tracked;
    const classifier = (classifiers[segmentation] ??= createClassifier(windows.dictionaries[segmentation]));
    const classes = classifier.classify(tracked, true);
    kept.set(key, {
      shape,
      tracked,
      classes,
      automata: questions.map((question) =>
        createOracleAutomaton(shape, vectorPrices(shape, question, hasPauth), classes.sequences, limits),
      ),
      lanes: [],
    });
  }

  const laneOf = ({ lanes, classes, automata }: Kept, vcpu: number): Lane =>
    (lanes[vcpu] ??= {
      windows: new Float64Array(classes.sequences.length),
      ways: automata.map((automaton) => automaton.start()),
    });

  function runGroup(each: Kept, vcpu: number, words: Uint16Array, from: number, to: number): void {
    const { classes, automata } = each;
    const { classOf } = classes;
    const { windows: counted, ways } = laneOf(each, vcpu);
    for (let at = from; at < to;) {
      const own: number | undefined = classOf[words[at]];
      if (own === undefined) throw wrongWindow(path);
      const start = at++;
      while (at < to && classOf[words[at]] === own) at++;
      const times = at - start;
      counted[own] += times;
      for (let question = 0; question < automata.length; question++) {
        automata[question].take(ways[question], own, times);
      }
    }
  }

  return {
    segmentations: [...new Set([...kept.values()].map(({ tracked }) => tracked.segmentation))],

    run({ segmentation, vcpus, lengths, counts, words }) {
      const own = [...kept.values()].filter(({ tracked }) => tracked.segmentation === segmentation);
      let from = 0;
      vcpus.forEach((vcpu, chunk) => {
        const to = from + lengths[chunk];
        if (lengths[chunk] !== counts[chunk]) {
          throw corrupt("a block of windows holds more or fewer than it says", { file: path });
        }
        for (const each of own) runGroup(each, vcpu, words, from, to);
        from = to;
      });
    },

    rows(group, question) {
      const each = kept.get(oracleKey(group));
      if (each === undefined) throw new Error(`group ${group.group.name} has no oracle by windows`);
      return each.lanes.flatMap((lane, vcpu) => {
        if (lane === undefined) return [];
        const counts = each.automata[question].cheapest(lane.ways[question]);
        return oracleGroupRows(each.shape, passesOf(each, lane), counts, vcpu);
      });
    },
  };
}

/** How often each save point of a group came. */
function passesOf({ shape, classes }: Kept, { windows }: Lane): Float64Array {
  return Float64Array.from(shape.saved, ({ point }) =>
    classes.sequences.reduce((sum, symbols, each) => {
      const times = symbols.filter((symbol) => pointOfKind.get(symbol) === point).length;
      return sum + times * windows[each];
    }, 0),
  );
}
