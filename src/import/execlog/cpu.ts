/** A value in two halves. */
export type Value = readonly [lo: number, hi: number];

/** What is known of a CPU, and its last instruction, which waits for what comes behind it. */
export interface Cpu {
  readonly number: number;
  /** Instructions that were logged. */
  count: number;
  /** By lower-case name, as they were last seen to change. */
  readonly registers: Map<string, Value>;
  /** Exception level by the last change of CPSR; -1 while none was seen. */
  level: number;
  /** Lower halves of the addresses of exception vectors that were seen, without their low eleven bits. */
  readonly vectors: Set<number>;
  /** The instruction that waits. */
  waiting: boolean;
  pcLo: number;
  pcHi: number;
  opcode: number;
  op: number;
  /** The level that it was executed at. */
  before: number;
  /** Registers that changed by it, or by the exception that followed. */
  readonly changed: Set<string>;
}

export const createCpu = (number: number): Cpu => ({
  number,
  count: 0,
  registers: new Map(),
  level: -1,
  vectors: new Set(),
  waiting: false,
  pcLo: 0,
  pcHi: 0,
  opcode: 0,
  op: 0,
  before: -1,
  changed: new Set(),
});
