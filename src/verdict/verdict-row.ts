import type { BreakEven, BreakEvenCurve, GroupSize } from "../prices/break-even.js";
import type { Bound } from "./bound.js";
import type { RateIntervals } from "./rate-interval.js";
import type { Regret } from "./regret.js";
import type { Priced } from "./priced.js";

/** What a group of a policy is worth against eager, at the prices of one profile. Below 0 the policy costs less. */
export interface VerdictRow extends Priced {
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
  readonly trapsPerGuestSecond: number | null;
  /** Guest run time; null where neither the recording's clock nor the profile's tells it. */
  readonly guestSeconds: number | null;
  /** How far rates and difference might be others by chance; null where that was not asked or cannot be said. */
  readonly interval: RateIntervals | null;
  /** What one trap costs at the likely prices, and the price at which the policy would break even. */
  readonly trapPrice: number;
  readonly breakEvenTrapPrice: BreakEven;
  /** Share of windows that trap, and the share at which the policy would break even. */
  readonly writeShare: number | null;
  readonly breakEvenWriteShare: BreakEven | null;
  /** How many registers the group would have to hold for its trap to pay, with one dirty test for all of them. */
  readonly breakEvenSize: GroupSize | null;
  /** The same over share and price together, with what a trap costs at the least and the greatest prices. */
  readonly breakEvenCurve?: (BreakEvenCurve & { readonly trapLow: number; readonly trapHigh: number }) | null;
  /** False where events of the trace are missing; absent otherwise. */
  readonly complete?: false;
  /** What of the trace was not recorded but modelled; absent for a recording. */
  readonly modelled?: string;
  /** Against the oracle of the same groups; null where there is no choice to regret: what is hidden has none. */
  readonly regret: Regret | null;
  /** Of adaptive groups: how much more than their oracle they can cost on any guest; null for others, and where none is proved. */
  readonly bound: Bound | null;
  /** In words that can be quoted, never stronger than the figures. */
  readonly sentence: string;
}
