import { encodingFromOpcode } from "../../registers/encoding.js";
import { Op, classify } from "./opcode.js";
import type { Retirement } from "./retire.js";
import { hexDigit, isDigit, isLetter } from "./text.js";

/**
 * Reads lines of the two shapes that make up nearly all of a Fast Model's log,
 *
 *     123 clk cpu0 IT (123) ffff8000810cca94 d51bd0a0 O EL2h_n : MSR      TPIDR2_EL0,x0
 *     123 clk cpu0 R TPIDR2_EL0 0000000000000000
 *
 * with or without `cpuN`, in one pass over the bytes. Any other line is left to `line.ts`, which reads these two
 * as well, and the same way.
 * @returns where the next line begins, 0 if this line has another shape or does not end before `to`
 */
export type FastLine = (bytes: Uint8Array, at: number, to: number) => number;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Letters, digits and `_`. */
const isNamePart = new Uint8Array(256);
for (let byte = 0; byte < 128; byte++) {
  if (isLetter(byte) || isDigit(byte) || byte === 0x5f) isNamePart[byte] = 1;
}

/** Every number of so many digits is exact. */
const mostDigits = 15;
const longestName = 32;
/** So many digits fit 31 bits: V8 adds them up without floating point. */
const smallDigits = 9;
/** More than the longest such line without its disassembly: nothing is read beyond the buffer. */
const room = 128;

/** The digits of the last `hex8` that were none made this larger than 15. */
let digits = 0;

/** Eight hexadecimal digits. Written out because a loop takes twice the time, and this is most of the work. */
function hex8(bytes: Uint8Array, at: number): number {
  const a = hexDigit[bytes[at]];
  const b = hexDigit[bytes[at + 1]];
  const c = hexDigit[bytes[at + 2]];
  const d = hexDigit[bytes[at + 3]];
  const e = hexDigit[bytes[at + 4]];
  const f = hexDigit[bytes[at + 5]];
  const g = hexDigit[bytes[at + 6]];
  const h = hexDigit[bytes[at + 7]];
  digits = a | b | c | d | e | f | g | h;
  return (a << 28) | (b << 24) | (c << 20) | (d << 16) | (e << 12) | (f << 8) | (g << 4) | h;
}

/** The number from `at` to `end`, which are all digits. */
function decimal(bytes: Uint8Array, at: number, end: number): number {
  let small = 0;
  const middle = Math.min(end, at + smallDigits);
  for (; at < middle; at++) small = (small * 10 + bytes[at] - 0x30) | 0;
  if (at === end) return small;
  let number = small;
  for (; at < end; at++) number = number * 10 + (bytes[at] - 0x30);
  return number;
}

/** The first place from `at` that is no decimal digit, or is too far from it. */
function skipDecimal(bytes: Uint8Array, at: number): number {
  const end = at + mostDigits;
  while (at < end && (bytes[at] - 0x30) >>> 0 <= 9) at++;
  return at;
}

export function createFastLine(retirement: Retirement, seen: { cpu: boolean }): FastLine {
  /** From behind `IT (`; the time stands from `start` to `timeEnd`. */
  function instruction(
    bytes: Uint8Array,
    from: number,
    to: number,
    cpu: number,
    start: number,
    timeEnd: number,
  ): number {
    let at = skipDecimal(bytes, from);
    if (at === from || bytes[at] !== 0x29 || bytes[at + 1] !== space) return 0;
    hex8(bytes, at + 2);
    let all = digits;
    const pc = hex8(bytes, at + 10);
    all |= digits;
    const opcode = hex8(bytes, at + 19);
    all |= digits;
    if (all > 15 || bytes[at + 18] !== space || bytes[at + 27] !== space) return 0;
    at += 28;
    const level = bytes[at + 4] - 0x30;
    if (
      bytes[at] !== 0x4f || // O
      bytes[at + 1] !== space ||
      bytes[at + 2] !== 0x45 || // E
      bytes[at + 3] !== 0x4c || // L
      level >>> 0 > 3 ||
      // EL2h_n; gem5 writes EL2h_ns, which the general way takes note of.
      bytes[at + 6] !== 0x5f ||
      bytes[at + 8] !== space
    ) {
      return 0;
    }
    at += 9;
    while (at < to && bytes[at] !== newline) at++;
    if (at === to || bytes[at - 1] === carriageReturn) return 0;
    const time = decimal(bytes, start, timeEnd);
    retirement.instruction(cpu, time, pc, classify(opcode), encodingFromOpcode(opcode), level);
    return at + 1;
  }

  /** From behind `R `. */
  function register(bytes: Uint8Array, from: number, cpu: number): number {
    let at = from;
    const end = from + longestName;
    while (at < end && isNamePart[bytes[at]] === 1) at++;
    if (bytes[at] !== space || !isLetter(bytes[from])) return 0;
    // X0 to X30; every other name is a system register's, or is left to the general way.
    const isX = bytes[from] === 0x58 && isDigit(bytes[from + 1]) && at - from <= 3;
    const waiting = retirement.waiting(cpu);
    if (isX ? waiting === Op.msr : waiting !== Op.msr || at - from < 5) return 0;
    const hi = hex8(bytes, at + 1);
    let all = digits;
    const lo = hex8(bytes, at + 9);
    all |= digits;
    if (all > 15 || bytes[at + 17] !== newline) return 0;
    if (waiting !== 0) retirement.value(cpu, true, lo, hi);
    return at + 18;
  }

  return (bytes, start, to) => {
    if (to - start < room) return 0;
    const timeEnd = skipDecimal(bytes, start);
    let at = timeEnd;
    if (
      at === start ||
      bytes[at] !== space ||
      bytes[at + 1] !== 0x63 || // clk
      bytes[at + 2] !== 0x6c ||
      bytes[at + 3] !== 0x6b ||
      bytes[at + 4] !== space
    ) {
      return 0;
    }
    at += 5;
    let cpu = 0;
    if (bytes[at] === 0x63 && bytes[at + 1] === 0x70 && bytes[at + 2] === 0x75) {
      // cpuN of one digit
      cpu = bytes[at + 3] - 0x30;
      if (cpu >>> 0 > 9 || bytes[at + 4] !== space) return 0;
      at += 5;
      seen.cpu = true;
    }
    const kind = bytes[at];
    if (kind === 0x52 && bytes[at + 1] === space) return register(bytes, at + 2, cpu); // R
    if (kind !== 0x49 || bytes[at + 1] !== 0x54 || bytes[at + 2] !== space || bytes[at + 3] !== 0x28)
      return 0;
    return instruction(bytes, at + 4, to, cpu, start, timeEnd); // IT (
  };
}
