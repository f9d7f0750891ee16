import { localStates, type OracleGroup } from "./oracle-group.js";
import { createPaths, type Standing } from "./oracle-paths.js";
import { passPoint } from "./oracle-rhythm.js";
import { pointOfKind } from "./points.js";
import { firstSlot, isWrite, slotOf } from "./symbols.js";

/**
 * An oracle's group at the prices of one question, over classes of windows. What a window adds to the cheapest ways
 * depends on where they stand, and that repeats: costs are kept as differences between lanes, and no lane is worse
 * than another by more than a change of mind. So each step of `oracle-paths.ts` is done once and remembered.
 */
export interface OracleAutomaton {
  /** The windows of a vCPU that has not been seen yet. */
  start(): OracleWay;
  /** The next windows of a vCPU: so many of one class. */
  take(way: OracleWay, each: number, times: number): void;
  /** Counts of the cheapest way to here, as a vector of the group. */
  cheapest(way: OracleWay): Float64Array;
}

/** One vCPU on its way. */
export interface OracleWay {
  /** Number of the state that it is in; negative while that has none. */
  state: number;
  standing: Standing;
  /** By lane: what the cheapest way to its window counted. */
  counts: Float64Array;
  spare: Float64Array;
}

interface State {
  readonly standing: Standing;
  /** By class. */
  readonly effects: (Effect | undefined)[];
}

/** What a window of a class does in a state. */
interface Effect {
  /** Number of the state behind; negative where it has none. */
  readonly to: number;
  readonly standing: Standing;
  /** By lane behind: the one from which the cheapest way leads there; none where each is its own. */
  readonly from: Int8Array | undefined;
  /** Places in the counts of all lanes behind, and what is added there. */
  readonly places: Int32Array;
  readonly added: Float64Array;
}

/** Bounds of what is remembered; beyond, windows are stepped, with the same result. */
export interface OracleLimits {
  readonly states?: number;
  readonly effects?: number;
}

const mostStates = 1 << 10;
const mostEffects = 1 << 12;

/**
 * @param sequences - The symbols of each class, for a group that can be left open.
 * @param prices - Of the group's counts; see `vectorPrices`.
 */
export function createOracleAutomaton(
  group: OracleGroup,
  prices: Float64Array,
  sequences: readonly (readonly number[])[],
  { states: most = mostStates, effects: mostKept = mostEffects }: OracleLimits = {},
): OracleAutomaton {
  // One count more, which costs nothing: the lane that a way comes from.
  const width = group.width + 1;
  const shape = { ...group, width };
  const priced = new Float64Array(width);
  priced.set(prices);
  const paths = createPaths(shape, [priced]);
  const traps = group.group.registers.length;
  const states: State[] = [];
  const numbers = new Map<string, number>();
  let kept = 0;

  const initial = normal(paths.standing());
  numberOf(initial);

  /**
   * With what decides alone in the counts: by how many traps lanes differ, as the first count, and the lane's number
   * as the last.
   */
  function normal({ lanes, since, cost, counts }: Standing): Standing {
    const own: Standing = {
      lanes: lanes.slice(),
      since: new Float64Array(localStates * width),
      cost: new Float64Array(localStates),
      counts: new Float64Array(localStates * width),
    };
    const trapsOf = (lane: number): number =>
      counts.subarray(lane * width, lane * width + traps).reduce((sum, count) => sum + count, 0);
    const live = liveLanes(lanes);
    const least = Math.min(...live.map(trapsOf));
    for (const lane of live) {
      const at = lane * width;
      own.since.set(since.subarray(at, at + width), at);
      own.cost[lane] = cost[lane];
      own.counts[at] = trapsOf(lane) - least;
      own.counts[at + width - 1] = lane;
    }
    return own;
  }

  function numberOf(standing: Standing): number {
    const { lanes, since, cost, counts } = standing;
    const key = [lanes, since, cost, counts].map((list) => list.join()).join(";");
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (states.length >= most) return -1;
    numbers.set(key, states.length);
    return states.push({ standing, effects: [] }) - 1;
  }

  /** A window of a class, from where something stands. */
  function step(before: Standing, each: number): Effect {
    paths.goTo(before);
    for (const symbol of sequences[each]) {
      if (symbol >= firstSlot) paths.access(slotOf(symbol), isWrite(symbol));
      else passPoint({ shape, paths }, pointOfKind.get(symbol)!, always);
    }
    const after = paths.standing();
    const from = new Int8Array(localStates).fill(-1);
    const places: number[] = [];
    const added: number[] = [];
    let moves = false;
    for (const lane of liveLanes(after.lanes)) {
      const at = lane * width;
      const origin = after.counts[at + width - 1];
      from[lane] = origin;
      if (origin !== lane) moves = true;
      for (let count = 0; count < width - 1; count++) {
        const more = after.counts[at + count] - before.counts[origin * width + count];
        if (more === 0) continue;
        places.push(at + count);
        added.push(more);
      }
    }
    const standing = normal(after);
    return {
      to: numberOf(standing),
      standing,
      from: moves ? from : undefined,
      places: Int32Array.from(places),
      added: Float64Array.from(added),
    };
  }

  function effectOf(way: OracleWay, each: number): Effect {
    if (way.state < 0) return step(way.standing, each);
    const { standing, effects } = states[way.state];
    const known = effects[each];
    if (known !== undefined) return known;
    const made = step(standing, each);
    if (kept < mostKept) {
      kept++;
      effects[each] = made;
    }
    return made;
  }

  function apply(way: OracleWay, { to, standing, from, places, added }: Effect, times: number): void {
    if (from !== undefined) {
      const { counts, spare } = way;
      for (let lane = 0; lane < localStates; lane++) {
        if (from[lane] < 0) continue;
        const at = from[lane] * width;
        for (let count = 0; count < width; count++) spare[lane * width + count] = counts[at + count];
      }
      way.counts = spare;
      way.spare = counts;
    }
    const { counts } = way;
    for (let at = 0; at < places.length; at++) counts[places[at]] += times * added[at];
    way.state = to;
    way.standing = standing;
  }

  return {
    start: () => ({
      state: 0,
      standing: initial,
      counts: new Float64Array(localStates * width),
      spare: new Float64Array(localStates * width),
    }),
    take(way, each, times) {
      for (let left = times; left > 0;) {
        const effect = effectOf(way, each);
        // Where a window leads back to where it came from, all that follow do the same.
        const goesRound = way.state >= 0 && effect.to === way.state && effect.from === undefined;
        const taken = goesRound ? left : 1;
        apply(way, effect, taken);
        left -= taken;
      }
    },
    cheapest({ standing, counts }) {
      paths.goTo({ ...standing, counts });
      return paths.cheapest(0).slice(0, group.width);
    },
  };
}

const always = (): boolean => true;

const liveLanes = (lanes: Int8Array): number[] => Array.from(lanes.keys()).filter((lane) => lanes[lane] >= 0);
