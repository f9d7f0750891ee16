import type { Automaton } from "./automaton.js";
import type { WindowClasses } from "./classes.js";
import { addResult, type ResultLayout } from "./group-results.js";
import { noGroupCounts, type GroupState } from "./group-rules.js";
import { createSkipper, type SkipCounts, type Skipper } from "./skip.js";
import { createSleep, type Sleep } from "./sleep.js";
import { sharedU32 } from "./shared.js";

/** Takes one group through the windows of all vCPUs, each in its order. */
export interface Carrier {
  readonly automaton: Automaton;
  readonly classOf: Uint16Array;
  readonly sequences: WindowClasses["sequences"];
  /** The class of most windows that do not touch the group; -1 if nobody will skip. */
  readonly idle: number;
  readonly sleep: Sleep;
  readonly lanes: readonly CarriedLane[];
  /** The next windows of a vCPU: `words[from]` to `words[to]`, numbers of the dictionary. */
  run(vcpu: number, words: Uint16Array, from: number, to: number): void;
  /** The next window of a vCPU. */
  take(vcpu: number, word: number): void;
  /**
   * The next windows of a vCPU: so many of the class that does not touch the group, or of any regular class while it
   * is asleep.
   */
  skip(vcpu: number, windows: number): void;
  /** Of the state that a vCPU is in; none where it has no number. */
  restOf(lane: CarriedLane): Rest | undefined;
  /** Room for so many visits, before `run` or `runBoth` of so many windows. */
  prepare(vcpu: number, windows: number): void;
  /** Adds what was counted to the results of the group. */
  finish(layout: ResultLayout, results: Float64Array, group: number): void;
}

/** One vCPU on its way. */
export interface CarriedLane {
  /** First cell of its state; negative while its state has no number. */
  state: number;
  /** The state where it has no number. */
  loose: GroupState | undefined;
  /** How often each cell was taken. */
  visits: Uint32Array;
  /** The same, of before the last time it was emptied. */
  sums: Float64Array;
  windows: number;
}

/** What a state does in windows that do not touch it. */
export interface Rest extends SkipCounts {
  /** Regular windows that it sleeps through, whichever they are; what they count; the state behind, -1 for none. */
  readonly windows: number;
  readonly to: number;
  /** Windows of the idle class leave it as it is. */
  readonly stays: boolean;
  /** Itself and the states that follow in windows of the idle class, if these count nothing. */
  readonly path: Int32Array | undefined;
  /** Where in the path the circle begins in which it ends. */
  readonly circle: number;
}

/** So many windows are sooner taken one by one than jumped over. */
const fewWindows = 16;

const longestPath = 64;

/** Visits are emptied before any can pass 32 bits. */
const mostVisits = 2 ** 31;

