import { found, readHex } from "../tarmac/number.js";
import { hexDigit, isDigit, skipSpaces } from "../tarmac/text.js";

/**
 * A line of the plugin: `CPU, 0xADDRESS, 0xOPCODE, "TEXT"`, then for each memory access `, load, 0xADDRESS[, DEVICE]`
 * and for each register that changed `, NAME -> 0xVALUE` (QEMU: contrib/plugins/execlog.c, vcpu_insn_exec, vcpu_mem and
 * insn_check_regs). One object for all lines of a reading, valid until the next.
 */
export interface Line {
  cpu: number;
  /** Halves of the instruction's address. */
  pcLo: number;
  pcHi: number;
  opcode: number;
  /** Where the disassembly begins, and what stands behind its closing quote. */
  text: number;
  rest: number;
}

export const createLine = (): Line => ({ cpu: 0, pcLo: 0, pcHi: 0, opcode: 0, text: 0, rest: 0 });

const comma = 0x2c;
const quote = 0x22;
const mostCpu = 0xffff;

/** Reads all but the registers. False if it is no such line. */
export function readLine(bytes: Uint8Array, from: number, to: number, line: Line): boolean {
  let at = from;
  let cpu = 0;
  for (; at < to && isDigit(bytes[at]); at++) {
    cpu = cpu * 10 + bytes[at] - 0x30;
    if (cpu > mostCpu) return false;
  }
  if (at === from) return false;
  line.cpu = cpu;
  at = readField(bytes, at, to, 16);
  if (at < 0) return false;
  line.pcLo = found.lo;
  line.pcHi = found.hi;
  at = readField(bytes, at, to, 8);
  if (at < 0) return false;
  line.opcode = found.lo;
  if (bytes[at] !== comma) return false;
  at = skipSpaces(bytes, at + 1, to);
  if (at >= to || bytes[at] !== quote) return false;
  line.text = at + 1;
  for (at++; at < to && bytes[at] !== quote;) at++;
  if (at >= to) return false;
  line.rest = at + 1;
  return line.rest === to || bytes[line.rest] === comma;
}

/** `, 0xDIGITS`, into `found`. Returns where it ends, -1 if there is none or it has too many digits. */
function readField(bytes: Uint8Array, at: number, to: number, most: number): number {
  if (bytes[at] !== comma) return -1;
  at = skipSpaces(bytes, at + 1, to);
  if (at + 2 >= to || bytes[at] !== 0x30 || (bytes[at + 1] | 0x20) !== 0x78) return -1;
  const end = readHex(bytes, at + 2, to);
  return end === at + 2 || end - at - 2 > most ? -1 : end;
}

/** Told of a register that changed: where its name is, and its value in `found`. */
export type OnChange = (from: number, to: number) => void;

/** Finds the registers in what stands behind the text. A value longer than 64 bits is a vector's, and passed over. */
export function readChanges(bytes: Uint8Array, from: number, to: number, onChange: OnChange): void {
  for (let at = from; at < to;) {
    // ` -> 0x`, from its `>`: nothing else that the plugin prints has one but a device's name.
    const arrow = bytes.indexOf(0x3e, at);
    if (arrow < 0 || arrow + 4 > to) return;
    at = arrow + 1;
    if (bytes[arrow - 1] !== 0x2d || bytes[arrow - 2] !== 0x20) continue;
    if (bytes[arrow + 1] !== 0x20 || bytes[arrow + 2] !== 0x30 || (bytes[arrow + 3] | 0x20) !== 0x78)
      continue;
    const nameEnd = arrow - 2;
    let name = nameEnd;
    while (name > from && bytes[name - 1] !== 0x20 && bytes[name - 1] !== comma) name--;
    const end = readHex(bytes, arrow + 4, to);
    at = end;
    if (end === arrow + 4 || end - arrow - 4 > 16 || (end < to && hexDigit[bytes[end]] !== 255)) continue;
    if (name < nameEnd) onChange(name, nameEnd);
  }
}
