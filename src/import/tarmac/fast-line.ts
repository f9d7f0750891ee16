import { encodingFromOpcode } from "../../registers/encoding.js";
import { Op, classify } from "./opcode.js";
import type { Retirement } from "./retire.js";
import { hexDigit } from "./text.js";

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

/** Every number of so many digits is exact. */
const mostDigits = 15;
const longestName = 32;
/** More than the longest such line without its disassembly: nothing is read beyond the buffer. */
const room = 128;

export function createFastLine(retirement: Retirement, seen: { cpu: boolean }): FastLine {
  function instruction(bytes: Uint8Array, from: number, to: number, cpu: number, time: number): number {
    // "(123) ", from behind the parenthesis.
    let at = from;
    while ((bytes[at] - 0x30) >>> 0 <= 9 && at - from < mostDigits) at++;
    if (at === from || bytes[at] !== 0x29 || bytes[at + 1] !== space) return 0;
    at += 2;
    let pc = 0;
    let all = 0;
    for (const end = at + 16; at < end; at++) {
      const digit = hexDigit[bytes[at]];
      all |= digit;
      pc = (pc << 4) | digit;
    }
    if (bytes[at++] !== space) return 0;
    let opcode = 0;
    for (const end = at + 8; at < end; at++) {
      const digit = hexDigit[bytes[at]];
      all |= digit;
      opcode = (opcode << 4) | digit;
    }
    const level = bytes[at + 5] - 0x30;
    if (
      all > 15 ||
      bytes[at] !== space ||
      bytes[at + 1] !== 0x4f || // O
      bytes[at + 2] !== space ||
      bytes[at + 3] !== 0x45 || // E
      bytes[at + 4] !== 0x4c || // L
      level >>> 0 > 3 ||
      // EL2h_n; gem5 writes EL2h_ns, which the general way takes note of.
      bytes[at + 7] !== 0x5f ||
      bytes[at + 9] !== space
    ) {
      return 0;
    }
    at += 10;
    while (at < to && bytes[at] !== newline) at++;
    if (at === to || bytes[at - 1] === carriageReturn) return 0;
    retirement.instruction(cpu, time, pc, classify(opcode), encodingFromOpcode(opcode), level);
    return at + 1;
  }

  function register(bytes: Uint8Array, from: number, cpu: number): number {
    let at = from;
    while (bytes[at] > space && bytes[at] !== 0x3c && at - from < longestName) at++; // <
    if (bytes[at] !== space) return 0;
    // X0 to X30; every other name is a system register's, or is left to the general way.
    const isX = bytes[from] === 0x58 && at - from <= 3;
    const waiting = retirement.waiting(cpu);
    if (isX ? waiting === Op.msr : waiting !== Op.msr) return 0;
    if (!isX && at - from < 5) return 0;
    at++;
    let hi = 0;
    let lo = 0;
    let all = 0;
    for (const end = at + 8; at < end; at++) {
      const digit = hexDigit[bytes[at]];
      all |= digit;
      hi = (hi << 4) | digit;
    }
    for (const end = at + 8; at < end; at++) {
      const digit = hexDigit[bytes[at]];
      all |= digit;
      lo = (lo << 4) | digit;
    }
    if (all > 15 || bytes[at] !== newline) return 0;
    if (waiting !== 0) retirement.value(cpu, true, lo, hi);
    return at + 1;
  }

  return (bytes, start, to) => {
    if (to - start < room) return 0;
    let at = start;
    let time = 0;
    for (const end = start + mostDigits; at < end; at++) {
      const digit = bytes[at] - 0x30;
      if (digit >>> 0 > 9) break;
      time = time * 10 + digit;
    }
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
    return instruction(bytes, at + 4, to, cpu, time); // IT (
  };
}
