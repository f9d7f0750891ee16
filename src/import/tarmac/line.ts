import type { LineClock } from "./clock.js";
import { readCounted } from "./counted.js";
import type { ExceptionNames } from "./exception-name.js";
import { instruction, readEsInstruction, readInstruction } from "./instruction.js";
import { found, readHex, readValue } from "./number.js";
import { Op } from "./opcode.js";
import type { PassedOver } from "./passed-over.js";
import {
  packRegister,
  putException,
  putInstruction,
  putPlace,
  putRegister,
  Type,
  type Records,
} from "./records.js";
import { Reading } from "./retire.js";
import { StateName, nameOf } from "./state-name.js";
import { isDigit, isLetter, isSpace, matches, skipHex, skipSpaces, skipToken, toText } from "./text.js";

/** Reads lines in any dialect. */
export interface LineReader {
  /** One line without its end, the `line`th of the text at hand. Returns false if it is not Tarmac. */
  read(bytes: Uint8Array, at: number, end: number, line: number): boolean;
  /** Signs of a dialect that were seen. */
  readonly seen: Seen;
  /** What the line before leaves to this one. */
  readonly last: LastLine;
}

export interface Seen {
  cpu: boolean;
  es: boolean;
  gem5: boolean;
}

export interface LastLine {
  /** Its CPU, for lines that leave it out. */
  cpu: number;
  /** It was a memory access, which may go on under it. */
  inMemory: boolean;
}

/** Kinds that stand at the start of a line, without time or indentation, where a model logs no times. */
const bareKind = /^(?:R|I[TSF]|ES?|EXC|BR|LD|ST|M[RW]\d+X?|CADI)$/;

