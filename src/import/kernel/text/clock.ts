import { isDigit } from "../../tarmac/text.js";
import { readNumber, type Head } from "./head.js";

/** Reads the times of one recording, all of one clock. */
export interface TextClock {
  /** Nanoseconds, or ticks of a clock that has no fraction; NaN for what its first time rules out. */
  read(bytes: Uint8Array, head: Head): number;
  /** `ns`, `ticks`; `ns` before the first time. */
  unit(): string;
  /** Seconds taken off all times. */
  origin(): number;
}

const nanoseconds = 1e9;
/** 2^53 ns are 104 days. A clock that may pass that (a machine that is up for months, the time of day) begins later. */
const mostSeconds = 4_000_000;
/** Lines of different CPUs may come a little out of order. */
const slack = 3600;

export function createTextClock(): TextClock {
  let known = false;
  let isTime = true;
  let origin = 0;
  return {
    read(bytes, { timeFrom, timePoint, timeTo }) {
      const whole = readNumber(bytes, timeFrom, timePoint);
      if (!known) {
        known = true;
        isTime = timePoint < timeTo;
        if (isTime && whole > mostSeconds && Number.isSafeInteger(whole)) origin = whole - slack;
      }
      if (isTime !== timePoint < timeTo) return Number.NaN;
      const time = isTime ? (whole - origin) * nanoseconds + fraction(bytes, timePoint + 1, timeTo) : whole;
      return Number.isSafeInteger(time) && time >= 0 ? time : Number.NaN;
    },
    unit: () => (isTime ? "ns" : "ticks"),
    origin: () => origin,
  };
}

/** Digits behind the point, 6 or 9 of them, as nanoseconds; more than 9 are cut. */
function fraction(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let digit = 0; digit < 9; digit++) {
    const at = from + digit;
    value = 10 * value + (at < to && isDigit(bytes[at]) ? bytes[at] - 0x30 : 0);
  }
  return value;
}
