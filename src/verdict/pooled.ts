import { percentiles, resampleWhole } from "./bootstrap.js";
import type { RateIntervals } from "./rate-interval.js";
import type { VerdictRow } from "./verdict-row.js";

/** Rows of several recordings under one configuration, as one. */
export interface PooledRow extends Pick<
  VerdictRow,
  | "mode"
  | "kernel"
  | "nesting"
  | "profile"
  | "unit"
  | "policy"
  | "group"
  | "registers"
  | "windows"
  | "traps"
  | "savesElided"
  | "writeShare"
  | "trapsPerGuestSecond"
  | "perGuestSecond"
  | "modelled"
> {
  readonly recordings: readonly string[];
  /** False where events of a recording are missing; absent otherwise. */
  readonly complete?: false;
  /** At the likely prices. */
  readonly difference: number;
  /** Over recordings; null where there are too few, or none was asked for. */
  readonly interval: RateIntervals | null;
}

/** Of two recordings a bootstrap makes three resamples: that is no spread. */
export const leastRecordings = 3;

/** A row for each configuration, policy and group that several recordings answered. */
export function pooledRows(rows: readonly VerdictRow[], resamples: number, seed: number): PooledRow[] {
  const pools = new Map<string, VerdictRow[]>();
  for (const row of rows) {
    const { mode, kernel, nesting, profile, unit, policy, group, registers } = row;
    // What was recorded and what was modelled are not one.
    const of = [mode, kernel, nesting, profile, unit, policy, group, registers, row.modelled ?? null];
    const key = JSON.stringify(of);
    pools.set(key, [...(pools.get(key) ?? []), row]);
  }
  return [...pools.values()]
    .filter((pool) => new Set(pool.map(({ trace }) => trace)).size > 1)
    .map((pool) => poolRows(pool, resamples, seed));
}

/** Rates are of the sums: a long recording weighs more than a short one. */
function poolRows(pool: readonly VerdictRow[], resamples: number, seed: number): PooledRow {
  const [{ mode, kernel, nesting, profile, unit, policy, group, registers, modelled }] = pool;
  const once = pool.map(() => 1);
  const all = figuresOf(pool, once);
  const { windows, traps, difference, writeShare, trapsPerGuestSecond, perGuestSecond } = all;
  return {
    recordings: pool.map(({ trace }) => trace),
    mode,
    kernel,
    nesting,
    profile,
    unit,
    policy,
    group,
    registers,
    windows,
    traps,
    savesElided: pool.reduce((sum, row) => sum + row.savesElided, 0),
    difference,
    writeShare,
    trapsPerGuestSecond,
    perGuestSecond,
    interval:
      resamples === 0 || pool.length < leastRecordings ? null : intervalsOf(pool, all, resamples, seed),
    ...(pool.some(({ complete }) => complete === false) ? { complete: false } : {}),
    ...(modelled === undefined ? {} : { modelled }),
  };
}

interface Figures {
  readonly windows: number;
  readonly traps: number;
  readonly difference: number;
  readonly writeShare: number | null;
  readonly trapsPerGuestSecond: number | null;
  readonly perGuestSecond: number | null;
}

/** Figures of recordings of which each counts so many times. */
function figuresOf(pool: readonly VerdictRow[], times: readonly number[]): Figures {
  const sum = (of: (row: VerdictRow) => number): number =>
    pool.reduce((total, row, at) => total + times[at] * of(row), 0);
  const windows = sum((row) => row.windows);
  const traps = sum((row) => row.traps);
  const difference = sum((row) => row.difference.likely);
  const seconds = pool.some((row) => row.guestSeconds === null) ? null : sum((row) => row.guestSeconds ?? 0);
  return {
    windows,
    traps,
    difference,
    writeShare: pool.some((row) => row.writeShare === null) ? null : Math.min(1, traps / windows),
    trapsPerGuestSecond: seconds === null ? null : traps / seconds,
    perGuestSecond: seconds === null ? null : difference / seconds,
  };
}

function intervalsOf(
  pool: readonly VerdictRow[],
  all: Figures,
  resamples: number,
  seed: number,
): RateIntervals {
  const drawn = resampleWhole(pool.length, resamples, seed).map((times) => figuresOf(pool, times));
  const of = (figure: keyof Figures): [number, number] => {
    const [low, high] = percentiles(Float64Array.from(drawn, (each) => each[figure] ?? 0));
    return [low, high];
  };
  return {
    method: "recordings",
    blockWindows: 0,
    writeShare: all.writeShare === null ? null : of("writeShare"),
    trapsPerGuestSecond: all.trapsPerGuestSecond === null ? null : of("trapsPerGuestSecond"),
    difference: of("difference"),
    perGuestSecond: all.perGuestSecond === null ? null : of("perGuestSecond"),
  };
}
