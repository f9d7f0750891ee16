import { encodingFromOpcode } from "../../registers/encoding.js";
import { disassembled } from "./disassembly.js";
import { Iset, readIset, readLevel } from "./mode.js";
import { found, readHex } from "./number.js";
import { Op, classify } from "./opcode.js";
import { matches, skipHex, skipSpaces, skipToken } from "./text.js";

/** An instruction's line, read; one object for all, valid until the next. */
export const instruction = {
  /** Low half of the address. */
  pc: 0,
  op: 0,
  encoding: 0,
  /** -1 where the line does not say. */
  level: -1,
  executed: true,
  /** The mode is gem5's: `EL1h_ns` in the form of a Fast Model. */
  gem5: false,
};

const open = 0x28;
const close = 0x29;
const colon = 0x3a;

/** No opcode of 32 bits was given: dashes, or none at all. */
const noOpcode = -1;

/**
 * `(count) pc opcode O mode : text`, from behind `IT`. `pc` may have a physical address behind a colon. Some cores
 * write `(pc) opcode O mode : text`, some `(pc:count) pc opcode`, some leave out the mode.
 */
export function readInstruction(bytes: Uint8Array, at: number, end: number): boolean {
  at = skipSpaces(bytes, at, end);
  let bracketed = noOpcode;
  if (bytes[at] === open) {
    const to = readHex(bytes, at + 1, end);
    bracketed = found.lo;
    for (at = to; at < end && bytes[at] !== close;) at++;
    at = skipSpaces(bytes, at + 1, end);
  }
  const from = at;
  at = readHex(bytes, from, end);
  if (at === from) return false;
  const digits = at - from;
  instruction.pc = found.lo;
  if (bytes[at] === colon) at = skipToken(bytes, at, end);
  at = skipSpaces(bytes, at, end);
  let opcode = noOpcode;
  if (readIset(bytes, at, end) === Iset.none) {
    const to = skipToken(bytes, at, end);
    if (to - at === 8 && readHex(bytes, at, end) === to) opcode = found.lo;
    at = skipSpaces(bytes, to, end);
  } else if (digits <= 8) {
    opcode = instruction.pc;
    instruction.pc = bracketed;
  }
  return readRest(bytes, at, end, opcode, false);
}

/** `(pc:opcode) O mode: text`, from behind `ES`. */
export function readEsInstruction(bytes: Uint8Array, at: number, end: number): boolean {
  at = skipSpaces(bytes, at, end);
  if (bytes[at] !== open) return false;
  const from = at + 1;
  at = readHex(bytes, from, end);
  if (at === from || bytes[at] !== colon) return false;
  instruction.pc = found.lo;
  const digits = at + 1;
  at = skipHex(bytes, digits, end);
  let opcode = noOpcode;
  if (at - digits === 8) {
    readHex(bytes, digits, end);
    opcode = found.lo;
  }
  while (at < end && bytes[at] !== close) at++;
  if (at >= end) return false;
  return readRest(bytes, skipSpaces(bytes, at + 1, end), end, opcode, true);
}

/** Instruction set, mode and text. */
function readRest(bytes: Uint8Array, at: number, end: number, opcode: number, es: boolean): boolean {
  const iset = readIset(bytes, at, end);
  if (iset !== Iset.none) at = skipSpaces(bytes, skipToken(bytes, at, end), end);
  instruction.level = readLevel(bytes, at, end);
  instruction.gem5 =
    !es && instruction.level >= 0 && matches(bytes, skipToken(bytes, at, end) - 3, end, "_ns");
  let text = at;
  while (text < end && bytes[text] !== colon) text++;
  if (text === end) text = at;
  text = skipSpaces(bytes, text + 1, end);
  instruction.executed = !es || !matches(bytes, text, end, "CCFAIL");
  instruction.op = Op.other;
  instruction.encoding = 0;
  if (iset === Iset.aarch32 || !instruction.executed) return true;
  if (opcode !== noOpcode) {
    instruction.op = classify(opcode);
    instruction.encoding = encodingFromOpcode(opcode);
  } else {
    const said = disassembled(bytes, text, end);
    if (said !== undefined) ({ op: instruction.op, encoding: instruction.encoding } = said);
  }
  return true;
}
