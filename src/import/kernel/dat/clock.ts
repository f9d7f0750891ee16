import type { Dat } from "./dat.js";
import type { Instance } from "./tables.js";
import { shiftTime } from "./time-shift.js";

/** How one CPU's timestamps become times on the clock that all files of a reading share. */
export type ToAbsolute = (stamp: bigint) => bigint;

/**
 * What trace-cmd's report does with a timestamp: the shift from guest to host, cycles to nanoseconds, and what is
 * added to all. The offset of TSC2NSEC is not: the report does not add it, and it is the same for all files.
 */
export function toAbsolute({ options }: Dat, cpu: number): ToAbsolute {
  const { timeShift, tscToNs, offset } = options;
  return (stamp) => {
    let time = stamp;
    if (timeShift !== undefined) time = shiftTime(time, timeShift, cpu);
    if (tscToNs !== undefined && tscToNs.multiplier !== 0n) {
      time = (time * tscToNs.multiplier) >> (tscToNs.shift & 63n);
    }
    return time + offset;
  };
}

/** Whether timestamps and times differ by one number alone. */
export function isSteady({ options }: Dat): boolean {
  return options.timeShift === undefined && options.tscToNs === undefined;
}

/** Unit of the times of a trace, as `Clock.unit` of a trace's header has it. */
export function unitOf({ options }: Dat, { clock }: Instance): string {
  if (options.tscToNs !== undefined || nanoseconds.has(clock)) return "ns";
  return clock.endsWith("-tsc") || clock.endsWith("-tb") ? "cycles" : "ticks";
}

/** Clocks of the kernel's tracer that count nanoseconds (Documentation/trace/ftrace.rst, trace_clock). */
const nanoseconds: ReadonlySet<string> = new Set([
  "local",
  "global",
  "perf",
  "mono",
  "mono_raw",
  "boot",
  "tai",
  "tsc2nsec",
]);
