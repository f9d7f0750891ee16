import type { WindowChunks } from "../trace/windows/stream.js";
import type { Automaton } from "./automaton.js";
import type { WindowClasses } from "./classes.js";
import type { Telescope } from "./telescope.js";
import { addResult, type ResultLayout } from "./group-results.js";
import { sharedU32 } from "./shared.js";

/** Counts windows by vCPU and number: all that groups need which carry nothing from window to window. */
export interface WindowCounter {
  /**
   * Counts those of the chunks whose place in the block is from `first` to `end`. All windows of the block have a
   * number: where one has none, no group is counted so.
   */
  add(chunks: WindowChunks, first: number, end: number): void;
  /** Adds what was counted to `cells` (vCPU * `size` + number); false where a number was met that there is not. */
  finish(cells: Uint32Array): boolean;
}

/**
 * Counters that neighbouring windows use in turn: one that goes up again at once waits for itself. Of many windows few
 * are neighbours of themselves, and the counters are to stay in a core's caches.
 */
const turnsOf = (counters: number): 1 | 4 => (counters > 1 << 16 ? 1 : 4);

/** @param size - Windows of the dictionary. */
export function createWindowCounter(size: number, vcpus: number): WindowCounter {
  // To a power of two, so that the bits of all numbers together tell whether one was beyond.
  const stride = 2 ** Math.ceil(Math.log2(Math.max(1, size)));
  const turns = turnsOf(stride * vcpus);
  const counts = sharedU32(turns * stride * vcpus);
  let met = 0;
  return {
    add({ vcpus: owners, lengths, counts: windows, words }, first, end) {
      let at = 0;
      let window = 0;
      for (let chunk = 0; chunk < owners.length; chunk++) {
        const from = at + Math.max(0, first - window);
        const to = at + Math.min(windows[chunk], end - window);
        window += windows[chunk];
        at += lengths[chunk];
        const base = turns * stride * owners[chunk];
        if (from < to) met |= countEach(words, from, to, counts.subarray(base, base + turns * stride), turns);
      }
    },
    finish(cells) {
      let beyond = met >= stride;
      for (let cell = 0; cell < counts.length; cell++) {
        if (counts[cell] === 0) continue;
        const number = Math.floor(cell / turns) % stride;
        const vcpu = Math.floor(cell / (turns * stride));
        if (number >= size) beyond = true;
        else cells[vcpu * size + number] += counts[cell];
      }
      return !beyond;
    },
  };
}

/** Returns the bits of all numbers. */
function countEach(words: Uint16Array, from: number, to: number, counts: Uint32Array, turns: 1 | 4): number {
  const last = turns - 1;
  let met = 0;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const a = words[at];
    const b = words[at + 1];
    const c = words[at + 2];
    const d = words[at + 3];
    met |= a | b | c | d;
    counts[turns * a]++;
    counts[turns * b + (1 & last)]++;
    counts[turns * c + (2 & last)]++;
    counts[turns * d + last]++;
  }
  for (; at < to; at++) {
    met |= words[at];
    counts[turns * words[at]]++;
  }
  return met;
}

/** What a settled group counted in so many windows of each number (vCPU * size + number). */
export function addWindows(
  layout: ResultLayout,
  results: Float64Array,
  group: number,
  automaton: Automaton,
  { classOf }: WindowClasses,
  cells: Float64Array,
  telescope?: Telescope,
): void {
  const size = classOf.length;
  const times = new Float64Array(automaton.classes);
  for (let vcpu = 0; vcpu < layout.vcpus; vcpu++) {
    times.fill(0);
    for (let number = 0; number < size; number++) times[classOf[number]] += cells[vcpu * size + number];
    times.forEach((count, each) => {
      if (count > 0) {
        const counts = telescope?.counts[each] ?? automaton.effect(automaton.initial + each);
        addResult(layout, results, group, vcpu, counts, count);
      }
    });
    if (telescope !== undefined) addResult(layout, results, group, vcpu, telescope.owed[vcpu], -1);
  }
}
