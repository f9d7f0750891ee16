import {
  access,
  begin,
  beginnings,
  clean,
  disarm,
  isRestored,
  isSaved,
  Local,
  localStates,
  trapped,
  type OracleGroup,
} from "./oracle-group.js";

/**
 * The least that a group of one guest context can cost, at several prices at once: dynamic programming over its
 * windows. What a window counts depends on the state in which it begins, not on prices: there is a lane for each
 * such state, and for each lane and price the counts of the cheapest way that leads to it. A group has two lanes in
 * a sound trace (armed and left, both clean), so that memory does not grow with the trace.
 */
export interface Paths {
  access(register: number, write: boolean): void;
  disarm(): void;
  /** Save number `which` of the group's, and later that the group is clean. */
  save(which: number): void;
  clean(): void;
  restore(which: number, foreign: boolean): void;
  /** The next window begins. */
  decide(): void;
  /** Whether a window that is not written ends each lane as it began it. */
  isSettled(): boolean;
  /** Goes through `windows` windows of one kind, of settled lanes, without a change of mind. */
  stay(windows: number, window: () => void): void;
  /** How often each save point came. */
  readonly passes: Float64Array;
  /** Counts of the cheapest way to here. */
  cheapest(question: number): Float64Array;
  /** Where it stands; and to go on from where it once stood, with other counts perhaps. */
  standing(): Standing;
  goTo(standing: Standing): void;
}

/** Where a group of one guest context stands: all but `passes`. */
export interface Standing {
  /** By the state in which a lane's window began: the state now, -1 where there is no lane. */
  readonly lanes: Int8Array;
  /** By lane: what was counted since its window began. */
  readonly since: Float64Array;
  /** By price and lane: what the way to that window costs beyond the cheapest, and what it counted. */
  readonly cost: Float64Array;
  readonly counts: Float64Array;
}

/** Prices may differ by a last digit where they are equal on paper. */
const slack = 1e-9;

