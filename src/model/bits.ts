import { bitOf, createBitRules, look, lowGroups } from "./bit-rules.js";
import type { GroupCounts } from "./group-rules.js";
import { firstSlot } from "./symbols.js";
import type { TrackedGroup } from "./tracked.js";
import { sharedF64 } from "./shared.js";

/**
 * Groups as bits of two words, taken through steps one by one: for windows that repeat too little for a dictionary.
 * What most steps do to all groups is some operations on whole words; only a trap, a save and a change of an adaptive
 * group's mind look at one group.
 */
export interface Bits {
  run(vcpu: number, steps: Uint16Array, from: number, to: number): void;
  /** What a group counted on a vCPU; to be asked once, at the end. */
  counts(group: number, vcpu: number): GroupCounts;
}

/** One vCPU. In the words a bit is 1 where their name holds for the group. */
interface Lane {
  armed: number;
  armedHigh: number;
  dirty: number;
  dirtyHigh: number;
  eager: number;
  eagerHigh: number;
  /** Adaptive groups whose next window is eager. */
  decided: number;
  decidedHigh: number;
  /** By kind of point: how often it was passed, and the pass at which the next eager stretch ends. */
  readonly passes: Float64Array;
  readonly ends: Float64Array;
  /** By group: the pass of its arming point at which its trials began, 0 for none yet. */
  readonly since: Float64Array;
  /** By group: the pass at which its eager windows end; and passes of its save point when they began. */
  readonly until: Float64Array;
  readonly begun: Float64Array;
  /** By group: the trial at hand and its traps. */
  readonly trial: Float64Array;
  readonly trialTraps: Float64Array;
  /** By group: what it counted. */
  readonly saves: Float64Array;
  readonly restores: Float64Array;
  readonly changes: Float64Array;
  /** By register of each group, see `firstTrap`. */
  readonly traps: Float64Array;
}

/**
 * @param valid - By step: 1 where it is one.
 * @param wrong - Makes an error for a step that is none.
 */
