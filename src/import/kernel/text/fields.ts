import { isDigit, isLetter } from "../../tarmac/text.js";
import { found, readHex } from "../../tarmac/number.js";
import { ExitCode, HostKind, hostEvents } from "../event-table.js";
import { setField, type HostEvent } from "../host-event.js";
import { behind, behindLast } from "./find.js";

/**
 * Fields of the events' own text, in the shapes that kernels print (Linux, `TP_printk` of the files that
 * `event-table.ts` names; `sched_switch` also as libtraceevent's plugin prints it), or as `name=value`, which is how
 * trace-cmd and perf write what they cannot format and tracefs everything under its option `fields`.
 */

/** Reads the text from `from` to `to` into the fields of an event; false if it is not as it should be. */
export type ReadFields = (event: HostEvent, bytes: Uint8Array, from: number, to: number) => boolean;

const equals = 0x3d;
const minus = 0x2d;

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Where the number read last ended. */
let stopped = 0;

/** A decimal number, signed or not, that 32 bits hold; NaN if there is none. */
function readDecimal(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const negative = at < to && bytes[at] === minus;
  if (negative) at++;
  const first = at;
  let number = 0;
  while (at < to && isDigit(bytes[at]) && at - first < 11) number = 10 * number + bytes[at++] - 0x30;
  stopped = at;
  const ends = at === to || (!isDigit(bytes[at]) && !isLetter(bytes[at]));
  if (at === first || number >= 2 ** 31 || !ends) return Number.NaN;
  return negative ? -number : number;
}

function setDecimal(event: HostEvent, field: number, bytes: Uint8Array, from: number, to: number): boolean {
  const number = from < 0 ? Number.NaN : readDecimal(bytes, from, to);
  if (Number.isNaN(number)) return false;
  setField(event, field, number, number < 0 ? -1 : 0);
  return true;
}

/** A hexadecimal number of up to 64 bits, with or without 0x; the kernel's `#` leaves it out before a zero. */
function setHex(event: HostEvent, field: number, bytes: Uint8Array, from: number, to: number): boolean {
  if (from < 0) return false;
  const first = bytes[from] === 0x30 && from + 1 < to && bytes[from + 1] === 0x78 ? from + 2 : from;
  const end = readHex(bytes, first, to);
  if (end === first || end - first > 16) return false;
  setField(event, field, found.lo, found.hi);
  return true;
}

const syndromeClass = bytesOf("HSR_EC: 0x");
const codes: readonly [text: Uint8Array, code: number][] = [
  [bytesOf("IRQ: "), ExitCode.irq],
  [bytesOf("TRAP: "), ExitCode.trap],
  [bytesOf("SERROR: "), ExitCode.serror],
];
/** Any code that is none of the known ones, such as an illegal return. */
const otherCode = 3;

/** `TRAP: HSR_EC: 0x0018 (SYS64), PC: 0x...`; kernels before 4.2 have no word before it. */
const readExit: ReadFields = (event, bytes, from, to) => {
  const at = behind(bytes, from, to, syndromeClass);
  if (at < 0 || !setHex(event, 1, bytes, at, to)) return false;
  const end = at - syndromeClass.length;
  for (const [text, code] of codes) {
    if (behindLast(bytes, Math.max(from, end - text.length), end, text) !== end) continue;
    setField(event, 0, code, 0);
    return true;
  }
  if (end > from + 1 && bytes[end - 2] === 0x3a) setField(event, 0, otherCode, 0);
  return true;
};

const hsrUpper = bytesOf("HSR ");
const hsrLower = bytesOf("hsr ");

const readSysReg: ReadFields = (event, bytes, from, to) =>
  setHex(event, 0, bytes, behind(bytes, from, to, hsrUpper), to);

const readFault: ReadFields = (event, bytes, from, to) =>
  setHex(event, 0, bytes, behind(bytes, from, to, hsrLower), to);

const tuple = bytesOf("(");
const write = bytesOf(") write");
const read = bytesOf(") read");
const comma = 0x2c;

/** `PC: ffff80008003b2dc SYS_ID_AA64ISAR1_EL1 (3,0,0,6,1) read`. */
const readAccess: ReadFields = (event, bytes, from, to) => {
  let at = behindLast(bytes, from, to, tuple);
  if (at < 0) return false;
  for (let field = 1; field <= 5; field++) {
    if (!setDecimal(event, field, bytes, at, to) || event.lo[field] < 0) return false;
    at = stopped;
    if (field < 5 && bytes[at++] !== comma) return false;
  }
  if (behind(bytes, at, to, write) === at + write.length) setField(event, 0, 1, 0);
  else if (behind(bytes, at, to, read) === at + read.length) setField(event, 0, 0, 0);
  else return false;
  return true;
};

