import { isDigit, isLetter, skipSpaces, toText } from "./text.js";

/** In their order they go from thread to thread as numbers. */
export const units: readonly string[] = ["clk", "cs", "cyc", "tic", "ns", "ps", "us"];

/** The time of the line at hand. */
export interface LineClock {
  /** As the text calls it, `""` before the first time. */
  readonly unit: () => string;
  /** In whole units; nanoseconds where the text has microseconds, which come with a fraction. */
  readonly now: () => number;
  set(time: number): void;
  /** A time at `at`: `12 clk`, `12ns`, `1.25 us`. Returns where it ends, -1 if this is none. */
  read(bytes: Uint8Array, at: number, end: number): number;
}

/** @param unit - Where it is known already; otherwise the first time tells it. */
export function createLineClock(unit = ""): LineClock {
  // Numbers beyond 31 bits in a closure's variable are allocated anew at each change; here they are not.
  const time = new Float64Array(1);

  function isUnit(bytes: Uint8Array, from: number, to: number): boolean {
    if (unit === "") {
      const text = toText(bytes, from, to);
      if (units.includes(text)) unit = text;
      return unit !== "";
    }
    if (to - from !== unit.length) return false;
    for (let at = from; at < to; at++) if (bytes[at] !== unit.charCodeAt(at - from)) return false;
    return true;
  }

  return {
    unit: () => unit,
    now: () => time[0],
    set(now) {
      time[0] = now;
    },
    read(bytes, at, end) {
      let whole = 0;
      let thousandths = 0;
      for (; at < end && isDigit(bytes[at]); at++) whole = whole * 10 + bytes[at] - 0x30;
      if (at < end && bytes[at] === 0x2e) {
        at++;
        for (let scale = 100; at < end && isDigit(bytes[at]); at++, scale = Math.floor(scale / 10)) {
          thousandths += (bytes[at] - 0x30) * scale;
        }
      }
      at = skipSpaces(bytes, at, end);
      const from = at;
      while (at < end && isLetter(bytes[at])) at++;
      if (!isUnit(bytes, from, at)) return -1;
      const now = unit === "us" ? 1000 * whole + thousandths : whole;
      if (now > Number.MAX_SAFE_INTEGER) return -1;
      time[0] = now;
      return at;
    },
  };
}
