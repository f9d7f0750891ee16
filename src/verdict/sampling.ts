import { TraplineError } from "../errors.js";
import { points } from "../model/points.js";
import type { Group } from "../policies/policy.js";
import { namingOf } from "../replay/prepare.js";
import type { TraceCounts } from "../replay/merge.js";
import { openTrace } from "../trace/reader.js";
import { resampleBlocks } from "./bootstrap.js";
import { groupWindows, sumsOf, type GroupPlace, type PointWindows } from "./group-windows.js";
import { measures, type Measure } from "./window-sums.js";

/** What a group counted in the windows of all guest contexts, and in resamples of these windows. */
export interface GroupSample {
  /** Saves and restores beyond eager's, see `groupWindows`. */
  readonly sums: Readonly<Record<Measure, number>>;
  /** By resample; undefined for what every window counts alike. */
  readonly draws: Readonly<Record<Measure, Float64Array | undefined>>;
  readonly windows: number;
  readonly resamples: number;
  /** Clock units in the guest in these windows; by resample; undefined where there is none. */
  readonly guestTime: number;
  readonly guestTimeDraws: Float64Array | undefined;
  /** Windows in a block, of the context where it is longest; 0 where nothing varies. */
  readonly blockWindows: number;
  /** Windows with a trap. */
  readonly trapped: number;
}

export interface SampledGroup {
  readonly policy: string;
  readonly group: Group;
  readonly savedRegisters: number;
  readonly restoredRegisters: number;
  /** In its own windows, and in those in which all groups of the policy are resampled together. */
  readonly own: GroupSample;
  readonly whole: GroupSample;
}

/** How far the counts of a recording might have been others, by chance. */
export interface Sampling {
  readonly resamples: number;
  readonly groups: readonly SampledGroup[];
}

const maxResamples = 100_000;

/** Refuses what is no number of resamples. 0 is none. */
export function checkResamples(resamples: number): void {
  if (Number.isInteger(resamples) && resamples >= 0 && resamples <= maxResamples && resamples !== 1) return;
  throw new TraplineError("usage", `--resamples takes 0 or a whole number from 2 to ${maxResamples}`);
}

/**
 * Resamples the windows of a trace under the policies that were counted on it. Each context keeps as many windows as
 * it has; the seed and the trace decide everything.
 */
export function sampleWindows(
  path: string,
  { header, config, assignments }: Pick<TraceCounts, "header" | "config" | "assignments">,
  resamples: number,
  seed: number,
): Sampling {
  const asked = assignments.filter(({ policy }) => policy.groups.length > 0);
  const trace = openTrace(path);
  try {
    const { groups, points: ends } = groupWindows(trace, namingOf(header), config, asked);
    const samples = ends.map((each) => samplePoint(each, groups, resamples, seed));
    return {
      resamples,
      groups: groups.map(({ policy, group, own, whole, savedRegisters, restoredRegisters }, number) => {
        const of = (point: number): GroupSample => samples[point][ends[point].members.indexOf(number)];
        return { policy, group, savedRegisters, restoredRegisters, own: of(own), whole: of(whole) };
      }),
    };
  } finally {
    trace.close();
  }
}

/**
 * The groups of a point, those of a policy together: what else is asked in the same run changes neither the length of
 * their blocks nor what is drawn.
 */
function samplePoint(
  windows: PointWindows,
  groups: readonly GroupPlace[],
  resamples: number,
  seed: number,
): GroupSample[] {
  const { members } = windows;
  const found: GroupSample[] = [];
  for (const policy of new Set(members.map((number) => groups[number].policy))) {
    const own = [...members.keys()].filter((member) => groups[members[member]].policy === policy);
    for (const [at, sample] of sampleTogether(windows, own, resamples, seed).entries())
      found[own[at]] = sample;
  }
  return found;
}

/** Some of the groups of a point, resampled together. */
function sampleTogether(
  { byVcpu, point }: PointWindows,
  members: readonly number[],
  resamples: number,
  seed: number,
): GroupSample[] {
  const draws = members.map(() => new Map<Measure, Float64Array>());
  /** What contexts count in which a measure never changes. */
  const constant = members.map(() => ({ traps: 0, saves: 0, restores: 0, changes: 0, tests: 0 }));
  const inGuest = byVcpu.reduce((sum, { guestTime }) => sum + total(guestTime), 0);
  let inGuestDraws: Float64Array | undefined;
  let blockWindows = 0;
  for (const [vcpu, { counts, chunk, guestTime, groups }] of byVcpu.entries()) {
    if (counts.length === 0) continue;
    const sequences = members.flatMap((member) => measures.map((measure) => groups[member].sums[measure]));
    // A stream of its own for each context and point.
    const number = points.indexOf(point) * byVcpu.length + vcpu;
    const stream = (seed + Math.imul(number, 0x9e37_79b1)) >>> 0;
    const { block, sums: all } = resampleBlocks(counts, [guestTime, ...sequences], resamples, stream);
    const [time, ...sums] = all;
    inGuestDraws ??= new Float64Array(resamples);
    for (let at = 0; at < resamples; at++) inGuestDraws[at] += time?.[at] ?? total(guestTime);
    blockWindows = Math.max(blockWindows, block * chunk);
    for (const [at, found] of sums.entries()) {
      const own = Math.floor(at / measures.length);
      const measure = measures[at % measures.length];
      const before = draws[own].get(measure);
      if (found === undefined) constant[own][measure] += total(sequences[at]);
      else if (before === undefined) draws[own].set(measure, found);
      else for (const [resample, value] of found.entries()) before[resample] += value;
    }
  }
  for (const [at, own] of draws.entries()) {
    for (const [measure, values] of own) {
      const more = constant[at][measure];
      if (more !== 0) for (const resample of values.keys()) values[resample] += more;
    }
  }
  return members.map((member, at): GroupSample => {
    const of = (measure: Measure): Float64Array | undefined => draws[at].get(measure);
    return {
      sums: sumsOf(byVcpu, member),
      draws: {
        traps: of("traps"),
        saves: of("saves"),
        restores: of("restores"),
        changes: of("changes"),
        tests: of("tests"),
      },
      windows: byVcpu.reduce((sum, { windows }) => sum + windows, 0),
      resamples,
      guestTime: inGuest,
      guestTimeDraws: inGuest > 0 ? inGuestDraws : undefined,
      blockWindows,
      trapped: byVcpu.reduce((sum, { groups }) => sum + groups[member].trapped, 0),
    };
  });
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
