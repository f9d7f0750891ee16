import { TraplineError } from "../errors.js";
import { loadProfile } from "../prices/load.js";
import {
  actions,
  byAction,
  factorActions,
  type Action,
  type Points,
  type Price,
  type Profile,
} from "../prices/profile.js";
import type { Spread } from "./histogram.js";
import type { RecordedCosts } from "./recorded.js";

/** The name that stands for prices made of the recording at hand. */
export const recordedName = "recorded";

/** Fewer values than this make no price: their 10th percentile would be the least one. */
const leastValues = 11;

/** Where prices come from that a recording does not show, by its clock. */
const fillers: Readonly<Record<string, string>> = { instructions: "instructions", cycles: "neoverse-n1" };

/** A price that the recording shows, without what all of its prices have in common. */
type Shown = Points & Pick<Price, "source" | "note">;

/**
 * Prices of the machine of a recording, in its clock's unit: low, likely and high are the 10th percentile, the
 * median and the 90th. What the recording does not show is another profile's, and `assumed` whatever it is there.
 * Throws TraplineError `unsupported` where the clock counts neither instructions nor cycles, and where the
 * recording shows no price at all.
 */
export function recordedProfile(costs: RecordedCosts): Profile {
  const { unit, trace } = costs;
  if (unit !== "instructions" && unit !== "cycles") {
    throw new TraplineError(
      "unsupported",
      `the clock of the recording counts ${unit}, and prices need instructions or cycles`,
      { file: trace },
      "Give a cost profile by name",
    );
  }
  const filler = loadProfile(fillers[unit]);
  const shown = shownPrices(costs, filler);
  if (Object.keys(shown).length === 0) {
    throw new TraplineError(
      "unsupported",
      `the recording shows no price: too few exits (${leastValues} are needed) and no pass of the switch code`,
      { file: trace },
      "Give a cost profile by name",
    );
  }
  const hardware = `the machine of ${trace}`;
  return {
    name: recordedName,
    summary: `What ${trace} itself shows, and for the rest the profile ${filler.name}.`,
    unit,
    nesting: "none",
    hardware,
    prices: byAction((action): Price => {
      const own = shown[action];
      if (own !== undefined) return { ...own, unit, basis: "measured", hardware };
      const { source, given: _, ...price } = filler.prices[action];
      // An MRS is an instruction: of what the unit itself says, nothing is assumed.
      const byDefinition = unit === "instructions" && (action === "mrs" || action === "msr");
      if (byDefinition) return { ...price, source, hardware };
      const of = factorActions.includes(action) ? `over the fullTrap of ${filler.name}; ` : "";
      return {
        ...price,
        basis: "assumed",
        source: `not in the recording: ${of}the profile ${filler.name}, ${price.basis} there: ${source}`,
      };
    }),
  };
}

/** The prices that are the recording's own. */
export function measuredActions({ prices }: Profile): Action[] {
  return actions.filter((action) => prices[action].source.startsWith(ownSource));
}

const ownSource = "this recording: ";

function shownPrices(costs: RecordedCosts, filler: Profile): Partial<Record<Action, Shown>> {
  const { unit, traps, save, restore, fullAccesses, fullExits, mayHavePauth } = costs;
  const shown: Partial<Record<Action, Shown>> = {};
  const fast = traps.find(({ path, reason, outcome }) => {
    return path === "fast" && reason === "SYS64 write" && outcome === "retried";
  });
  const update = filler.prices.trapRegisterUpdate.likely;
  if (isEnough(fast?.spread)) {
    shown.fastTrap = {
      ...less(fast.spread, update),
      source: from(fast.spread, "traps of a write on the fast path, from exit to entry"),
      note: `less the ${update} of trapRegisterUpdate, which is priced on its own`,
    };
    if (mayHavePauth) {
      const source = `${ownSource}keys are switched within its exits, if its guests have pointer authentication`;
      shown.keySwitch = { low: 0, likely: 0, high: 0, source, note: "in fastTrap" };
    }
  }
  if (isEnough(fullAccesses)) {
    shown.fullTrap = {
      ...less(fullAccesses, 0),
      source: from(fullAccesses, "full exits for a register access, from exit to entry"),
    };
  } else if (isEnough(fullExits)) {
    shown.fullTrap = {
      ...less(fullExits, 0),
      source: from(fullExits, "full exits for any reason but WFx, from exit to entry"),
    };
  }
  // A clock of instructions tells the access from the rest; one of cycles shows the pair alone.
  const access = unit === "instructions" ? 1 : 0;
  const pair = (spread: Spread, what: string): Shown => ({
    ...less(spread, access),
    source: from(spread, `registers ${what}, from one access to the next`),
    note: access === 1 ? "less the access itself" : "with the access itself",
  });
  const within = (price: string): Shown => {
    return { low: 0, likely: 0, high: 0, source: `${ownSource}priced within ${price}`, note: `in ${price}` };
  };
  if (isEnough(save)) {
    shown.store = pair(save, "saved");
    if (access === 0) shown.mrs = within("store");
  }
  if (isEnough(restore)) {
    shown.load = pair(restore, "restored");
    if (access === 0) shown.msr = within("load");
  }
  return shown;
}

const isEnough = (spread: Spread | null | undefined): spread is Spread =>
  spread !== null && spread !== undefined && spread.count >= leastValues;

function less({ p10, median, p90 }: Spread, taken: number): Points {
  const rest = (value: number): number => Math.max(0, value - taken);
  return { low: rest(p10), likely: rest(median), high: rest(p90) };
}

const from = ({ count }: Spread, what: string): string =>
  `${ownSource}10th percentile, median and 90th of ${count} ${what}`;