const waiting = bytesOf("wait time ");

/** `wait time 2403176 ns, polling valid`; `poll time` for one that kept its CPU. */
const readWakeup: ReadFields = (event, bytes, from, to) => {
  setField(event, 0, behind(bytes, from, to, waiting) < 0 ? 0 : 1, 0);
  return true;
};

const timerIndex = bytesOf("arch_timer_ctx_index: ");

const readTimer: ReadFields = (event, bytes, from, to) =>
  setDecimal(event, 0, bytes, behindLast(bytes, from, to, timerIndex), to);

const timerVcpu = bytesOf("VCPU: ");
const directPtimer = bytesOf("dp: ");
const emulatedPtimer = bytesOf("ep: ");

/** `VCPU: 0, dv: 1, dp: 0, ev: -1, ep: -1`. */
const readTimerMap: ReadFields = (event, bytes, from, to) =>
  setDecimal(event, 0, bytes, behind(bytes, from, to, timerVcpu), to) &&
  setDecimal(event, 1, bytes, behind(bytes, stopped, to, directPtimer), to) &&
  setDecimal(event, 2, bytes, behind(bytes, stopped, to, emulatedPtimer), to);

const nextPid = bytesOf(" next_pid=");
const nextPriority = bytesOf(" [");

/** `... ==> next_comm=NAME next_pid=117 next_prio=120`, or the plugin's `... ==> NAME:117 [120]`: a name may hold anything. */
const readSwitch: ReadFields = (event, bytes, from, to) => {
  const at = behindLast(bytes, from, to, nextPid);
  if (at >= 0) return setDecimal(event, 1, bytes, at, to);
  const end = behindLast(bytes, from, to, nextPriority) - nextPriority.length;
  let digits = end;
  while (digits > from && isDigit(bytes[digits - 1])) digits--;
  return end > from && bytes[digits - 1] === 0x3a && setDecimal(event, 1, bytes, digits, end);
};

const readNothing: ReadFields = () => true;

const printed: readonly ReadFields[] = (() => {
  const list: ReadFields[] = hostEvents.map(() => readNothing);
  list[HostKind.exit] = readExit;
  list[HostKind.sysReg] = readSysReg;
  list[HostKind.sysAccess] = readAccess;
  list[HostKind.guestFault] = readFault;
  list[HostKind.wakeup] = readWakeup;
  list[HostKind.timerRestore] = readTimer;
  list[HostKind.timerSave] = readTimer;
  list[HostKind.timerMap] = readTimerMap;
  list[HostKind.switch] = readSwitch;
  return list;
})();

/** Fields that must be there, as bits, by kind. Without the others an event still says what it is for. */
const needed: readonly number[] = (() => {
  const list: number[] = hostEvents.map(() => 0);
  list[HostKind.exit] = 0b10;
  list[HostKind.sysReg] = 0b1;
  list[HostKind.sysAccess] = 0b111111;
  list[HostKind.guestFault] = 0b1;
  list[HostKind.timerMap] = 0b111;
  list[HostKind.switch] = 0b10;
  return list;
})();

const names: readonly (readonly (readonly Uint8Array[])[])[] = hostEvents.map(({ fields }) =>
  fields.map((spellings) => spellings.map((spelling) => bytesOf(` ${spelling}=`))),
);

/** ` name=VALUE` for every field of the row; VALUE is decimal, or hexadecimal with 0x. */
function readNamed(event: HostEvent, bytes: Uint8Array, from: number, to: number): boolean {
  for (const [field, spellings] of names[event.kind].entries()) {
    for (const spelling of spellings) {
      const at = behindLast(bytes, from, to, spelling);
      if (at < 0) continue;
      const isHex = bytes[at] === 0x30 && at + 1 < to && bytes[at + 1] === 0x78;
      if (!(isHex ? setHex(event, field, bytes, at, to) : setDecimal(event, field, bytes, at, to)))
        return false;
      break;
    }
  }
  return true;
}

const isWhole = (event: HostEvent): boolean => (event.known & needed[event.kind]) === needed[event.kind];

/** Fills the fields of an event from its text; false if one that is needed is missing or cannot be read. */
export function readFields(event: HostEvent, bytes: Uint8Array, from: number, to: number): boolean {
  event.known = 0;
  if (printed[event.kind](event, bytes, from, to) && isWhole(event)) return true;
  if (needed[event.kind] === 0) return true;
  event.known = 0;
  return bytes.subarray(from, to).includes(equals) && readNamed(event, bytes, from, to) && isWhole(event);
}
