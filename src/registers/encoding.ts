/**
 * System register encodings: packing, the assembler's generic names, and where opcodes and syndromes hold them.
 * Sources: Arm ARM, "System register encoding" and the ISS of exception class 0x18; `tools/sysreg` of Linux v6.12.
 */

import type { Encoding } from "./register.js";

export interface EncodingFields {
  readonly op0: number;
  readonly op1: number;
  readonly CRn: number;
  readonly CRm: number;
  readonly op2: number;
}

/** Each part must fit its field: op0 2 bits, op1 3, CRn 4, CRm 4, op2 3. */
export function encodingOf(op0: number, op1: number, CRn: number, CRm: number, op2: number): Encoding {
  return (op0 << 14) | (op1 << 11) | (CRn << 7) | (CRm << 3) | op2;
}

export function fieldsOf(encoding: Encoding): EncodingFields {
  return {
    op0: (encoding >>> 14) & 3,
    op1: (encoding >>> 11) & 7,
    CRn: (encoding >>> 7) & 15,
    CRm: (encoding >>> 3) & 15,
    op2: encoding & 7,
  };
}

/** `S3_0_C10_C2_3` for 0xc513: the spelling that every assembler accepts. Meant for 16-bit encodings only. */
export function genericName(encoding: Encoding): string {
  const { op0, op1, CRn, CRm, op2 } = fieldsOf(encoding);
  return `S${op0}_${op1}_C${CRn}_C${CRm}_${op2}`;
}

const genericPattern = /^s([0-3])_([0-7])_c(1[0-5]|[0-9])_c(1[0-5]|[0-9])_([0-7])$/i;

/** The encoding of a generic name in either case; undefined for anything else, out-of-range fields included. */
export function parseGenericName(text: string): Encoding | undefined {
  const match = genericPattern.exec(text);
  if (match === null) {
    return undefined;
  }
  return encodingOf(Number(match[1]), Number(match[2]), Number(match[3]), Number(match[4]), Number(match[5]));
}

/** From a 32-bit opcode of which the caller knows that it is an MSR or MRS (register). */
export function encodingFromOpcode(opcode: number): Encoding {
  return (opcode >>> 5) & 0xffff;
}

/** From ESR_ELx of an exception of class 0x18, or from its ISS alone: the fields lie in the low 22 bits. */
export function encodingFromIss(iss: number): Encoding {
  return encodingOf(
    (iss >>> 20) & 3,
    (iss >>> 14) & 7,
    (iss >>> 10) & 15,
    (iss >>> 1) & 15,
    (iss >>> 17) & 7,
  );
}