/** @param idle - See `Carrier`. */
export function createCarrier(
  automaton: Automaton,
  { classOf, sequences }: WindowClasses,
  vcpus: number,
  idle = -1,
  most = mostVisits,
): Carrier {
  const lanes = Array.from({ length: vcpus }, (): CarriedLane => ({
    state: automaton.initial,
    loose: undefined,
    visits: new Uint32Array(0),
    sums: new Float64Array(0),
    windows: 0,
  }));
  const { group } = automaton.tracked;
  /** What was counted beside visits: in states without a number, and in windows that were skipped; by vCPU. */
  const beside = lanes.map(() => noGroupCounts(group));
  const sleep = createSleep(automaton, sequences, idle);
  let skipper: Skipper | undefined;
  const rests: (Rest | undefined)[] = [];

  function empty(lane: CarriedLane): void {
    if (lane.sums.length < lane.visits.length) {
      const sums = new Float64Array(lane.visits.length);
      sums.set(lane.sums);
      lane.sums = sums;
    }
    lane.visits.forEach((count, cell) => (lane.sums[cell] += count));
    lane.visits.fill(0);
    lane.windows = 0;
  }

  /** Makes room for the visits of all cells that the automaton has. */
  function fit(lane: CarriedLane): void {
    if (lane.visits.length >= automaton.next.length) return;
    const visits = sharedU32(automaton.next.length);
    visits.set(lane.visits);
    lane.visits = visits;
  }

  /** A window in a state without a number, or that leads to one: the rules themselves, remembering nothing. */
  function stepLoose(lane: CarriedLane, vcpu: number, each: number): void {
    const state = lane.loose ?? automaton.valuesOf(lane.state);
    automaton.step(state, sequences[each], beside[vcpu]);
    settle(lane, state);
  }

  /** The next window of a lane, by its class. */
  function takeClass(lane: CarriedLane, vcpu: number, each: number): void {
    if (lane.state < 0) {
      stepLoose(lane, vcpu, each);
      return;
    }
    const cell = lane.state + each;
    const after = automaton.next[cell];
    if (after < 0 || cell >= lane.visits.length || lane.windows >= most) {
      prepare(vcpu, 1);
      if (after < 0 && automaton.resolve(cell) < 0) {
        stepLoose(lane, vcpu, each);
        return;
      }
      fit(lane);
    } else lane.windows++;
    lane.visits[cell]++;
    lane.state = automaton.next[cell];
  }

  /** Puts a lane into a state. */
  function settle(lane: CarriedLane, state: GroupState): void {
    const to = automaton.numberOf(state);
    lane.state = to;
    lane.loose = to < 0 ? state : undefined;
    fit(lane);
  }

  /** Of a lane's state, if that has a number. */
  function restOf({ state }: CarriedLane): Rest | undefined {
    return state < 0 ? undefined : (rests[state / automaton.classes] ?? newRest(state));
  }

  function newRest(state: number): Rest {
    const {
      windows,
      state: behind,
      saves,
      restores,
      changes,
    } = sleep.through(automaton.valuesOf(state), Infinity);
    const to = windows > 0 ? automaton.numberOf(behind) : -1;
    const waits = idle >= 0 && windows === 0;
    const stays = waits && automaton.resolve(state + idle) === state;
    const way = waits ? quietPath(state) : undefined;
    const { path, circle = 0 } = way ?? {};
    lanes.forEach(fit);
    return (rests[state / automaton.classes] = {
      windows,
      to,
      stays,
      path,
      circle,
      saves,
      restores,
      changes,
    });
  }

  function quietPath(state: number): { readonly path: Int32Array; readonly circle: number } | undefined {
    const states: number[] = [];
    let at = state;
    for (;;) {
      states.push(at);
      const to = automaton.resolve(at + idle);
      const { saves, restores, changes } = automaton.effect(at + idle);
      if (to < 0 || saves + restores + changes > 0 || states.length === longestPath) return undefined;
      at = to;
      const circle = states.indexOf(at);
      if (circle >= 0) return { path: Int32Array.from(states), circle };
    }
  }

  function add(vcpu: number, { saves, restores, changes }: SkipCounts, times: number): void {
    beside[vcpu].saves += times * saves;
    beside[vcpu].restores += times * restores;
    beside[vcpu].changes += times * changes;
  }

  /** Skips windows of the idle class from a state with a number; false where one on the way has none. */
  function skipIdle(lane: CarriedLane, vcpu: number, windows: number): boolean {
    skipper ??= createSkipper(automaton, idle);
    const counts = { saves: 0, restores: 0, changes: 0 };
    const to = skipper.skip(lane.state, windows, counts);
    if (to < 0) return false;
    add(vcpu, counts, 1);
    lane.state = to;
    fit(lane);
    return true;
  }

  function prepare(vcpu: number, windows: number): void {
    const lane = lanes[vcpu];
    if (lane.windows + windows > most) empty(lane);
    lane.windows += windows;
    fit(lane);
  }

  function run(vcpu: number, words: Uint16Array, from: number, to: number): void {
    const lane = lanes[vcpu];
    prepare(vcpu, to - from);
    let at = from;
    while (at < to) {
      if (lane.state < 0) {
        stepLoose(lane, vcpu, classOf[words[at++]]);
        continue;
      }
      const { next } = automaton;
      const { visits } = lane;
      let { state } = lane;
      let cell = 0;
      for (; at < to; at++) {
        cell = state + classOf[words[at]];
        const after = next[cell];
        if (after < 0) break;
        visits[cell]++;
        state = after;
      }
      lane.state = state;
      if (at === to) return;
      // Not known yet: it is now, or cannot be remembered.
      if (automaton.resolve(cell) < 0) stepLoose(lane, vcpu, classOf[words[at++]]);
      fit(lane);
    }
  }

  return {
    automaton,
    classOf,
    sequences,
    idle,
    sleep,
    lanes,
    prepare,
    run,
    restOf,
    take: (vcpu, word) => takeClass(lanes[vcpu], vcpu, classOf[word]),
    skip(vcpu, windows) {
      const lane = lanes[vcpu];
      let left = windows;
      let tries = 0;
      while (left > 0) {
        const rest = restOf(lane);
        if (rest !== undefined && rest.windows > 0 && rest.windows <= left && rest.to >= 0) {
          add(vcpu, rest, 1);
          lane.state = rest.to;
          left -= rest.windows;
          continue;
        }
        if (rest?.path !== undefined) {
          const { path, circle } = rest;
          const beyond = left - circle;
          lane.state = path[beyond < 0 ? left : circle + (beyond % (path.length - circle))];
          return;
        }
        if (rest?.stays === true) {
          add(vcpu, automaton.effect(lane.state + idle), left);
          return;
        }
        if (rest === undefined || rest.windows > 0) {
          const slept = sleep.through(lane.loose ?? automaton.valuesOf(lane.state), left);
          if (slept.windows > 0) {
            add(vcpu, slept, 1);
            settle(lane, slept.state);
            left -= slept.windows;
            continue;
          }
        }
        // The way into a circle is short as a rule.
        if (rest !== undefined && tries++ > fewWindows && skipIdle(lane, vcpu, left)) return;
        takeClass(lane, vcpu, idle);
        left--;
      }
    },
    finish(layout, results, number) {
      lanes.forEach((lane, vcpu) => {
        empty(lane);
        lane.sums.forEach((times, cell) => {
          if (times > 0) addResult(layout, results, number, vcpu, automaton.effect(cell), times);
        });
        addResult(layout, results, number, vcpu, beside[vcpu], 1);
      });
    },
  };
}

