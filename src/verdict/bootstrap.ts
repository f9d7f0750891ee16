import { stateOfSeed, xoshiro128 } from "../prices/random.js";
import { leftOut, type Interval } from "./binomial.js";
import { blockLength } from "./block-length.js";

/**
 * Sums of resampled sequences. All are over the same windows and are resampled together, so that what depends on
 * several of them can be computed from the same draw.
 */
export interface Resampled {
  /** Chunks per block, for all sequences: the longest that any of them asks for. */
  readonly block: number;
  /** By sequence and resample, in proportion to as many windows as there are; undefined where it never changes. */
  readonly sums: readonly (Float64Array | undefined)[];
}

/**
 * A circular block bootstrap (D. N. Politis and J. P. Romano, "A circular block-resampling procedure for stationary
 * data", 1992): a resample is made of blocks of consecutive chunks that begin anywhere, the end being followed by the
 * beginning. Windows depend on their neighbours; blocks keep that, and what they assume is that a sequence is
 * stationary: its rate is the same at its beginning and its end, but for chance.
 *
 * `counts` has the windows of each chunk, `sequences` what was counted in it. The same for the same seed.
 */
export function resampleBlocks(
  counts: Float64Array,
  sequences: readonly Float64Array[],
  resamples: number,
  seed: number,
): Resampled {
  const chunks = counts.length;
  // Groups that are written together have one sequence, and saves go with traps: what follows from another and from how
  // many windows there are is drawn once.
  const drawn: Float64Array[] = [];
  const found = sequences.map((sequence) => {
    if (!varies(sequence, counts)) return undefined;
    for (const [at, each] of drawn.entries()) {
      const line = lineOver(sequence, each, counts);
      if (line !== undefined) return { at, ...line };
    }
    return { at: drawn.push(sequence) - 1, factor: 1, perWindow: 0 };
  });
  if (drawn.length === 0) return { block: 0, sums: sequences.map(() => undefined) };
  const block = drawn.reduce((most, sequence) => Math.max(most, blockLength(sequence)), 1);
  const windows = counts.reduce((sum, count) => sum + count, 0);
  const sums = drawn.map(() => new Float64Array(resamples));
  const countsTo = prefixes(counts);
  const sumsTo = drawn.map(prefixes);
  const blocks = Math.ceil(chunks / block);
  // The last block is cut so that a resample has as many chunks as there are.
  const rest = chunks - (blocks - 1) * block;
  const starts = new Uint32Array(blocks);
  const next = xoshiro128(stateOfSeed(seed));
  for (let resample = 0; resample < resamples; resample++) {
    for (let at = 0; at < blocks; at++) starts[at] = Math.floor((next() / 2 ** 32) * chunks);
    // The last chunk may have fewer windows than the others.
    const weight = windows / sumOf(countsTo, starts, block, rest);
    for (const [at, own] of sums.entries()) own[resample] = weight * sumOf(sumsTo[at], starts, block, rest);
  }
  return {
    block,
    sums: found.map(
      (each) => each && sums[each.at].map((sum) => each.factor * sum + each.perWindow * windows),
    ),
  };
}

/** How a sequence follows from another that varies and from the windows of each chunk; undefined where it does not. */
function lineOver(
  sequence: Float64Array,
  of: Float64Array,
  counts: Float64Array,
): { readonly factor: number; readonly perWindow: number } | undefined {
  const at = of.findIndex((value, index) => value * counts[0] !== of[0] * counts[index]);
  const scale = of[0] * counts[at] - of[at] * counts[0];
  const factor = (sequence[0] * counts[at] - sequence[at] * counts[0]) / scale;
  const perWindow = (of[0] * sequence[at] - of[at] * sequence[0]) / scale;
  const fits = of.every((value, index) => sequence[index] === factor * value + perWindow * counts[index]);
  return fits ? { factor, perWindow } : undefined;
}

function sumOf(sumsTo: Float64Array, starts: Uint32Array, block: number, rest: number): number {
  const last = starts.length - 1;
  let sum = sumsTo[starts[last] + rest] - sumsTo[starts[last]];
  for (let at = 0; at < last; at++) sum += sumsTo[starts[at] + block] - sumsTo[starts[at]];
  return sum;
}

/** Sums up to each place of a sequence that begins again at its end. */
function prefixes(sequence: Float64Array): Float64Array {
  const sums = new Float64Array(2 * sequence.length + 1);
  for (let at = 0; at < 2 * sequence.length; at++) {
    sums[at + 1] = sums[at] + sequence[at % sequence.length];
  }
  return sums;
}

const varies = (sequence: Float64Array, counts: Float64Array): boolean =>
  sequence.some((sum, at) => sum * counts[0] !== sequence[0] * counts[at]);

/**
 * A bootstrap over whole recordings: each resample draws as many recordings as there are, and is the list of how
 * often each came.
 */
export function resampleWhole(
  recordings: number,
  resamples: number,
  seed: number,
): readonly (readonly number[])[] {
  const next = xoshiro128(stateOfSeed(seed));
  return Array.from({ length: resamples }, () => {
    const times = Array.from({ length: recordings }, () => 0);
    for (let at = 0; at < recordings; at++) times[Math.floor((next() / 2 ** 32) * recordings)]++;
    return times;
  });
}

/** What is between the 2.5th and the 97.5th percentile of resampled values, by nearest rank. */
export function percentiles(values: Float64Array): Interval {
  const sorted = values.toSorted();
  const rank = (level: number): number => Math.max(0, Math.ceil(level * sorted.length) - 1);
  return [sorted[rank(leftOut / 2)], sorted[rank(1 - leftOut / 2)]];
}
