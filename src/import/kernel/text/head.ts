import { isDigit, isSpace, skipSpaces } from "../../tarmac/text.js";

/**
 * What stands before an event's own text:
 *
 *     COMM-PID (TGID) [CPU] FLAGS SECONDS.FRACTION: EVENT: TEXT     tracefs and trace-cmd
 *     COMM PID/TID [CPU] SECONDS.FRACTION: PERIOD SYSTEM:EVENT: TEXT     perf
 *
 * TGID, FLAGS, PID/, PERIOD are there or not; a clock that counts no time has no fraction. COMM may hold anything.
 * Sources: trace_output.c and trace_events.c of Linux, trace-cmd's report, perf-script(1).
 */
export interface Head {
  commFrom: number;
  commTo: number;
  pid: number;
  /** -1 where there is none. */
  tgid: number;
  cpu: number;
  /** Where the time is, its point (its end without one), and its end. */
  timeFrom: number;
  timePoint: number;
  timeTo: number;
  /** The event's name without its system. */
  nameFrom: number;
  nameTo: number;
  /** Behind the colon; where the name ends if there is none, as in lines of other tracers. */
  textFrom: number;
  hasColon: boolean;
  /** The name has its system before it: perf writes that. */
  hasSystem: boolean;
}

export function createHead(): Head {
  return {
    commFrom: 0,
    commTo: 0,
    pid: 0,
    tgid: -1,
    cpu: 0,
    timeFrom: 0,
    timePoint: 0,
    timeTo: 0,
    nameFrom: 0,
    nameTo: 0,
    textFrom: 0,
    hasColon: false,
    hasSystem: false,
  };
}

const bracket = 0x5b;
const unbracket = 0x5d;
const colon = 0x3a;
const dash = 0x2d;
const slash = 0x2f;
const point = 0x2e;
const paren = 0x28;
const unparen = 0x29;

/** More than any kernel has, and few enough to keep a table of. */
const mostCpus = 1 << 16;
const mostPids = 2 ** 31;
/** The flags of a line are 4 to 6 characters; a later kernel may have some more. */
const mostFlags = 10;

/** Reads what stands before the text of an event; false if the line is none. A comm may hold `[0]`: all are tried. */
export function readHead(bytes: Uint8Array, from: number, to: number, head: Head): boolean {
  for (let at = from; at < to; at++) {
    if (bytes[at] !== bracket || at + 1 >= to || !isDigit(bytes[at + 1])) continue;
    let end = at + 1;
    let cpu = 0;
    while (end < to && isDigit(bytes[end]) && cpu < mostCpus) cpu = 10 * cpu + bytes[end++] - 0x30;
    if (end >= to || bytes[end] !== unbracket || cpu >= mostCpus) continue;
    head.cpu = cpu;
    if (readTime(bytes, end + 1, to, head) && readThread(bytes, from, at, head)) return true;
  }
  return false;
}

/** From behind the CPU: flags, time and name. */
function readTime(bytes: Uint8Array, from: number, to: number, head: Head): boolean {
  let at = skipSpaces(bytes, from, to);
  if (at < to && !isDigit(bytes[at])) {
    const flags = at;
    while (at < to && !isSpace(bytes[at]) && bytes[at] !== colon) at++;
    if (at - flags > mostFlags || at >= to || bytes[at] === colon) return false;
    at = skipSpaces(bytes, at, to);
  }
  head.timeFrom = at;
  while (at < to && isDigit(bytes[at])) at++;
  head.timePoint = at;
  if (at === head.timeFrom) return false;
  if (at < to && bytes[at] === point) {
    at++;
    while (at < to && isDigit(bytes[at])) at++;
    if (at === head.timePoint + 1) return false;
  }
  head.timeTo = at;
  if (at >= to || bytes[at] !== colon) return false;
  return readName(bytes, at + 1, to, head);
}

function readName(bytes: Uint8Array, from: number, to: number, head: Head): boolean {
  let at = skipSpaces(bytes, from, to);
  // trace-cmd --ts-diff: the time since the line before.
  if (at < to && bytes[at] === paren) {
    while (at < to && bytes[at] !== unparen) at++;
    at = skipSpaces(bytes, at + 1, to);
  }
  let name = at;
  while (at < to && !isSpace(bytes[at])) at++;
  if (at < to && isNumber(bytes, name, at)) {
    name = skipSpaces(bytes, at, to);
    at = name;
    while (at < to && !isSpace(bytes[at])) at++;
  }
  if (at === name) return false;
  head.textFrom = at;
  head.hasColon = bytes[at - 1] === colon;
  head.nameTo = head.hasColon ? at - 1 : at;
  head.nameFrom = name;
  head.hasSystem = false;
  for (let each = head.nameTo - 1; each > name; each--) {
    if (bytes[each] !== colon) continue;
    head.nameFrom = each + 1;
    head.hasSystem = true;
    break;
  }
  return head.nameTo > head.nameFrom;
}

/** A period, which perf may write before the name; a number with a colon behind it is the name of a print. */
function isNumber(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isDigit(bytes[at])) return false;
  return to > from;
}

/** Backwards from the CPU: the process, the thread, and its name. */
function readThread(bytes: Uint8Array, from: number, to: number, head: Head): boolean {
  let at = skipBack(bytes, from, to);
  head.tgid = -1;
  if (at > from && bytes[at - 1] === unparen) {
    const end = at - 1;
    while (at > from && bytes[at - 1] !== paren) at--;
    if (at === from) return false;
    const first = skipSpaces(bytes, at, end);
    if (isNumber(bytes, first, end)) head.tgid = readNumber(bytes, first, end);
    at = skipBack(bytes, from, at - 1);
  }
  let digits = at;
  while (digits > from && isDigit(bytes[digits - 1])) digits--;
  if (digits === at) return false;
  head.pid = readNumber(bytes, digits, at);
  at = digits;
  if (at > from && bytes[at - 1] === slash && at - 1 > from && isDigit(bytes[at - 2])) {
    digits = at - 1;
    while (digits > from && isDigit(bytes[digits - 1])) digits--;
    head.tgid = readNumber(bytes, digits, at - 1);
    at = digits;
  }
  if (at > from && bytes[at - 1] === dash) {
    at--;
    // perf calls a thread that it does not know -1.
    if (head.hasSystem && (at === from || isSpace(bytes[at - 1]))) head.pid = -1;
  } else if (at > from && !isSpace(bytes[at - 1])) return false;
  head.commFrom = skipSpaces(bytes, from, at);
  head.commTo = Math.max(head.commFrom, skipBack(bytes, from, at));
  return head.pid < mostPids && head.tgid < mostPids;
}

function skipBack(bytes: Uint8Array, from: number, to: number): number {
  while (to > from && isSpace(bytes[to - 1])) to--;
  return to;
}

/** A decimal number; one of many digits is inexact, and too large for anything that it could be. */
export function readNumber(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = 10 * number + bytes[at] - 0x30;
  return number;
}

/** Whether a thread's name says nothing: `<...>` of tracefs, `:123` of perf. */
export function isNoName(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from === 5 && bytes[from] === 0x3c && bytes[from + 1] === point) return true;
  return to - from > 1 && bytes[from] === colon && isNumber(bytes, from + 1, to);
}
