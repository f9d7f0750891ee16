import { TraplineError } from "../../errors.js";
import { encodingFromOpcode } from "../../registers/encoding.js";
import type { ExceptionCause, World } from "../machine/world.js";
import { disassembled } from "./disassembly.js";
import { Op, classify } from "./opcode.js";
import { hexDigit, isDigit, isSpace, matches, skipSpaces, skipToken, toText } from "./text.js";

/** What a reading of lines found out beside the events. */
export interface TarmacSummary {
  readonly dialect: string;
  readonly unit: string;
  readonly lines: number;
  readonly bytes: number;
  readonly passedOver: Readonly<Record<string, number>>;
  readonly malformed: number;
  /** Instructions that touch no system register: none means that the recorder left things out. */
  readonly ordinary: number;
  readonly values: boolean;
}

export interface TarmacOptions {
  /** File name for messages. */
  readonly name: string;
  readonly onError: "fail" | "skip";
}

export interface TarmacScanner {
  /** The next bytes of the text; lines may be cut anywhere. */
  feed(chunk: Uint8Array): void;
  finish(): TarmacSummary;
}

/** An MSR or MRS whose value the next register line gives. */
interface Pending {
  kind: number; // Op.msr, Op.mrs, or 0 for none
  time: number;
  encoding: number;
  el: number;
  pc: number;
  /** An exception whose state the next register lines give. */
  exception: boolean;
  cause: ExceptionCause;
  exceptionTime: number;
  exceptionPc: number;
  hasSyndrome: boolean;
  lo: number;
  hi: number;
  /** The exception level of the last instruction seen. */
  level: number;
}

const newPending = (): Pending => ({
  kind: 0,
  time: 0,
  encoding: 0,
  el: 0,
  pc: 0,
  exception: false,
  cause: "sync",
  exceptionTime: 0,
  exceptionPc: 0,
  hasSyndrome: false,
  lo: 0,
  hi: 0,
  level: 1,
});

/** All ones is no A64 instruction. */
const noOpcode = -1;

/** Longest line accepted; the longest in real logs, a vector register's, have a few hundred bytes. */
const longestLine = 1 << 16;

/** Registers whose state at the start of a recording tells who runs, by their encodings. */
const initialState = { HCR_EL2: 0xe088, VTTBR_EL2: 0xe108, VMPIDR_EL2: 0xe005 } as const;

const CHAR = { I: 0x49, R: 0x52, E: 0x45, S: 0x53, T: 0x54, F: 0x46, colon: 0x3a, open: 0x28, close: 0x29 };
const newline = 0x0a;

/**
 * Reads Tarmac text in the dialects of Fast Models (with and without `cpuN`), of the Cycle Models and their ES
 * lines, and of gem5, line by line from bytes, and tells a `World` what retired. Lines of other kinds are
 * counted. Shapes: the Tarmac reference of Fast Models, tarmac-trace-utilities' parser, gem5's tarmac_record.cc.
 */
