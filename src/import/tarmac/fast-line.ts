import { encodingFromOpcode } from "../../registers/encoding.js";
import type { LineClock } from "./clock.js";
import type { ExceptionNames } from "./exception-name.js";
import { hex4 } from "./hex.js";
import type { LineReader } from "./line.js";
import { Op, classify } from "./opcode.js";
import {
  headOf,
  putAccess,
  putException,
  putInstruction,
  putRegister,
  Type,
  type Records,
} from "./records.js";
import { Reading } from "./retire.js";
import { nameOf } from "./state-name.js";
import type { Text } from "./text.js";
import { findNameEnd, findNewline, isSame, isSame8 } from "./words.js";

/**
 * Reads lines of the three shapes that make up nearly all of a Fast Model's log,
 *
 *     123 clk cpu0 IT (123) ffff8000810cca94 d51bd0a0 O EL2h_n : MSR      TPIDR2_EL0,x0
 *     123 clk cpu0 R TPIDR2_EL0 0000000000000000
 *     124 clk cpu0 E 0000000000000000 00000005 CoreEvent_CURRENT_SPx_IRQ
 *
 * with or without `cpuN`, in one pass over the bytes. Any other line is left to `line.ts`, which reads these
 * as well, and the same way.
 */
export interface FastLines {
  readonly records: Records;
  readonly clock: LineClock;
  readonly names: ExceptionNames;
  /** The general way, for what it says of dialects and of the line before. */
  readonly reader: Pick<LineReader, "seen" | "last">;
  /** How many lines were read this way. */
  lines: number;
}

// Text as 32-bit words, first byte lowest.
const wordClk = 0x6b6c6320; // " clk"
const wordCpu = 0x75706320; // " cpu"
const wordIt = 0x28205449; // "IT ("
const wordOE = 0x45204f20; // " O E"
const wordCore = 0x65726f43; // "Core"
/** `L2h_`, of which the level and the letter may differ. */
const wordMode = 0x5f00004c;
const maskMode = 0xff0000ff | 0;

const wordR = 0x2052; // "R "
const zeros = 0x30303030;
const highs = 0x80808080;
/** Makes a byte above 9 one above 127. */
const notDigit = 0x76767676;

const space = 0x20;
const newline = 0x0a;
const carriageReturn = 0x0d;
/** Every number of so many digits is exact. */
const mostDigits = 15;
/** The last so many digits of a time change from line to line; those before seldom do. */
const tailDigits = 4;
const tailUnits = 10_000;
const longestName = 32;
/** More than the longest such line has without its disassembly: nothing is read beyond the buffer. */
const room = 160;

const isDigit = (byte: number): boolean => (byte - 0x30) >>> 0 <= 9;