export function createBits(
  groups: readonly TrackedGroup[],
  valid: Uint8Array,
  vcpus: number,
  wrong: () => Error,
): Bits {
  const { accesses, slots, saving, restoring, arming, ...rules } = createBitRules(groups, valid);
  const { opening, whenDirty, whenOpen, always, afterSave } = rules;
  // A point of the switch tables is one kind of step.
  const armers = groups.map(({ arm }) => arm[0] ?? -1);
  const savers = groups.map(({ save }) => save[0] ?? -1);

  const firstTrap = [0];
  for (const { registers } of groups) firstTrap.push(firstTrap[firstTrap.length - 1] + registers.length);
  const isLearner = Uint8Array.from(groups, ({ group }) =>
    Number(group.adaptive !== undefined && group.onTrap === "open"),
  );
  const eagerWindows = groups.map(({ group }) => group.adaptive?.eager ?? Infinity);
  /** By kind of point: adaptive groups that it arms. */
  const learners = Array.from({ length: firstSlot }, (_, kind) =>
    Int32Array.from(
      groups.flatMap(({ group }, at) => (group.adaptive !== undefined && armers[at] === kind ? [at] : [])),
    ),
  );

  const zeros = (): Float64Array => sharedF64(groups.length);
  const lanes = Array.from({ length: vcpus }, (): Lane => ({
    armed: -1,
    armedHigh: -1,
    dirty: 0,
    dirtyHigh: 0,
    eager: 0,
    eagerHigh: 0,
    decided: 0,
    decidedHigh: 0,
    passes: sharedF64(firstSlot),
    ends: sharedF64(firstSlot).fill(Infinity),
    since: zeros(),
    until: zeros().fill(Infinity),
    begun: zeros(),
    trial: zeros(),
    trialTraps: zeros(),
    saves: zeros(),
    restores: zeros(),
    changes: zeros(),
    traps: sharedF64(firstTrap[groups.length]),
  }));

  /** Traps of groups of one word, whose first group is `base`. */
  function trap(lane: Lane, step: number, hit: number, base: number): void {
    for (let left = hit; left !== 0; left &= left - 1) {
      const at = base + 31 - Math.clz32(left & -left);
      lane.traps[firstTrap[at] + slots[step * groups.length + at]]++;
      if (isLearner[at] !== 0) learn(lane, at);
    }
  }

  /** A trap of a trial: those of an earlier one are forgotten, and enough of them decide. See `beginWindow`. */
  function learn(lane: Lane, at: number): void {
    const { adaptive } = groups[at].group;
    // What comes before the first arming point is in no trial.
    if (adaptive === undefined || !(lane.passes[armers[at]] > 0)) return;
    const since = Math.max(1, lane.since[at]);
    const trial = Math.floor((lane.passes[armers[at]] - since) / adaptive.windows);
    if (trial !== lane.trial[at]) lane.trialTraps[at] = 0;
    lane.trial[at] = trial;
    if (++lane.trialTraps[at] < adaptive.traps) return;
    if (at < lowGroups) lane.decided |= bitOf(at);
    else lane.decidedHigh |= bitOf(at);
  }

  function pass(lane: Lane, kind: number): void {
    if (kind >= firstSlot || valid[kind] === 0) throw wrong();
    lane.passes[kind]++;
    const save = saving.low[kind];
    const saveHigh = saving.high[kind];
    if ((save | saveHigh) !== 0) {
      // Eager windows are saved all, and counted when they end.
      const eager = save & whenDirty.low & lane.eager;
      const eagerHigh = saveHigh & whenDirty.high & lane.eagerHigh;
      const saved =
        save & ((whenDirty.low & lane.dirty & ~eager) | (whenOpen.low & ~lane.armed) | always.low);
      const savedHigh =
        saveHigh &
        ((whenDirty.high & lane.dirtyHigh & ~eagerHigh) | (whenOpen.high & ~lane.armedHigh) | always.high);
      countEach(lane.saves, saved, 0);
      countEach(lane.saves, savedHigh, lowGroups);
      lane.armed |= (saved | eager) & afterSave.low;
      lane.armedHigh |= (savedHigh | eagerHigh) & afterSave.high;
      lane.dirty &= ~save;
      lane.dirtyHigh &= ~saveHigh;
    }
    countEach(lane.restores, restoring.low[kind] & ~lane.armed, 0);
    countEach(lane.restores, restoring.high[kind] & ~lane.armedHigh, lowGroups);
    const arm = arming.low[kind];
    const armHigh = arming.high[kind];
    if ((arm | armHigh) === 0) return;
    if (lane.passes[kind] === lane.ends[kind]) endEager(lane, kind);
    const decided = lane.decided & arm;
    const decidedHigh = lane.decidedHigh & armHigh;
    if ((decided | decidedHigh) !== 0) {
      beginEager(lane, decided, 0, kind);
      beginEager(lane, decidedHigh, lowGroups, kind);
      lane.eager |= decided;
      lane.eagerHigh |= decidedHigh;
      lane.decided ^= decided;
      lane.decidedHigh ^= decidedHigh;
    }
    lane.armed = (lane.armed | arm) & ~(lane.eager & arm);
    lane.armedHigh = (lane.armedHigh | armHigh) & ~(lane.eagerHigh & armHigh);
  }

  function beginEager(lane: Lane, decided: number, base: number, kind: number): void {
    for (let left = decided; left !== 0; left &= left - 1) {
      const at = base + 31 - Math.clz32(left & -left);
      lane.changes[at]++;
      lane.until[at] = lane.passes[kind] + eagerWindows[at];
      lane.begun[at] = passesOf(lane, savers[at]);
      lane.ends[kind] = Math.min(lane.ends[kind], lane.until[at]);
    }
  }

  function endEager(lane: Lane, kind: number): void {
    const now = lane.passes[kind];
    const { until } = lane;
    const list = learners[kind];
    let next = Infinity;
    for (let each = 0; each < list.length; each++) {
      const at = list[each];
      if (until[at] === now) toTrial(lane, at, now);
      else if (until[at] < next) next = until[at];
    }
    lane.ends[kind] = next;
  }

  function toTrial(lane: Lane, at: number, now: number): void {
    countEager(lane, at);
    if (at < lowGroups) lane.eager ^= bitOf(at);
    else lane.eagerHigh ^= bitOf(at);
    lane.changes[at]++;
    lane.until[at] = Infinity;
    lane.since[at] = now;
    lane.trial[at] = 0;
    lane.trialTraps[at] = 0;
  }

  const passesOf = (lane: Lane, kind: number): number => (kind < 0 ? 0 : lane.passes[kind]);

  function countEager(lane: Lane, at: number): void {
    if (groups[at].group.save !== "dirty") return;
    lane.saves[at] += passesOf(lane, savers[at]) - lane.begun[at];
    lane.begun[at] = passesOf(lane, savers[at]);
  }

  return {
    run(vcpu, steps, from, to) {
      const lane = lanes[vcpu];
      let { armed, armedHigh, dirty, dirtyHigh, eager, eagerHigh } = lane;
      for (let at = from; at < to; at++) {
        const step = steps[at];
        const row = 4 * step;
        const hit = accesses[row] & armed;
        const hitHigh = accesses[row + 1] & armedHigh;
        dirty |= accesses[row + 2] & eager;
        dirtyHigh |= accesses[row + 3] & eagerHigh;
        if ((hit | hitHigh) === 0) continue;
        if (hit === look) {
          lane.armed = armed;
          lane.armedHigh = armedHigh;
          lane.dirty = dirty;
          lane.dirtyHigh = dirtyHigh;
          pass(lane, step);
          ({ armed, armedHigh, dirty, dirtyHigh, eager, eagerHigh } = lane);
          continue;
        }
        trap(lane, step, hit, 0);
        trap(lane, step, hitHigh, lowGroups);
        armed &= ~(hit & opening.low);
        armedHigh &= ~(hitHigh & opening.high);
        dirty |= hit & opening.low;
        dirtyHigh |= hitHigh & opening.high;
      }
      lane.armed = armed;
      lane.armedHigh = armedHigh;
      lane.dirty = dirty;
      lane.dirtyHigh = dirtyHigh;
    },
    counts(group, vcpu) {
      const lane = lanes[vcpu];
      if (lane.until[group] < Infinity) countEager(lane, group);
      return {
        saves: lane.saves[group],
        restores: lane.restores[group],
        changes: lane.changes[group],
        traps: Array.from(lane.traps.subarray(firstTrap[group], firstTrap[group + 1])),
      };
    },
  };
}

/** One more for each group of a word, whose first group is `base`. */
function countEach(counts: Float64Array, bits: number, base: number): void {
  for (let left = bits; left !== 0; left &= left - 1) counts[base + 31 - Math.clz32(left & -left)]++;
}
