import type { Cursor } from "./cursor.js";

/** A TIME_SHIFT option: how a guest's times become those of the host that it was recorded with. */
export interface TimeShift {
  /** The TRACEID of the host's file. */
  readonly peer: bigint;
  readonly interpolate: boolean;
  /** By the guest's CPU, each in the order of time, no two at the same. */
  readonly cpus: readonly (readonly Correction[])[];
}

/** From `time` on the host's clock is at `(time * scaling >> fraction) + offset`. */
export interface Correction {
  readonly time: bigint;
  readonly offset: bigint;
  readonly scaling: bigint;
  readonly fraction: bigint;
}

/** TRACECMD_TSYNC_FLAG_INTERPOLATE of trace-cmd: offsets change evenly from one correction to the next. */
const interpolateFlag = 1;
const bytesOfCorrection = 24;

/**
 * trace-cmd.dat.v7(5), "TIME_SHIFT". The numbers of fraction bits, which the page does not mention, follow the last
 * CPU where trace-cmd wrote them; without them scalings are whole numbers.
 */
export function readTimeShift(data: Cursor): TimeShift {
  const peer = data.bigint();
  const interpolate = (data.u32() & interpolateFlag) !== 0;
  const count = data.u32();
  if (count * 4 > data.left()) throw data.damaged(`${count} CPUs in ${data.left()} bytes`);
  const columns = Array.from({ length: count }, () => readColumns(data));
  const fractions = data.left() > 0;
  const cpus = columns.map(({ times, offsets, scalings }) => {
    const bits = fractions ? list(data, times.length) : times.map(() => 0n);
    const all = times.map((time, at): Correction => {
      return { time, offset: BigInt.asIntN(64, offsets[at]), scaling: scalings[at], fraction: bits[at] };
    });
    all.sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
    return all.filter(({ time }, at) => at === 0 || time !== all[at - 1].time);
  });
  return { peer, interpolate, cpus };
}

interface Columns {
  readonly times: readonly bigint[];
  readonly offsets: readonly bigint[];
  readonly scalings: readonly bigint[];
}

function readColumns(data: Cursor): Columns {
  const count = data.u32();
  if (count * bytesOfCorrection > data.left())
    throw data.damaged(`${count} corrections in ${data.left()} bytes`);
  return { times: list(data, count), offsets: list(data, count), scalings: list(data, count) };
}

function list(data: Cursor, count: number): bigint[] {
  return Array.from({ length: count }, () => data.bigint());
}

/** The host's time for a time of one of the guest's CPUs. */
export function shiftTime(time: bigint, shift: TimeShift, cpu: number): bigint {
  const corrections = shift.cpus[cpu] ?? [];
  // A single measurement says how far the clocks are apart, not how their speeds differ.
  if (corrections.length < 2) return time + (corrections[0]?.offset ?? 0n);
  let at = 0;
  for (let high = corrections.length - 1; at + 1 < high;) {
    const middle = (at + high) >> 1;
    if (corrections[middle].time <= time) at = middle;
    else high = middle;
  }
  const [from, to] = [corrections[at], corrections[at + 1]];
  const scaled = (time * from.scaling) >> from.fraction;
  return scaled + offsetAt(time, from, to, shift.interpolate);
}

function offsetAt(time: bigint, from: Correction, to: Correction, interpolate: boolean): bigint {
  if (!interpolate) return from.offset;
  const span = to.time - from.time;
  return from.offset + ((time - from.time) * (to.offset - from.offset) + span / 2n) / span;
}