/** The first place from `at` that is no decimal digit, or is too far from it. */
function skipDecimal(bytes: Uint8Array, at: number): number {
  const end = at + mostDigits;
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

/** The number from `at` to `end`, which are all digits. */
function decimal(bytes: Uint8Array, at: number, end: number): number {
  let number = 0;
  for (; at < end; at++) number = number * 10 + (bytes[at] - 0x30);
  return number;
}

/** A register's line alone, from behind `R `. Returns where the next line begins, 0 if it has another shape. */
function readRegister(records: Records, { bytes, view }: Text, from: number, cpu: number): number {
  const to = findNameEnd(view, from, from + longestName);
  if (to <= from || bytes[to] !== space || bytes[to + 17] !== 0x0a) return 0;
  let sort: number = Op.msr;
  if (to - from <= 3) {
    // X0 to X30; the general way knows what else is as short.
    if (bytes[from] !== 0x58 || !isDigit(bytes[from + 1])) return 0;
    sort = Op.mrs;
  } else if (!isSystemRegister(view, from)) {
    return 0;
  }
  const a = hex4(view, to + 1);
  const b = hex4(view, to + 5);
  const c = hex4(view, to + 9);
  const d = hex4(view, to + 13);
  if ((a | b | c | d) < 0) return 0;
  const name = nameOf(bytes, from, to);
  putRegister(records, cpu, sort, name, Reading.known, (c << 16) | d, (a << 16) | b);
  return to + 18;
}

/** From behind `E `. */
function readException(
  { records, names }: FastLines,
  { bytes, view }: Text,
  at: number,
  to: number,
  cpu: number,
  time: number,
): number {
  const high = hex4(view, at) | hex4(view, at + 4);
  const a = hex4(view, at + 8);
  const b = hex4(view, at + 12);
  if ((high | a | b | hex4(view, at + 17) | hex4(view, at + 21)) < 0) return 0;
  if (bytes[at + 16] !== space || bytes[at + 25] !== space) return 0;
  if (view.getUint32(at + 26, true) !== wordCore) return 0;
  const end = findNewline(view, at + 26, to);
  if (end < 0) return 0;
  const what = names.known(view, at + 26, end);
  if (what === undefined) return 0;
  putException(records, cpu, time, (a << 16) | b, what.cause, what.stays);
  return end + 1;
}

/**
 * Reads lines from `at`. Returns where one begins that has another shape or is too near `to`, or for which the
 * records have no room. A function of the module: V8 folds constants into it that it would look up in a closure.
 */
export function readFastLines(fast: FastLines, text: Text, start: number, to: number): number {
  const { bytes, view } = text;
  const { records, clock, reader } = fast;
  const { words, full, settled } = records;
  const last = to - room;
  let at = start;
  let count = 0;
  let length = records.length;
  /** Of the line at hand: CPU; digits of the time, how many of them were there on the line before, and their value. */
  let cpu = reader.last.cpu;
  let digits = 0;
  let headDigits = 0;
  let head = 0;
  let tail = 0;
  let before = at;
  /** The head of the last line that was read. */
  let doneHead = 0;
  /** The same of the last record; a head of -1 where `records.time` has its time. */
  let recordHead = -1;
  let recordTail = 0;

  while (at < last && length <= full) {
    if (view.getUint32(at + digits, true) !== wordClk) {
      digits = skipDecimal(bytes, at) - at;
      headDigits = 0;
      if (digits < tailDigits || view.getUint32(at + digits, true) !== wordClk) break;
    }
    const timeEnd = at + digits;
    if (headDigits < tailDigits || headDigits > 8 || !isSame8(view, at, before, headDigits)) {
      headDigits = digits - tailDigits;
      if (skipDecimal(bytes, at) !== timeEnd) break;
      head = decimal(bytes, at, at + headDigits);
      before = at;
    }
    let four = view.getUint32(timeEnd - tailDigits, false) - zeros;
    if (((four | (four + notDigit)) & highs) !== 0) break;
    four = (four >>> 8) * 10 + four;
    const nextTail = ((four >>> 16) & 0xff) * 100 + (four & 0xff);

    let kind = timeEnd + 5;
    let on = 0;
    if (view.getUint32(timeEnd + 4, true) === wordCpu) {
      // cpuN of one digit
      on = bytes[timeEnd + 8] - 0x30;
      if (on >>> 0 > 9 || bytes[timeEnd + 9] !== space) break;
      kind = timeEnd + 10;
      reader.seen.cpu = true;
    } else if (bytes[timeEnd + 4] !== space) {
      break;
    }

    if (view.getUint32(kind, true) !== wordIt) {
      if (bytes[kind + 1] !== space) break;
      records.length = length;
      if (recordHead >= 0) records.time = recordHead * tailUnits + recordTail;
      recordHead = -1;
      let next = 0;
      if (bytes[kind] === 0x52) next = readRegister(records, text, kind + 2, on);
      else if (bytes[kind] === 0x45)
        next = readException(fast, text, kind + 2, to, on, head * tailUnits + nextTail);
      length = records.length;
      if (next === 0) break;
      count++;
      at = next;
      cpu = on;
      tail = nextTail;
      doneHead = head;
      continue;
    }

    // Behind the count, which is the time unless instructions and cycles are counted apart.
    let pcAt = kind + 4 + digits;
    if (bytes[pcAt] !== 0x29 || digits < 8 || !isSame(view, at, kind + 4, digits)) {
      pcAt = skipDecimal(bytes, kind + 4);
      if (pcAt === kind + 4 || bytes[pcAt] !== 0x29) break;
    }
    if (bytes[pcAt + 1] !== space || bytes[pcAt + 18] !== space) break;
    const high = hex4(view, pcAt + 2) | hex4(view, pcAt + 6);
    const pcA = hex4(view, pcAt + 10);
    const pcB = hex4(view, pcAt + 14);
    const opA = hex4(view, pcAt + 19);
    const opB = hex4(view, pcAt + 23);
    if ((high | pcA | pcB | opA | opB) < 0 || view.getUint32(pcAt + 27, true) !== wordOE) break;
    const mode = view.getUint32(pcAt + 31, true);
    const level = ((mode >>> 8) & 0xff) - 0x30;
    // EL2h_n; gem5 writes EL2h_ns, which the general way takes note of.
    if ((mode & maskMode) !== wordMode || level >>> 0 > 3 || bytes[pcAt + 36] !== space) break;
    const end = findNewline(view, pcAt + 37, to);
    if (end < 0 || bytes[end - 1] === carriageReturn) break;
    const lead = kind - at;
    const line = at;
    at = end + 1;
    count++;
    cpu = on;
    tail = nextTail;
    doneHead = head;

    const pc = (pcA << 16) | pcB;
    const opcode = (opA << 16) | opB;
    const op = classify(opcode);
    const encoding = encodingFromOpcode(opcode);
    if (op === Op.msr || op === Op.mrs) {
      // Its value is on the next line nearly always: what comes before the kind is the same there.
      const name = at + lead + 2;
      if (at < last && view.getUint16(at + lead, true) === wordR && isSame(view, line, at, lead)) {
        const nameEnd = findNameEnd(view, name, name + longestName);
        const isX = bytes[name] === 0x58 && nameEnd - name <= 3 && isDigit(bytes[name + 1]);
        const fits = op === Op.mrs ? isX : !isX && nameEnd - name >= 5 && isSystemRegister(view, name);
        if (fits && bytes[nameEnd] === space && bytes[nameEnd + 17] === newline) {
          const a = hex4(view, nameEnd + 1);
          const b = hex4(view, nameEnd + 5);
          const c = hex4(view, nameEnd + 9);
          const d = hex4(view, nameEnd + 13);
          if ((a | b | c | d) >= 0) {
            const hi = (a << 16) | b;
            const lo = (c << 16) | d;
            at = nameEnd + 18;
            count++;
            if (head === recordHead) {
              // As putAccess does it, which spares it half of its time.
              const type = op === Op.msr ? Type.write : Type.read;
              words[length] = headOf(type, on, level, encoding);
              words[length + 1] = tail - recordTail;
              words[length + 2] = pc;
              words[length + 3] = lo;
              words[length + 4] = hi;
              length += 5;
              settled[on] = level;
            } else {
              records.length = length;
              if (recordHead >= 0) records.time = recordHead * tailUnits + recordTail;
              putAccess(records, on, head * tailUnits + tail, pc, op === Op.msr, encoding, level, lo, hi);
              length = records.length;
              recordHead = head;
            }
            recordTail = tail;
            continue;
          }
        }
      }
    }
    records.length = length;
    if (recordHead >= 0) records.time = recordHead * tailUnits + recordTail;
    recordHead = -1;
    putInstruction(records, on, head * tailUnits + tail, pc, op, encoding, level);
    length = records.length;
  }
  records.length = length;
  if (recordHead >= 0) records.time = recordHead * tailUnits + recordTail;
  if (count > 0) {
    fast.lines += count;
    reader.last.cpu = cpu;
    reader.last.inMemory = false;
    clock.set(doneHead * tailUnits + tail);
  }
  return at;
}

/** Whether a name of at least four letters is for sure neither a general register's (`lr_EL1h`) nor TLBI. */
function isSystemRegister(view: DataView, at: number): boolean {
  const word = view.getUint32(at, true);
  // A name begins with a letter; in lower case it may be anything, and is left to the general way.
  if (((word & 0xff) - 0x41) >>> 0 > 25) return false;
  return word !== 0x49424c54 && word !== 0x455f524c && word !== 0x455f5046; // TLBI, LR_E, FP_E
}