export function createPaths(shape: OracleGroup, prices: readonly Float64Array[]): Paths {
  const { group, width, at, changes, restored, decideAt } = shape;
  const traps = group.registers.length;
  const tolerance = prices.map(
    (each) => slack * each.reduce((most, price) => Math.max(most, Math.abs(price)), 0),
  );
  /** Lanes by the state in which their window began; -1 where there is none. */
  let lanes = new Int8Array(localStates).fill(-1);
  let nextLanes = lanes.slice();
  const since = new Float64Array(localStates * width);
  /** By price and lane: what the way to it costs beyond the cheapest lane, and its counts. */
  let cost = new Float64Array(prices.length * localStates);
  let counts = new Float64Array(prices.length * localStates * width);
  let nextCost = cost.slice();
  let nextCounts = counts.slice();
  for (const state of beginnings(group)) lanes[state] = state;
  const passes = new Float64Array(shape.saved.length);
  /** Restores at the point where a window begins depend on which it is. */
  const atDecision = restored.flatMap(({ point }, which) =>
    point === decideAt && (group.restore === "open" || group.restore === "never") ? [which] : [],
  );
  const decisions = group.trap === "nothing" ? [true] : [false, true];

  const total = (question: number, lane: number): number => {
    const price = prices[question];
    let sum = cost[question * localStates + lane];
    for (let count = 0; count < width; count++) sum += since[lane * width + count] * price[count];
    return sum;
  };
  const trapsOf = (question: number, lane: number): number => {
    const own = (question * localStates + lane) * width;
    let sum = 0;
    for (let count = 0; count < traps; count++) sum += counts[own + count] + since[lane * width + count];
    return sum;
  };

  /** By state in which the next window begins: the lane from which it is reached at the least cost. */
  const from = new Int8Array(localStates);

  function decideAtPrices(question: number, next: Int8Array): void {
    const price = prices[question];
    const base = question * localStates;
    for (let to = 0; to < localStates; to++) nextCost[base + to] = Infinity;
    for (let lane = 0; lane < localStates; lane++) {
      const state = lanes[lane];
      if (state < 0) continue;
      const before = total(question, lane);
      for (const left of decisions) {
        const to = begin(group, state, left);
        let sum = before;
        if (((state & Local.left) !== 0) !== left) sum += price[changes];
        for (const which of atDecision) {
          if (isRestored(group, state, false, left ? "left" : "armed")) sum += price[at.restores + which];
        }
        next[to] = to;
        const over = sum - nextCost[base + to];
        if (over > tolerance[question]) continue;
        if (over >= -tolerance[question] && trapsOf(question, lane) >= trapsOf(question, from[to])) continue;
        nextCost[base + to] = sum;
        from[to] = lane;
      }
    }
    let least = Infinity;
    for (let to = 0; to < localStates; to++) {
      if (next[to] < 0) continue;
      least = Math.min(least, nextCost[base + to]);
      const lane = from[to];
      const state = lanes[lane];
      const own = (base + to) * width;
      const before = (base + lane) * width;
      for (let count = 0; count < width; count++) {
        nextCounts[own + count] = counts[before + count] + since[lane * width + count];
      }
      const left = (to & Local.left) !== 0;
      if (((state & Local.left) !== 0) !== left) nextCounts[own + changes]++;
      for (const which of atDecision) {
        if (isRestored(group, state, false, left ? "left" : "armed")) nextCounts[own + at.restores + which]++;
      }
    }
    // Costs stay small, and as exact at the end of a trace as at its beginning.
    for (let to = 0; to < localStates; to++) nextCost[base + to] -= least;
  }

  /** Windows for which the one at hand stands; 0 where it stands for itself. */
  let staying = 0;

  /** Every lane goes on as it is. */
  function decideToStay(): void {
    for (let lane = 0; lane < localStates; lane++) {
      if (lanes[lane] < 0) continue;
      const left = (lane & Local.left) !== 0;
      for (const which of atDecision) {
        if (isRestored(group, lanes[lane], false, left ? "left" : "armed"))
          since[lane * width + at.restores + which]++;
      }
      for (let question = 0; question < prices.length; question++) {
        const own = question * localStates + lane;
        cost[own] += staying * (total(question, lane) - cost[own]);
        for (let each = 0; each < width; each++)
          counts[own * width + each] += staying * since[lane * width + each];
      }
      lanes[lane] = lane;
    }
    since.fill(0);
  }

  return {
    passes,
    access(register, write) {
      for (let lane = 0; lane < localStates; lane++) {
        if (lanes[lane] < 0) continue;
        const next = access(group, lanes[lane], write);
        if ((next & trapped) !== 0) since[lane * width + register]++;
        lanes[lane] = next & ~trapped;
      }
    },
    disarm() {
      for (let lane = 0; lane < localStates; lane++) {
        if (lanes[lane] >= 0) lanes[lane] = disarm(lanes[lane]);
      }
    },
    save(which) {
      passes[which] += staying === 0 ? 1 : staying;
      for (let lane = 0; lane < localStates; lane++) {
        const state = lanes[lane];
        if (state < 0) continue;
        if (isSaved(group, state)) since[lane * width + at.saves + which]++;
        if ((state & Local.left) !== 0) since[lane * width + at.untested + which]++;
      }
    },
    clean() {
      for (let lane = 0; lane < localStates; lane++) {
        if (lanes[lane] >= 0) lanes[lane] = clean(group, lanes[lane]);
      }
    },
    restore(which, foreign) {
      if (atDecision.includes(which)) return;
      for (let lane = 0; lane < localStates; lane++) {
        const state = lanes[lane];
        if (state >= 0 && isRestored(group, state, foreign, undefined)) {
          since[lane * width + at.restores + which]++;
        }
      }
    },
    isSettled() {
      return lanes.every(
        (state, lane) => state < 0 || (state === lane && (lane & Local.dirty) === 0 && lane !== 0),
      );
    },
    stay(windows, window) {
      staying = windows;
      window();
      staying = 0;
    },
    decide() {
      if (staying > 0) {
        decideToStay();
        return;
      }
      nextLanes.fill(-1);
      for (let question = 0; question < prices.length; question++) decideAtPrices(question, nextLanes);
      [lanes, nextLanes] = [nextLanes, lanes];
      since.fill(0);
      [cost, nextCost] = [nextCost, cost];
      [counts, nextCounts] = [nextCounts, counts];
    },
    standing: () => ({
      lanes: lanes.slice(),
      since: since.slice(),
      cost: cost.slice(),
      counts: counts.slice(),
    }),
    goTo(standing) {
      lanes.set(standing.lanes);
      since.set(standing.since);
      cost.set(standing.cost);
      counts.set(standing.counts);
    },
    cheapest(question) {
      let best = -1;
      for (let lane = 0; lane < localStates; lane++) {
        if (lanes[lane] < 0) continue;
        const over = best < 0 ? -Infinity : total(question, lane) - total(question, best);
        const fewer = best >= 0 && trapsOf(question, lane) < trapsOf(question, best);
        if (over < -tolerance[question] || (over <= tolerance[question] && fewer)) best = lane;
      }
      const own = (question * localStates + best) * width;
      return counts.slice(own, own + width).map((count, number) => count + since[best * width + number]);
    },
  };
}
