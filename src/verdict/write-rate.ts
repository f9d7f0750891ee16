/**
 * The write rate below which dirty-save wins, for a recording that does not show its guests' writes: a trace of the
 * kernel's own events. It shows the windows, and a window's cost with and without a write is known.
 */

import { hasPauth } from "../configs/pauth.js";
import type { Mode, Point } from "../configs/points.js";
import type { Assignment } from "../model/assignment.js";
import { breakEvenWriteRate, type GroupShape } from "../prices/break-even.js";
import { priceValues, type Action, type Nesting, type PriceValues, type Profile } from "../prices/profile.js";
import { actionsOf, type PriceDraws } from "../prices/range.js";
import { addCounts } from "../prices/cost.js";
import { nestingFor } from "../prices/terms.js";
import { guestPoints } from "../policies/group-points.js";
import type { Group } from "../policies/policy.js";
import type { TraceCounts } from "../replay/merge.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { incompleteField } from "../trace/damaged.js";
import { modelledField } from "../trace/modelled.js";
import { groupCounts, type GroupCounts } from "./groups.js";
import { groupShape, hasShape } from "./group-shape.js";
import { guestSeconds, secondsOfUnit } from "./guest-seconds.js";
import type { RateRange, VcpuRate, WriteRateRow } from "./write-rate-row.js";
import { writeRateSentence } from "./write-rate-sentence.js";

/**
 * Whether a policy is one that has such a rate: what it traps is the first write, on the fast path, and it saves what
 * was written, in the windows of `mode`. Writes that trap in full are exits, which such a recording shows.
 */
export const hasWriteRate = ({ policy: { groups }, config }: Assignment, mode: Mode): boolean =>
  groups.length > 0 &&
  config.mode === mode &&
  groups.every(
    (group) =>
      hasShape(group, config) &&
      group.trap === "first-write" &&
      group.save === "dirty" &&
      group.restore === "always" &&
      group.path === "fast",
  );

/**
 * Prices a replay that counted as if the guests had written nothing (`ConfigChoice.writes`). `spans`: of the vCPUs,
 * see `vcpuSpans`. Throws `usage` where profile and nesting do not fit.
 */
export function writeRates(
  counts: TraceCounts,
  spans: readonly number[],
  profile: Profile,
  nesting: Nesting,
  draws: PriceDraws,
): WriteRateRow[] {
  const terms = nestingFor(profile, nesting);
  const { assignments, header } = counts;
  const counted = groupCounts(counts);
  return assignments.flatMap(({ policy, config }) =>
    policy.groups.flatMap((group): WriteRateRow[] => {
      const found = counted.find((each) => each.policy === policy.name && each.group === group.name);
      const point = guestPoints(group, config)?.save;
      if (found === undefined || point === undefined || found.windows === 0) return [];
      const shape = groupShape(found, group, config, hasPauth(counts.config, header.capabilities));
      return [rowOf(counts, group, point, found, shape, spans, profile, nesting, terms, draws)];
    }),
  );
}