export function createLineReader(
  records: Records,
  clock: LineClock,
  passedOver: PassedOver,
  exceptionNames: ExceptionNames,
): LineReader {
  const seen: Seen = { cpu: false, es: false, gem5: false };
  const last: LastLine = { cpu: 0, inMemory: false };
  /** The line at hand. */
  const place = { line: 0, at: 0, end: 0 };

  function retire(cpu: number, executed: boolean): boolean {
    const { pc, op, encoding, level, gem5 } = instruction;
    if (gem5) seen.gem5 = true;
    const done = executed && instruction.executed;
    putInstruction(records, cpu, clock.now(), pc, done ? op : Op.other, encoding, level);
    return true;
  }

  /** `NAME [<hi:lo>] [(variant)] value`, from behind `R`. */
  function register(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    const from = skipSpaces(bytes, at, end);
    let to = from;
    while (to < end && !isSpace(bytes[to]) && bytes[to] !== 0x3c && bytes[to] !== 0x28) to++;
    if (to === from || !isLetter(bytes[from])) return false;
    at = skipSpaces(bytes, to, end);
    const partial = bytes[at] === 0x3c;
    if (partial) at = skipSpaces(bytes, skipToken(bytes, at, end), end);
    if (bytes[at] === 0x28) at = skipSpaces(bytes, skipToken(bytes, at, end), end);
    if (at >= end) return false;
    const sort = sortOf(bytes, from, to);
    if (sort === Op.other) return true;
    const name = partial ? StateName.none : nameOf(bytes, from, to);
    if (readValue(bytes, at, end)) {
      const reading = found.known && !partial ? Reading.known : Reading.unknown;
      putRegister(records, cpu, sort, name, reading, found.lo, found.hi);
    } else {
      const detail = packRegister(sort, Reading.none, name);
      putPlace(records, Type.unread, cpu, detail, place.line, place.at, place.end);
    }
    return true;
  }

  /** `pc[:phys] extra [id] CoreEvent_NAME`, from behind `E`. */
  function exception(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    at = skipSpaces(bytes, at, end);
    if (matches(bytes, at, end, "DebugEvent")) {
      passedOver.count("E DebugEvent");
      return true;
    }
    if (readHex(bytes, at, end) === at) return false;
    const pc = found.lo;
    while (at < end && !matches(bytes, at, end, "CoreEvent_"))
      at = skipSpaces(bytes, skipToken(bytes, at, end), end);
    return at < end && took(cpu, pc, toText(bytes, at, end));
  }

  function took(cpu: number, pc: number, name: string): boolean {
    const what = exceptionNames.of(name);
    if (what === undefined) passedOver.count("reset");
    else putException(records, cpu, clock.now(), pc, what.cause, what.stays);
    return true;
  }

  /** What a line says behind its time and CPU. */
  function content(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    const to = skipToken(bytes, at, end);
    const first = bytes[at];
    const second = to - at === 2 ? bytes[at + 1] : 0;
    if (to - at === 1) {
      if (first === 0x52) return register(cpu, bytes, to, end); // R
      if (first === 0x45) return exception(cpu, bytes, to, end); // E
    } else if (first === 0x49 && (second === 0x54 || second === 0x46 || second === 0x53)) {
      // IT, IF: executed; IS: its condition failed
      return readInstruction(bytes, to, end) && retire(cpu, second !== 0x53);
    } else if (first === 0x45 && second === 0x53) {
      // ES
      seen.es = true;
      const next = skipSpaces(bytes, to, end);
      if (isLetter(bytes[next])) return took(cpu, -1, toText(bytes, next, end));
      return readEsInstruction(bytes, to, end) && retire(cpu, true);
    } else if (to - at === 3 && matches(bytes, at, to, "EXC")) {
      return took(cpu, -1, toText(bytes, to, end));
    } else if (to - at === 6 && matches(bytes, at, to, "SIGNAL") && readCounted(passedOver, bytes, to, end)) {
      return true;
    }
    return other(bytes, at, to);
  }

  /** Memory (MR4, MW8X, LD, ST), branches, caches, translations, signals. */
  function other(bytes: Uint8Array, at: number, to: number): boolean {
    if (bytes[at] < 0x41 || bytes[at] > 0x5a) return false;
    for (let each = at; each < to; each++) {
      const byte = bytes[each];
      if (!isLetter(byte) && !isDigit(byte) && byte !== 0x5f && !(byte === 0x3a && each === to - 1))
        return false;
    }
    last.inMemory = to - at === 2 && (matches(bytes, at, to, "LD") || matches(bytes, at, to, "ST"));
    passedOver.line(bytes, at, to);
    return true;
  }

  return {
    seen,
    last,
    read(bytes, at, end, line) {
      place.line = line;
      place.at = at;
      place.end = end;
      if (end > at && bytes[end - 1] === 0x0d) end--;
      const start = at;
      at = skipSpaces(bytes, at, end);
      if (at === end) return true;
      const continues = last.inMemory && at > start;
      last.inMemory = false;
      let timed = false;
      if (isDigit(bytes[at])) {
        const from = at;
        at = clock.read(bytes, at, end);
        timed = at >= 0;
        if (!timed) {
          // A second line of LD or ST: an address under the address above.
          at = from;
          if (!continues) return false;
        } else {
          at = skipSpaces(bytes, at, end);
        }
      }
      if (continues && !timed && skipHex(bytes, at, end) - at >= 8) {
        last.inMemory = true;
        return true;
      }
      let cpu = timed ? 0 : last.cpu;
      if (matches(bytes, at, end, "cpu") && isDigit(bytes[at + 3])) {
        seen.cpu = true;
        cpu = 0;
        for (at += 3; at < end && isDigit(bytes[at]); at++) cpu = cpu * 10 + bytes[at] - 0x30;
        if (cpu > 0xffff) return false;
        at = skipSpaces(bytes, at, end);
      }
      if (at >= end) return false;
      if (!timed && at === start) {
        if (matches(bytes, at, end, "Tarmac Text")) {
          passedOver.count("header");
          return true;
        }
        if (!bareKind.test(toText(bytes, at, Math.min(skipToken(bytes, at, end), at + 8)))) return false;
      }
      last.cpu = cpu;
      return content(cpu, bytes, at, end);
    },
  };
}

/** What sort of instruction a register's line follows: an MRS loads X5, w5, gem5's r5 or lr_EL1h; an MSR the rest. */
function sortOf(bytes: Uint8Array, from: number, to: number): number {
  const first = bytes[from] | 0x20;
  // V5, Q0 and P3 are neither; S3_0_C10_C2_3 is a system register without a name.
  if (to - from <= 3 && isDigit(bytes[from + 1]))
    return first === 0x78 || first === 0x77 || first === 0x72 ? Op.mrs : Op.other;
  if (matches(bytes, from, to, "lr_el") || matches(bytes, from, to, "fp_el")) return Op.mrs;
  // Operations, not registers: DC, IC, AT, TLBI.
  if (to - from === 2 || matches(bytes, from, to, "tlbi")) return Op.other;
  return Op.msr;
}
