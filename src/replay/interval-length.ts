import { TraplineError } from "../errors.js";
import type { Mode } from "../configs/points.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";

/** How long an interval is, before it is known of which recording. A ratio is of the recording's span of time. */
export type IntervalLength =
  | { readonly kind: "units"; readonly units: number }
  | { readonly kind: "time"; readonly amount: number; readonly suffix: Suffix }
  | { readonly kind: "ratio"; readonly numerator: bigint; readonly denominator: bigint }
  | { readonly kind: "windows"; readonly windows: number };

/** Interval `k` begins at `first + k * length`, in clock units or in windows ended so far; the last may be shorter. */
export interface IntervalGrid {
  /** Of the recording's clock, or `windows`. */
  readonly unit: string;
  readonly length: number;
  readonly first: number;
  /** Where the last interval ends; no event of the span is at it or later. */
  readonly end: number;
  readonly count: number;
}

/** In picoseconds; also the units of clocks that count time. */
const picoseconds = { ps: 1, ns: 1e3, us: 1e6, ms: 1e9, s: 1e12 } as const;
type Suffix = keyof typeof picoseconds;
const isSuffix = (text: string): text is Suffix => Object.hasOwn(picoseconds, text);

/** A series that anyone looks at is much shorter; each interval costs memory while a trace is counted. */
const maxIntervals = 100_000;

const grammar =
  "A number of clock units (1e6), a time (10ms, 100us) where the clock counts time, a share of the trace (5% or 1/20), or windows=N";

/** Reads `1e6`, `10ms`, `5%`, `1/20`, `windows=500`. Throws `usage` for anything else. */
export function parseInterval(text: string): IntervalLength {
  const refuse = (): TraplineError =>
    new TraplineError("usage", `--interval does not take "${text}"`, {}, grammar);
  const windows = /^windows=([1-9]\d{0,14})$/.exec(text);
  if (windows !== null) return { kind: "windows", windows: Number(windows[1]) };
  const part = /^1\/([1-9]\d{0,14})$/.exec(text);
  if (part !== null) return { kind: "ratio", numerator: 1n, denominator: BigInt(part[1]) };
  const [, digits = "", fraction = "", exponent = "", suffix = ""] =
    /^(\d{1,15})(?:\.(\d{1,9}))?(?:[eE](\d{1,2}))?(%|[pnum]?s)?$/.exec(text) ?? [];
  if (digits === "") throw refuse();
  if (suffix === "%") {
    if (exponent !== "") throw refuse();
    const numerator = BigInt(digits + fraction);
    const denominator = 100n * 10n ** BigInt(fraction.length);
    if (numerator === 0n || numerator > denominator) throw refuse();
    return { kind: "ratio", numerator, denominator };
  }
  const amount = Number(`${digits}.${fraction}e${exponent === "" ? "0" : exponent}`);
  if (!(amount > 0)) throw refuse();
  if (isSuffix(suffix)) return { kind: "time", amount, suffix };
  if (!Number.isSafeInteger(amount)) throw refuse();
  return { kind: "units", units: amount };
}

/**
 * The intervals of a trace. Throws `usage` where its clock does not count what the length is in, and where there
 * would be too many.
 */
export function intervalGrid(
  header: TraceHeader,
  mode: Mode,
  interval: IntervalLength,
  file: string,
): IntervalGrid {
  const { unit, length, first, last } =
    interval.kind === "windows"
      ? { unit: "windows", length: interval.windows, first: 0, last: endedWindows(header, mode) - 1 }
      : { unit: header.clock.unit, length: clockUnits(header, interval, file), ...span(header) };
  const count = Math.max(1, Math.floor((last - first) / length) + 1);
  if (count > maxIntervals) {
    throw new TraplineError(
      "usage",
      `--interval makes ${count} intervals of this trace, and ${maxIntervals} are the most`,
      { file },
      `Take longer ones: the trace spans ${last - first + 1} ${unit}`,
    );
  }
  return { unit, length, first, end: Math.max(first, last) + 1, count };
}

/** The kind of event that ends a window of a guest's EL1 state. */
export const windowEnd = (mode: Mode): number => (mode === "vhe" ? Kind.put : Kind.runEnd);

const endedWindows = ({ tally }: TraceHeader, mode: Mode): number =>
  tally.reduce((sum, [kind, , , count]) => (kind === windowEnd(mode) ? sum + count : sum), 0);

/** From the first event to the last, over all pCPUs. Those without an event have times of 0, which mean nothing. */
function span({ pcpus, places, tally }: TraceHeader): { readonly first: number; readonly last: number } {
  const seen = new Set(tally.map(([, , place]) => places[2 * place]));
  const own = pcpus.filter((_, at) => seen.has(at));
  const times = own.flatMap(({ first, last }) => [first, last]);
  return times.length === 0
    ? { first: 0, last: 0 }
    : { first: times.reduce((a, b) => Math.min(a, b)), last: times.reduce((a, b) => Math.max(a, b)) };
}

function clockUnits(
  header: TraceHeader,
  interval: Exclude<IntervalLength, { kind: "windows" }>,
  file: string,
): number {
  if (interval.kind === "units") return interval.units;
  if (interval.kind === "ratio") {
    const { first, last } = span(header);
    const { numerator, denominator } = interval;
    // Whole units, rounded up: there are as many intervals as the ratio says, or fewer.
    return Number((BigInt(last - first + 1) * numerator + denominator - 1n) / denominator);
  }
  const { unit } = header.clock;
  if (!isSuffix(unit)) {
    throw new TraplineError(
      "usage",
      `--interval ${interval.amount}${interval.suffix} is a time, and the clock of this recording counts ${unit}`,
      { file },
      "Give a number of them, such as 1e6",
    );
  }
  const exact = (interval.amount * picoseconds[interval.suffix]) / picoseconds[unit];
  const units = Math.round(exact);
  // 1.1 us are 1100 ns, also where a product of doubles is a little beside it.
  if (units < 1 || !Number.isSafeInteger(units) || Math.abs(exact - units) > 1e-9 * exact) {
    throw new TraplineError(
      "usage",
      `--interval ${interval.amount}${interval.suffix} is no whole number of ${unit}, which the clock of this recording counts`,
      { file },
    );
  }
  return units;
}