function rowOf(
  { path, header, config }: TraceCounts,
  group: Group,
  point: Point,
  found: GroupCounts,
  shape: GroupShape,
  spans: readonly number[],
  profile: Profile,
  asked: Nesting,
  terms: Nesting,
  draws: PriceDraws,
): WriteRateRow {
  const shareAt = (values: PriceValues): number => {
    const even = breakEvenWriteRate(shape, values, terms);
    if ("value" in even) return even.pays === "below" ? even.value : Infinity;
    return even.pays === "always" ? Infinity : 0;
  };
  const drawn = Float64Array.from(draws.values, shareAt).toSorted();
  const edges = cornersOf(found, shape, profile, terms).map(shareAt);
  const at = (level: number): number => drawn[Math.max(0, Math.ceil(level * drawn.length) - 1)];
  const share: RateRange = {
    likely: shareAt(priceValues(profile)),
    p5: at(0.05),
    p95: at(0.95),
    least: Math.min(...edges),
    greatest: Math.max(...edges),
  };
  const unit = secondsOfUnit(header.clock, profile);
  const all = spans.reduce((sum, span) => sum + span, 0);
  const seconds = unit === null || all === 0 ? null : all * unit;
  const guest = guestSeconds(header, profile);
  const perSecond = (count: number): number | null => (seconds === null ? null : count / seconds);
  const times = (factor: number | null): RateRange | null =>
    factor === null ? null : mapRange(share, (each) => each * factor);
  const windowsPerSecond = perSecond(found.windows);
  const kind = point === "put" ? Kind.put : Kind.runEnd;
  const row: Omit<WriteRateRow, "sentence"> = {
    trace: path,
    mode: config.mode,
    kernel: config.kernel,
    nesting: asked,
    profile: profile.name,
    unit: profile.unit,
    policy: found.policy,
    group: group.name,
    registers: group.registers,
    windows: found.windows,
    windowsEndAt: point,
    share,
    always: drawn.filter((each) => each === Infinity).length / drawn.length,
    never: drawn.filter((each) => each === 0).length / drawn.length,
    vcpuSeconds: seconds,
    loadsPerSecond: header.capabilities.loads ? perSecond(countOf(header, Kind.load)) : null,
    windowsPerSecond,
    writesPerSecond: times(windowsPerSecond),
    writesPerSecondAtRandom:
      windowsPerSecond === null
        ? null
        : // Of n windows into which m writes fall by chance the share 1 - exp(-m / n) has one or more.
          mapRange(share, (each) => windowsPerSecond * (each >= 1 ? Infinity : -Math.log1p(-each))),
    writesPerGuestSecond: times(guest === null ? null : found.windows / guest),
    vcpus: header.vcpus.map(({ vm, mpidr, thread }, vcpu): VcpuRate => {
      const windows = countOf(header, kind, vcpu);
      const own = unit === null || spans[vcpu] === 0 ? null : spans[vcpu] * unit;
      return {
        vm,
        mpidr,
        ...(thread === undefined ? {} : { thread }),
        windows,
        seconds: own,
        writesPerSecond: own === null ? null : (share.likely * windows) / own,
      };
    }),
    ...incompleteField(header),
    ...modelledField(header),
  };
  return { ...row, sentence: writeRateSentence(row) };
}

const mapRange = (
  { likely, p5, p95, least, greatest }: RateRange,
  of: (each: number) => number,
): RateRange => ({
  likely: of(likely),
  p5: of(p5),
  p95: of(p95),
  least: of(least),
  greatest: of(greatest),
});

function countOf({ tally, places }: TraceHeader, wanted: number, vcpu?: number): number {
  return tally.reduce(
    (sum, [kind, , place, count]) =>
      kind === wanted && (vcpu === undefined || places[2 * place + 1] === vcpu) ? sum + count : sum,
    0,
  );
}

/**
 * All combinations of low and high prices. The share is a ratio of sums of products without a repeated factor, so
 * that it rises or falls with each price alone, and its extremes lie at such combinations.
 */
function cornersOf(found: GroupCounts, shape: GroupShape, profile: Profile, terms: Nesting): PriceValues[] {
  const trapped = addCounts({
    [shape.path === "full" ? "fullTraps" : "fastTraps"]: 1,
    saves: 1,
    trapRegisterUpdates: shape.openUpdates ?? 1,
    dirtyChecks: found.own.dirtyChecks,
    keySwitches: shape.keySwitches ?? 0,
  });
  const varied: Action[] = actionsOf(trapped, terms).filter(
    (action) => profile.prices[action].low < profile.prices[action].high,
  );
  return Array.from({ length: 2 ** varied.length }, (_, corner) => {
    const values: Record<Action, number> = { ...priceValues(profile, "low") };
    varied.forEach((action, at) => {
      values[action] = profile.prices[action][(corner >>> at) & 1 ? "high" : "low"];
    });
    return values;
  });
}