/**
 * Takes two groups through the same windows. Each waits for its own look-ups, one behind the other; side by side they
 * wait together, which takes little longer than one.
 */
export function runBoth(
  a: Carrier,
  b: Carrier,
  vcpu: number,
  words: Uint16Array,
  from: number,
  to: number,
): void {
  const [laneA, laneB] = [a.lanes[vcpu], b.lanes[vcpu]];
  a.prepare(vcpu, to - from);
  b.prepare(vcpu, to - from);
  let at = from;
  while (at < to) {
    if (laneA.state >= 0 && laneB.state >= 0) {
      const [classOfA, nextA, visitsA] = [a.classOf, a.automaton.next, laneA.visits];
      const [classOfB, nextB, visitsB] = [b.classOf, b.automaton.next, laneB.visits];
      let stateA = laneA.state;
      let stateB = laneB.state;
      for (; at < to; at++) {
        const word = words[at];
        const cellA = stateA + classOfA[word];
        const cellB = stateB + classOfB[word];
        const afterA = nextA[cellA];
        const afterB = nextB[cellB];
        if ((afterA | afterB) < 0) break;
        visitsA[cellA]++;
        visitsB[cellB]++;
        stateA = afterA;
        stateB = afterB;
      }
      laneA.state = stateA;
      laneB.state = stateB;
    }
    if (at === to) return;
    // A transition that is not known yet, or of a state without a number: each on its own.
    a.run(vcpu, words, at, at + 1);
    b.run(vcpu, words, at, at + 1);
    at++;
  }
}
