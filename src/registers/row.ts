/** Helpers that keep one register of the table on one line. */

import { encodingOf } from "./encoding.js";
import type { Feature, Register, RegisterClass, TrapBit } from "./register.js";

/** op0, op1, CRn, CRm, op2. */
export type Operands = readonly [op0: number, op1: number, CRn: number, CRm: number, op2: number];

export interface RowOptions {
  readonly alias?: "EL12" | "EL02";
  readonly feature?: Feature;
  readonly trap?: TrapBit;
  readonly tvm?: true;
  readonly tvmSince?: string;
  /** Given: the register is written by hardware, always or (`implementationDefined`) on some machines. */
  readonly writtenBy?: string;
  readonly implementationDefined?: true;
  readonly readOnly?: true;
  /** Replaces the source of the row's table. */
  readonly source?: string;
}

export type Row = (name: string, operands: Operands, options?: RowOptions) => Register;

/** Sources that many rows share. */
export const sysregTable = "tools/sysreg and sysreg.h, v6.12";
export const armArm = "Arm ARM";

export function rowsOf(registerClass: RegisterClass, tableSource: string): Row {
  return (name, operands, options = {}) => {
    const [op0, op1, CRn, CRm, op2] = operands;
    const { alias, writtenBy, implementationDefined, source = tableSource, ...rest } = options;
    return {
      name,
      encoding: encodingOf(op0, op1, CRn, CRm, op2),
      // Every *_EL12 and *_EL02 name is the plain encoding with op1 = 5 (tools/sysreg, v6.12).
      ...(alias !== undefined && {
        alias: { name: name.replace(/EL[01]$/, alias), encoding: encodingOf(op0, 5, CRn, CRm, op2) },
      }),
      class: registerClass,
      ...rest,
      hardwareWritten:
        writtenBy === undefined ? "no" : implementationDefined === true ? "implementation-defined" : "yes",
      ...(writtenBy !== undefined && { writtenBy }),
      source,
    };
  };
}

/** `count` rows that differ in a number. */
export function numbered(count: number, row: (n: number) => Register): readonly Register[] {
  return Array.from({ length: count }, (_, n) => row(n));
}

// Trap bits: HFGWTR_EL2, HFGWTR2_EL2 and HDFGWTR_EL2 of tools/sysreg, v6.12, joined to registers by the table of
// emulate-nested.c. A bit that is RES0 in the write register (reads trap, writes cannot) is no trap here.

/** A bit that traps when it is 1. */
export const hfgwtr = (bit: number): TrapBit => ({ control: "HFGWTR_EL2", bit, trapsWhen: 1 });
export const hdfgwtr = (bit: number): TrapBit => ({ control: "HDFGWTR_EL2", bit, trapsWhen: 1 });
/** A bit that traps when it is 0. */
export const nHfgwtr = (bit: number): TrapBit => ({ control: "HFGWTR_EL2", bit, trapsWhen: 0 });
export const nHfgwtr2 = (bit: number): TrapBit => ({ control: "HFGWTR2_EL2", bit, trapsWhen: 0 });
export const nHdfgwtr = (bit: number): TrapBit => ({ control: "HDFGWTR_EL2", bit, trapsWhen: 0 });
