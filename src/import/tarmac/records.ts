import type { ExceptionCause } from "../machine/world.js";
import { Op } from "./opcode.js";

/**
 * What lines say, as numbers, in the order of the lines: reading text and keeping track of the machine are two
 * steps, each in a loop of its own. The first needs nothing of the lines before, so that parts of a text can be
 * read at the same time; and V8 compiles two small loops into better code than one that does all.
 *
 * A record is a head and up to four words, signed 32 bits each:
 *
 *     31           16 15      7 6       4 3    0      cpu: `prefixed` if a record before has it
 *    +---------------+---------+---------+------+     level: 1 more than the exception level, 0 if not known
 *    |    detail     |   cpu   |  level  | type |
 *    +---------------+---------+---------+------+
 *
 *     type      detail                                 words
 *     cpu       -                                      the number
 *     time      -                                      low and high half: steps count from it
 *     write     encoding of an MSR with its value      step of time, pc, low and high half of the value
 *     read      encoding of an MRS with its value      the same
 *     msr, mrs  encoding, the value is not given yet   step of time, pc
 *     eret      -                                      step of time
 *     plain     another instruction                    step of time
 *     register  sort, reading, name: `packRegister`    low and high half
 *     unread    the same                               line, as for bad: where it matters it is one
 *     exception cause, 4 if it stays                   step of time, pc
 *     bad       what is wrong: `complaints`            line: its number in the text at hand, start, end
 */
export const Type = {
  cpu: 0,
  time: 1,
  write: 2,
  read: 3,
  msr: 4,
  mrs: 5,
  eret: 6,
  plain: 7,
  register: 8,
  unread: 9,
  exception: 10,
  bad: 11,
} as const;

export const causes: readonly ExceptionCause[] = ["sync", "irq", "fiq", "serror"];
export const staysFlag = 4;

/** The longest records of one line: CPU, time, and itself. */
const mostWords = 10;

/** In the place of a CPU's number: the record before has it. */
export const prefixed = 511;

const two32 = 2 ** 32;

/** Sort, reading and name of a register's line, in the order of `Retirement.register`, in 16 bits. */
export const packRegister = (sort: number, reading: number, name: number): number =>
  sort | (reading << 3) | (name << 5);
export const registerSort = (detail: number): number => detail & 7;
export const registerReading = (detail: number): number => (detail >>> 3) & 3;
export const registerName = (detail: number): number => (detail >>> 5) & 31;

/** Records of the text at hand. */
export interface Records {
  readonly words: Int32Array;
  /** Words in use. */
  length: number;
  /** Where too little room is left for the records of one more line. */
  readonly full: number;
  /** Clock units; steps count from it. */
  time: number;
  /** By CPU: the level at which it last did something that leaves nothing open, `unsettled` else. */
  readonly settled: Int8Array;
  /** Instructions that touch no system register; and WFI, TLBI, HVC and the like. */
  ordinary: number;
  system: number;
}

const unsettled = -2;

export function createRecords(words: Int32Array): Records {
  const settled = new Int8Array(prefixed + 1).fill(unsettled);
  return { words, length: 0, full: words.length - mostWords, time: 0, settled, ordinary: 0, system: 0 };
}

/** Begins anew: nothing is known of what came before. */
export function clearRecords(records: Records): void {
  records.length = 0;
  records.time = 0;
  records.ordinary = 0;
  records.system = 0;
  records.settled.fill(unsettled);
}

export const isFull = (records: Records): boolean => records.length > records.full;

// The functions below are of the module, not of each set of records: V8 compiles what is loaded once for good.

/** For a CPU below `prefixed`. */
export const headOf = (type: number, cpu: number, level: number, detail: number): number =>
  (detail << 16) | (cpu << 7) | ((level + 1) << 4) | type;

function putHead(records: Records, type: number, cpu: number, level: number, detail: number): void {
  const { words } = records;
  let at = records.length;
  if (cpu >= prefixed) {
    words[at] = Type.cpu;
    words[at + 1] = cpu;
    at += 2;
    cpu = prefixed;
  }
  words[at] = headOf(type, cpu, level, detail);
  records.length = at + 1;
}

/** Returns the step of time to write behind the head. */
function stepTo(records: Records, time: number): number {
  const step = time - records.time;
  records.time = time;
  if ((step | 0) === step) return step;
  const { words } = records;
  const at = records.length;
  words[at] = Type.time;
  words[at + 1] = (time % two32) | 0;
  words[at + 2] = Math.floor(time / two32);
  records.length = at + 3;
  return 0;
}

export function putInstruction(
  records: Records,
  cpu: number,
  time: number,
  pc: number,
  op: number,
  encoding: number,
  level: number,
): void {
  const { words, settled } = records;
  const place = cpu < prefixed ? cpu : prefixed;
  if (op === Op.msr || op === Op.mrs) {
    const step = stepTo(records, time);
    putHead(records, op === Op.msr ? Type.msr : Type.mrs, cpu, level, encoding);
    words[records.length] = step;
    words[records.length + 1] = pc;
    records.length += 2;
    settled[place] = unsettled;
    return;
  }
  const isEret = op === Op.eret;
  if (op === Op.system) records.system++;
  else if (!isEret) records.ordinary++;
  // After something at the same level that left nothing open it tells nothing new.
  if (!isEret && settled[place] === level && place < prefixed) return;
  const step = stepTo(records, time);
  putHead(records, isEret ? Type.eret : Type.plain, cpu, level, 0);
  words[records.length] = step;
  records.length++;
  settled[place] = isEret ? unsettled : level;
}

/** An MSR or MRS whose value stands on the line behind it. */
export function putAccess(
  records: Records,
  cpu: number,
  time: number,
  pc: number,
  write: boolean,
  encoding: number,
  level: number,
  lo: number,
  hi: number,
): void {
  const { words } = records;
  const step = stepTo(records, time);
  putHead(records, write ? Type.write : Type.read, cpu, level, encoding);
  const at = records.length;
  words[at] = step;
  words[at + 1] = pc;
  words[at + 2] = lo;
  words[at + 3] = hi;
  records.length = at + 4;
  records.settled[cpu < prefixed ? cpu : prefixed] = level;
}

/** A register's line, as `Retirement.register` takes it. */
export function putRegister(
  records: Records,
  cpu: number,
  sort: number,
  name: number,
  reading: number,
  lo: number,
  hi: number,
): void {
  // Nothing waits for a value, and the name is none that a state has.
  if (name === 0 && cpu < prefixed && records.settled[cpu] !== unsettled) return;
  putHead(records, Type.register, cpu, 0, packRegister(sort, reading, name));
  const { words } = records;
  words[records.length] = lo;
  words[records.length + 1] = hi;
  records.length += 2;
}

export function putException(
  records: Records,
  cpu: number,
  time: number,
  pc: number,
  cause: ExceptionCause,
  stays: boolean,
): void {
  const { words } = records;
  const step = stepTo(records, time);
  putHead(records, Type.exception, cpu, 0, causes.indexOf(cause) | (stays ? staysFlag : 0));
  words[records.length] = step;
  words[records.length + 1] = pc;
  records.length += 2;
  records.settled[cpu < prefixed ? cpu : prefixed] = unsettled;
}

/** A line that may be or is bad, by its place in the text at hand. */
export function putPlace(
  records: Records,
  type: number,
  cpu: number,
  detail: number,
  line: number,
  at: number,
  end: number,
): void {
  putHead(records, type, cpu, 0, detail);
  const { words } = records;
  words[records.length] = line;
  words[records.length + 1] = at;
  words[records.length + 2] = end;
  records.length += 3;
}
