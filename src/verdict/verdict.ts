import {
  breakEvenGroupSize,
  breakEvenTrapPrice,
  breakEvenWriteRate,
  type BreakEven,
  type GroupSize,
} from "../prices/break-even.js";
import { countDifference } from "../prices/cost.js";
import { priceValues, type Nesting, type Profile } from "../prices/profile.js";
import { corners, spread, type PriceDraws } from "../prices/range.js";
import { nestingFor, unitCost } from "../prices/terms.js";
import type { TraceCounts } from "../replay/merge.js";
import type { TraceHeader } from "../trace/header.js";
import { groupCounts, type GroupCounts } from "./groups.js";
import { verdictSentence } from "./sentence.js";
import { shareOfAll } from "./share.js";

/** What a group of a policy is worth against eager, at the prices of one profile. Below 0 the policy costs less. */
export interface VerdictRow {
  readonly trace: string;
  readonly mode: string;
  readonly kernel: string;
  readonly nesting: Nesting;
  readonly profile: string;
  readonly unit: string;
  readonly policy: string;
  /** Null for the policy as a whole. */
  readonly group: string | null;
  readonly registers: readonly string[];
  readonly windows: number;
  readonly traps: number;
  readonly savesElided: number;
  readonly restoresElided: number;
  /** Accesses that the guest would have found UNDEFINED: it uses what the policy hides. */
  readonly undefinedAccesses: number;
  readonly difference: {
    readonly likely: number;
    /** Of the draws. */
    readonly p5: number;
    readonly p95: number;
    /** Exact, over all combinations of low and high prices. */
    readonly least: number;
    readonly greatest: number;
  };
  /** Share of the draws at which the sign is that at the likely prices, and of the corners. */
  readonly sameSign: number;
  readonly cornersSameSign: number;
  /** The likely difference as a share of all that was executed, hosts and guests; null where units do not fit. */
  readonly shareOfAll: number | null;
  /** The likely difference per second of guest run time, in the profile's unit. */
  readonly perGuestSecond: number | null;
  /** What one trap costs at the likely prices, and the price at which the policy would break even. */
  readonly trapPrice: number;
  readonly breakEvenTrapPrice: BreakEven;
  /** Share of windows that trap, and the share at which the policy would break even. */
  readonly writeShare: number | null;
  readonly breakEvenWriteShare: BreakEven | null;
  /** How many registers the group would have to hold for its trap to pay, with one dirty test for all of them. */
  readonly breakEvenSize: GroupSize | null;
  /** In words that can be quoted, never stronger than the figures. */
  readonly sentence: string;
}

/** Prices what a replay counted: one row a group, nesting and profile. Throws `usage` where these do not fit. */
export function priceCounts(
  counts: TraceCounts,
  profile: Profile,
  nesting: Nesting,
  draws: PriceDraws,
): VerdictRow[] {
  const terms = nestingFor(profile, nesting);
  return groupCounts(counts).map((group) => priceGroup(counts, group, profile, nesting, terms, draws));
}

function priceGroup(
  counts: TraceCounts,
  group: GroupCounts,
  profile: Profile,
  asked: Nesting,
  nesting: Nesting,
  draws: PriceDraws,
): VerdictRow {
  const { header, config, path } = counts;
  const values = priceValues(profile);
  const difference = countDifference(group.own, group.eager);
  const range = spread(difference, profile, draws, nesting, [0.05, 0.95]);
  const edges = corners(difference, profile, nesting);
  const trap = group.path === "fast" ? "fastTraps" : "fullTraps";
  const isHidden = counts.assignments.some(
    ({ policy }) =>
      policy.name === group.policy &&
      policy.groups.some(
        ({ name, trap: traps }) =>
          traps === "undefined" && (group.group === undefined || name === group.group),
      ),
  );
  const tracked = group.group !== undefined && group.windows > 0 && !isHidden;
  const shape = {
    path: group.path,
    hostSavesElided: group.hostSavesElided / Math.max(1, group.registers.length * group.windows),
    dirtyChecks: group.own.dirtyChecks / Math.max(1, group.windows),
    openUpdates: group.traps === 0 ? 1 : group.own.trapRegisterUpdates / group.traps,
    keySwitches: group.traps === 0 ? 0 : group.own.keySwitches / group.traps,
  };
  const writeShare = tracked ? Math.min(1, group.traps / group.windows) : null;
  const sign = Math.sign(range.likely);
  const [p5, p95] = range.quantiles.map(({ value }) => value);
  const row: Omit<VerdictRow, "sentence"> = {
    trace: path,
    mode: config.mode,
    kernel: config.kernel,
    nesting: asked,
    profile: profile.name,
    unit: profile.unit,
    policy: group.policy,
    group: group.group ?? null,
    registers: group.registers,
    windows: group.windows,
    traps: group.traps,
    savesElided: group.savesElided,
    restoresElided: group.restoresElided,
    undefinedAccesses: isHidden ? group.traps : 0,
    difference: { likely: range.likely, p5, p95, least: edges.least.value, greatest: edges.greatest.value },
    sameSign: range.sameSign,
    cornersSameSign: (sign < 0 ? edges.negative : sign > 0 ? edges.positive : edges.zero) / edges.corners,
    shareOfAll: shareOfAll([header], profile, range.likely),
    perGuestSecond: perGuestSecond(header, profile, range.likely),
    trapPrice: unitCost(trap, values, nesting),
    breakEvenTrapPrice: breakEvenTrapPrice(group.own, group.eager, values, { nesting, trap }),
    writeShare,
    breakEvenWriteShare: tracked
      ? breakEvenWriteRate({ ...shape, registers: group.registers.length }, values, nesting)
      : null,
    breakEvenSize:
      writeShare === null
        ? null
        : breakEvenGroupSize({ ...shape, dirtyChecks: 1 }, writeShare, values, nesting),
  };
  return { ...row, sentence: verdictSentence(row) };
}

/** A difference per second of guest run time; null where the recording's clock or the profile's is no measure. */
function perGuestSecond(header: TraceHeader, profile: Profile, difference: number): number | null {
  const share = shareOfAll([header], profile, difference);
  const inGuest = header.guestTime.reduce((total, time) => total + time, 0);
  const seconds = profile.clock === undefined ? 0 : inGuest / (profile.clock.ghz * 1e9);
  return share === null || seconds === 0 ? null : difference / seconds;
}
