import type { Point } from "../configs/points.js";
import type { Priced } from "./priced.js";

/**
 * A bound on the rate of windows with a write, as a share of windows or per second. Infinity, as null in JSON: the
 * policy wins even if each window has a write. 0: it loses even if none has.
 */
export interface RateRange {
  readonly likely: number;
  /** Of the draws of prices. */
  readonly p5: number;
  readonly p95: number;
  /** Exact, over all combinations of low and high prices. */
  readonly least: number;
  readonly greatest: number;
}

/** One group of a policy at the prices of one profile, on a recording without its guests' writes. */
export interface WriteRateRow extends Priced {
  readonly group: string;
  readonly registers: readonly string[];
  /** Windows of all vCPUs, and where they end. */
  readonly windows: number;
  readonly windowsEndAt: Point;
  /** Share of windows with a write below which the policy costs less than eager. */
  readonly share: RateRange;
  /** Of the draws, those at which it wins at every rate, and at none. */
  readonly always: number;
  readonly never: number;
  /** Seconds of all vCPUs, from the first event of each to its last; null where the clock tells no time. */
  readonly vcpuSeconds: number | null;
  /** Per second and vCPU. */
  readonly loadsPerSecond: number | null;
  readonly windowsPerSecond: number | null;
  /** Windows with a write, per second and vCPU: writes, if there is one a window at most. */
  readonly writesPerSecond: RateRange | null;
  /** Writes, per second and vCPU, if each comes in any window by chance: a window may then have several. */
  readonly writesPerSecondAtRandom: RateRange | null;
  /** Windows with a write, per second in the guest. */
  readonly writesPerGuestSecond: RateRange | null;
  /** The same for each vCPU by itself, at the likely prices. */
  readonly vcpus: readonly VcpuRate[];
  /** False where events of the trace are missing; absent otherwise. */
  readonly complete?: false;
  readonly modelled?: string;
  readonly sentence: string;
}

export interface VcpuRate {
  readonly vm: number;
  readonly mpidr: number;
  readonly thread?: number;
  readonly windows: number;
  readonly seconds: number | null;
  readonly writesPerSecond: number | null;
}
