import { hasPauth } from "../configs/pauth.js";
import {
  breakEvenCurve,
  breakEvenGroupSize,
  breakEvenTrapPrice,
  breakEvenWriteRate,
} from "../prices/break-even.js";
import { hasOracle } from "../model/oracle.js";
import { hasLazyKeys } from "../policies/lazy-keys.js";
import { countDifference } from "../prices/cost.js";
import { priceValues, type Nesting, type Profile } from "../prices/profile.js";
import { corners, spread, type PriceDraws } from "../prices/range.js";
import { nestingFor, unitCost } from "../prices/terms.js";
import type { TraceCounts } from "../replay/merge.js";
import { incompleteField } from "../trace/damaged.js";
import { modelledField } from "../trace/modelled.js";
import { groupCounts, type GroupCounts } from "./groups.js";
import { groupShape, hasShape, withOneFlag } from "./group-shape.js";
import { guestSeconds } from "./guest-seconds.js";
import { rateIntervals } from "./rate-interval.js";
import { boundOf, regretOf } from "./regret.js";
import type { Sampling } from "./sampling.js";
import { verdictSentence } from "./sentence.js";
import { shareOfAll } from "./share.js";
import type { VerdictRow } from "./verdict-row.js";

/**
 * Prices what a replay counted: one row a group, nesting and profile. `optimum` is the same with each policy's
 * groups in the hands of an oracle at these prices; without it nothing is said of regret. Throws `usage` where
 * profile and nesting do not fit.
 */
export function priceCounts(
  counts: TraceCounts,
  profile: Profile,
  nesting: Nesting,
  draws: PriceDraws,
  sampling?: Sampling,
  optimum?: TraceCounts,
): VerdictRow[] {
  const terms = nestingFor(profile, nesting);
  const least = optimum === undefined ? [] : groupCounts(optimum);
  return groupCounts(counts).map((group, at) =>
    priceGroup(counts, group, profile, nesting, terms, draws, sampling, least.at(at)),
  );
}

function priceGroup(
  counts: TraceCounts,
  group: GroupCounts,
  profile: Profile,
  asked: Nesting,
  nesting: Nesting,
  draws: PriceDraws,
  sampling: Sampling | undefined,
  least: GroupCounts | undefined,
): VerdictRow {
  const { header, config, path } = counts;
  const values = priceValues(profile);
  const pauth = hasPauth(config, header.capabilities);
  const difference = countDifference(group.own, group.eager);
  const range = spread(difference, profile, draws, nesting, [0.05, 0.95]);
  const edges = corners(difference, profile, nesting);
  const trap = group.path === "fast" ? "fastTraps" : "fullTraps";
  const assignment = counts.assignments.find(({ policy }) => policy.name === group.policy);
  const groups = (assignment?.policy.groups ?? []).filter(
    ({ name }) => group.group === undefined || name === group.group,
  );
  const isHidden = groups.some((each) => !hasOracle(each));
  // An oracle chooses for the guest's registers, and the host's keys are priced with the guest's.
  const isRegretted = !isHidden && !groups.some(hasLazyKeys);
  const isOracle = assignment?.policy.oracle !== undefined;
  const [only] = groups;
  // A policy in a mode of its own has windows that are not those of the run.
  const isShaped =
    group.group !== undefined &&
    group.windows > 0 &&
    isRegretted &&
    !isOracle &&
    assignment?.config.mode === config.mode &&
    hasShape(only, assignment.config);
  const shape = isShaped ? groupShape(group, only, assignment.config, pauth) : undefined;
  const writeShare = isShaped ? Math.min(1, group.traps / group.windows) : null;
  const sign = Math.sign(range.likely);
  const seconds = guestSeconds(header, profile);
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
    perGuestSecond: seconds === null ? null : range.likely / seconds,
    trapsPerGuestSecond: seconds === null ? null : group.traps / seconds,
    guestSeconds: seconds,
    interval:
      sampling === undefined || isHidden || isOracle
        ? null
        : rateIntervals(
            sampling,
            {
              policy: group.policy,
              group: group.group ?? null,
              difference: range.likely,
              guestSeconds: seconds,
              isTracked: isShaped,
            },
            pauth,
            values,
            nesting,
          ),
    trapPrice: unitCost(trap, values, nesting),
    breakEvenTrapPrice: breakEvenTrapPrice(group.own, group.eager, values, { nesting, trap }),
    writeShare,
    breakEvenWriteShare: shape === undefined ? null : breakEvenWriteRate(shape, values, nesting),
    breakEvenSize:
      shape === undefined || shape.isVectors === true || writeShare === null
        ? null
        : breakEvenGroupSize(withOneFlag(shape), writeShare, values, nesting),
    breakEvenCurve: shape
      ? {
          ...breakEvenCurve(shape, values, nesting),
          trapLow: unitCost(trap, priceValues(profile, "low"), nesting),
          trapHigh: unitCost(trap, priceValues(profile, "high"), nesting),
        }
      : null,
    regret: least === undefined || !isRegretted ? null : regretOf(group, least, values, nesting),
    bound: assignment === undefined ? null : boundOf(groups, assignment, counts, profile, nesting),
    ...incompleteField(header),
    ...modelledField(header),
  };
  return { ...row, sentence: verdictSentence(row) };
}