export function createTarmacScanner(world: World, options: TarmacOptions): TarmacScanner {
  const pendings: Pending[] = [];
  const passedOver = new Map<string, number>();
  let lines = 0;
  let lineStart = 0; // byte offset of the chunk at hand
  let malformedCount = 0;
  let ordinary = 0;
  let valuesSeen = false;
  let unit = "";
  let sawCpu = false;
  let sawEs = false;
  let sawLower = false;
  let carried: Uint8Array | undefined;

  // Results of the readings below, so that nothing is made for each line. Halves of values are kept as signed
  // 32-bit numbers: V8 holds those without a heap object, and shifts and Uint32Array do not tell the difference.
  const clock = new Float64Array(1);
  let lo = 0;
  let hi = 0;
  let known = false;

  const pendingOf = (cpu: number): Pending => (pendings[cpu] ??= newPending());
  const pass = (kind: string): void => void passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);

  /** Hexadecimal digits from `at`; sets `lo`, `hi`, `known`. Returns where they end, or -1 for none. */
  function hex(bytes: Uint8Array, at: number, end: number): number {
    const from = at;
    let low = 0;
    let high = 0;
    for (; at < end; at++) {
      const digit = hexDigit[bytes[at]];
      if (digit === 255) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    lo = low;
    hi = high;
    return at === from ? -1 : at;
  }

  /** A register's value: digits with `_` between, or `-` and `x` where bits are unknown. */
  function value(bytes: Uint8Array, at: number, end: number): boolean {
    let all = true;
    let low = 0;
    let high = 0;
    if (bytes[at] === 0x30 && (bytes[at + 1] | 0x20) === 0x78) at += 2; // 0x
    const from = at;
    for (; at < end; at++) {
      const byte = bytes[at];
      const digit = hexDigit[byte];
      if (digit !== 255) {
        high = (high << 4) | (low >>> 28);
        low = (low << 4) | digit;
      } else if (byte === 0x2d || byte === 0x78 || byte === 0x58) all = false;
      else if (byte !== 0x5f) break;
    }
    lo = low;
    hi = high;
    known = all;
    return at > from && (at === end || isSpace(bytes[at]));
  }

  /** The time at the start of a line; sets `clock`. Returns where it ends, or -1. */
  function timestamp(bytes: Uint8Array, at: number, end: number): number {
    let number = 0;
    for (; at < end && isDigit(bytes[at]); at++) number = number * 10 + bytes[at] - 0x30;
    if (at < end && bytes[at] === 0x2e) {
      let scale = 1;
      for (at++; at < end && isDigit(bytes[at]); at++) number += (bytes[at] - 0x30) * (scale /= 10);
    }
    if (number > Number.MAX_SAFE_INTEGER) return -1;
    at = skipSpaces(bytes, at, end);
    const from = at;
    while (at < end && (bytes[at] | 0x20) >= 0x61 && (bytes[at] | 0x20) <= 0x7a) at++;
    if (unit === "") {
      const text = toText(bytes, from, at);
      if (!["clk", "cs", "cyc", "tic", "ns", "ps", "us"].includes(text)) return -1;
      unit = text;
    } else if (at - from !== unit.length || bytes[from] !== unit.charCodeAt(0)) return -1;
    clock[0] = number;
    return at;
  }

  /** The pending access of a CPU retired without a value of its own in the log. */
  function flush(cpu: number, pending: Pending): void {
    if (pending.kind !== 0) {
      const { kind, encoding, el, pc } = pending;
      pending.kind = 0;
      world.access(cpu, pending.time, kind === Op.msr, encoding, el, pc, false, 0, 0);
    }
    if (pending.exception) endException(cpu, pending, -1, 2);
  }

  function endException(cpu: number, pending: Pending, mode: number, target: number): void {
    pending.exception = false;
    pending.level = target;
    const { exceptionTime, cause, hasSyndrome } = pending;
    world.exception(cpu, exceptionTime, target, cause, hasSyndrome, pending.lo, pending.hi, mode);
  }

  /** `IT (n) pc[:phys] opcode O mode : text`, from behind the kind. */
  function instruction(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    at = skipSpaces(bytes, at, end);
    if (bytes[at] === CHAR.open) {
      while (at < end && bytes[at] !== CHAR.close) at++;
      at = skipSpaces(bytes, at + 1, end);
    }
    at = hex(bytes, at, end);
    if (at < 0) return false;
    const pc = lo;
    if (bytes[at] === CHAR.colon) at = skipToken(bytes, at, end);
    at = skipSpaces(bytes, at, end);
    const digits = at;
    at = hex(bytes, at, end);
    const opcode = at - digits === 8 ? lo : noOpcode;
    if (at < 0) at = skipToken(bytes, digits, end);
    return retire(cpu, bytes, at, end, pc, opcode);
  }

  /** `ES (pc:opcode) O mode: text`, from behind the kind. */
  function esInstruction(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    sawEs = true;
    at = skipSpaces(bytes, at, end);
    if (matches(bytes, at, end, "EXC")) return esException(cpu, bytes, at + 3, end);
    if (bytes[at] !== CHAR.open) return false;
    at = hex(bytes, at + 1, end);
    if (at < 0 || bytes[at] !== CHAR.colon) return false;
    const pc = lo;
    const digits = at + 1;
    at = hex(bytes, digits, end);
    const opcode = at - digits === 8 ? lo : noOpcode;
    if (at < 0) at = digits;
    while (at < end && bytes[at] !== CHAR.close) at++;
    return at < end && retire(cpu, bytes, at + 1, end, pc, opcode);
  }

  /** What comes behind the opcode, and the instruction's effect. */
  function retire(
    cpu: number,
    bytes: Uint8Array,
    at: number,
    end: number,
    pc: number,
    opcode: number,
  ): boolean {
    const pending = pendingOf(cpu);
    flush(cpu, pending);
    // `O EL2h_n :`, lower case in ES and gem5 lines; models without a mode leave it out.
    at = skipSpaces(bytes, at, end);
    at = skipSpaces(bytes, at + 1, end);
    let el = pending.level;
    if (at + 2 < end && (bytes[at] | 0x20) === 0x65 && (bytes[at + 1] | 0x20) === 0x6c) {
      el = bytes[at + 2] - 0x30;
      if (bytes[at] !== CHAR.E) sawLower = true;
      if (el < 0 || el > 3) return false;
      if (el !== pending.level) {
        pending.level = el;
        world.level(cpu, clock[0], el);
      }
    }
    let op: number = Op.other;
    let encoding = 0;
    if (opcode !== noOpcode) {
      op = classify(opcode);
      encoding = encodingFromOpcode(opcode);
    } else {
      const text = disassembled(bytes, at, end);
      if (text !== undefined) ({ op, encoding } = text);
    }
    switch (op) {
      case Op.msr:
      case Op.mrs:
        pending.kind = op;
        pending.time = clock[0];
        pending.encoding = encoding;
        pending.el = el;
        pending.pc = pc;
        break;
      case Op.eret:
        world.eret(cpu, clock[0], el);
        break;
      case Op.system:
        pass("system instruction");
        break;
      default:
        ordinary++;
    }
    return true;
  }

  /** `R NAME [(variant)] value`, from behind the kind. */
  function register(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    const from = skipSpaces(bytes, at, end);
    let to = from;
    while (to < end && !isSpace(bytes[to]) && bytes[to] !== 0x3c) to++;
    if (to === from) return false;
    at = to;
    if (bytes[at] === 0x3c) at = skipToken(bytes, at, end); // <hi:lo>
    at = skipSpaces(bytes, at, end);
    if (bytes[at] === CHAR.open) at = skipSpaces(bytes, skipToken(bytes, at, end), end);
    const pending = pendingOf(cpu);
    const first = bytes[from] | 0x20;
    // X5, w5, gem5's r5, and V5.
    const general = first >= 0x72 && isDigit(bytes[from + 1]);
    if (pending.kind !== 0) {
      // An MSR is followed by the system register that it wrote, an MRS by the register that it loaded.
      if (general !== (pending.kind === Op.mrs)) return at < end;
      if (!value(bytes, at, end)) return false;
      const { kind, encoding, el, pc } = pending;
      pending.kind = 0;
      if (known) valuesSeen = true;
      else lo = hi = 0;
      world.access(cpu, pending.time, kind === Op.msr, encoding, el, pc, known, lo, hi);
      return true;
    }
    // Results of ordinary instructions are most of a full log.
    if (general) return at < end;
    if (pending.exception) return exceptionState(cpu, pending, bytes, from, to, at, end);
    for (const [name, encoding] of Object.entries(initialState)) {
      if (to - from !== name.length || !matches(bytes, from, to, name)) continue;
      if (!value(bytes, at, end)) return false;
      if (known) world.state(cpu, encoding, lo, hi);
    }
    return at < end;
  }

  /** ESR_ELx and SPSR_ELx behind an exception; SPSR_ELx ends it and tells where it went. */
  function exceptionState(
    cpu: number,
    pending: Pending,
    bytes: Uint8Array,
    from: number,
    to: number,
    at: number,
    end: number,
  ): boolean {
    const target = bytes[to - 1] - 0x30;
    if (matches(bytes, from, to, "ESR_EL")) {
      if (!value(bytes, at, end)) return false;
      pending.hasSyndrome = known;
      pending.lo = lo;
      pending.hi = hi;
    } else if (matches(bytes, from, to, "SPSR_EL") && target >= 1 && target <= 3) {
      if (!value(bytes, at, end)) return false;
      endException(cpu, pending, known ? lo & 0xf : -1, target);
    }
    return at < end;
  }

  /** `E pc[:phys] extra [id] CoreEvent_NAME`, from behind the kind. */
  function exception(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    at = skipSpaces(bytes, at, end);
    if (matches(bytes, at, end, "DebugEvent")) {
      pass("E DebugEvent");
      return true;
    }
    at = hex(bytes, at, end);
    if (at < 0) return false;
    const pc = lo;
    while (at < end && !matches(bytes, at, end, "CoreEvent_")) at++;
    if (at >= end) return false;
    return takeException(cpu, pc, true, toText(bytes, at + 10, end));
  }

  function esException(cpu: number, bytes: Uint8Array, at: number, end: number): boolean {
    return takeException(cpu, 0, false, toText(bytes, at, end));
  }

  function takeException(cpu: number, pc: number, hasPc: boolean, name: string): boolean {
    const pending = pendingOf(cpu);
    if (/reset/i.test(name)) {
      pass("reset");
      return true;
    }
    // An MSR that trapped: the log shows it, and the exception at its address shows that it did not retire.
    if (pending.kind !== 0 && (!hasPc || pc === pending.pc)) pending.kind = 0;
    flush(cpu, pending);
    pending.exception = true;
    pending.exceptionTime = clock[0];
    pending.exceptionPc = pc;
    pending.hasSyndrome = false;
    pending.cause = /irq/i.test(name)
      ? "irq"
      : /fiq/i.test(name)
        ? "fiq"
        : /serror|system error/i.test(name)
          ? "serror"
          : "sync";
    return true;
  }

  /** One line without its end. Returns false if it is not Tarmac. */
  function line(bytes: Uint8Array, at: number, end: number): boolean {
    if (end > at && bytes[end - 1] === 0x0d) end--;
    if (at === end) return true;
    if (isDigit(bytes[at])) {
      at = timestamp(bytes, at, end);
      if (at < 0) return false;
    } else if (!isSpace(bytes[at])) {
      if (!matches(bytes, at, end, "Tarmac Text")) return false;
      pass("header");
      return true;
    }
    at = skipSpaces(bytes, at, end);
    let cpu = 0;
    if (bytes[at] === 0x63 && matches(bytes, at, end, "cpu") && isDigit(bytes[at + 3])) {
      sawCpu = true;
      for (at += 3; at < end && isDigit(bytes[at]); at++) cpu = cpu * 10 + bytes[at] - 0x30;
      if (cpu > 65535) return false;
      at = skipSpaces(bytes, at, end);
    }
    const kind = bytes[at];
    const next = bytes[at + 1];
    const alone = isSpace(next);
    if (kind === CHAR.R && alone) return register(cpu, bytes, at + 1, end);
    const pair = isSpace(bytes[at + 2]);
    if (kind === CHAR.I && pair && (next === CHAR.T || next === CHAR.F)) {
      return instruction(cpu, bytes, at + 2, end);
    }
    if (kind === CHAR.E && alone) return exception(cpu, bytes, at + 1, end);
    if (kind === CHAR.E && pair && next === CHAR.S) return esInstruction(cpu, bytes, at + 2, end);
    const to = skipToken(bytes, at, end);
    const word = toText(bytes, at, to);
    if (word === "EXC") return esException(cpu, bytes, to, end);
    // Memory (MR4, MW8X, LD, ST), branches, conditions that failed, caches, translations, signals ...
    if (!/^[A-Z][A-Z0-9_]*$/.test(word) && !/^[A-Z][A-Za-z0-9_]*:?$/.test(word)) return false;
    pass(word.replace(/\d+X?$/, ""));
    return true;
  }

  function bad(bytes: Uint8Array, at: number, end: number, offset: number, what: string): void {
    malformedCount++;
    if (options.onError === "skip") return;
    const shown = toText(bytes, at, Math.min(end, at + 60)).replace(/[^\x20-\x7e]/g, "?");
    throw new TraplineError(
      "input",
      `${what}: "${shown}"`,
      { file: options.name, line: lines, offset },
      "Mend the line, or go on past it with --on-error skip",
    );
  }

  /** All whole lines of a range; returns where the last one ended. */
  function wholeLines(bytes: Uint8Array, from: number, to: number, offset: number): number {
    let start = from;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end < 0 || end >= to) return start;
      lines++;
      if (!line(bytes, start, end)) bad(bytes, start, end, offset + start - from, "is not a Tarmac line");
      start = end + 1;
    }
  }

  return {
    feed(chunk) {
      let from = 0;
      if (carried !== undefined) {
        const first = chunk.indexOf(newline);
        const part = chunk.subarray(0, first < 0 ? chunk.length : first + 1);
        if (carried.length + part.length > longestLine) {
          lines++;
          bad(carried, 0, carried.length, lineStart, `is longer than ${longestLine} bytes`);
        }
        const joined = Buffer.concat([carried, part]);
        if (first < 0) {
          // What is left of a line too long is thrown away as it comes, so that memory stays bounded.
          carried = joined.length > longestLine ? joined.slice(-1) : joined;
          return;
        }
        wholeLines(joined, 0, joined.length, lineStart);
        lineStart += joined.length;
        from = first + 1;
        carried = undefined;
      }
      const done = wholeLines(chunk, from, chunk.length, lineStart);
      lineStart += done - from;
      if (done < chunk.length) carried = Uint8Array.from(chunk.subarray(done));
    },

    finish() {
      if (carried !== undefined) {
        lines++;
        bad(carried, 0, carried.length, lineStart, "the recording ends in the middle of a line");
        lineStart += carried.length;
      }
      pendings.forEach((pending, cpu) => flush(cpu, pending));
      const style = sawEs ? "ES" : sawLower ? "gem5" : "Fast Models";
      return {
        dialect: sawCpu ? `${style}, cpuN` : style,
        unit,
        lines,
        bytes: lineStart,
        passedOver: Object.fromEntries([...passedOver].sort(([a], [b]) => (a < b ? -1 : 1))),
        malformed: malformedCount,
        ordinary,
        values: valuesSeen,
      };
    },
  };
}
