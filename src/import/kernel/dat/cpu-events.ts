import type { Bytes } from "./bytes.js";
import type { Pages } from "./pages.js";
import type { PageFormat } from "./page-format.js";

/**
 * The events of one CPU's ring buffer, one after the other (kernel: include/linux/ring_buffer.h and
 * events/header_event).
 */
export interface CpuEvents {
  readonly cpu: number;
  /** On the clock that all files of a reading share. */
  time: number;
  /** The event at hand: its content in `view`. */
  view: DataView;
  at: number;
  length: number;
  /** How many events were lost right before it: 0 for none, -1 for an unknown number. */
  lost: number;
  next(): boolean;
}

export interface CpuEventsOptions {
  readonly file: Bytes;
  readonly cpu: number;
  readonly pages: Pages;
  readonly format: PageFormat;
  readonly little: boolean;
  /** What the buffer's timestamps are counted from, in two halves. */
  readonly origin: { readonly high: number; readonly low: number };
  /** From such a count to the shared clock. */
  readonly toShared: (time: number) => number;
  /** A page that makes no sense: ends the reading by throwing, or is counted and its rest passed over. */
  readonly onDamage: (what: string, offset: number) => void;
}

const missedFlag = 1 << 31;
const storedFlag = 1 << 30;
/** RB_PAGE_COMMIT of the kernel has 20 bits, libtraceevent reads 27; a page has fewer bytes than either. */
const commitMask = (1 << 27) - 1;

/** Bytes of events in a page, by the field that says so. */
export const usedBytes = (commit: number): number => commit & commitMask;

const typePadding = 29;
const typeExtend = 30;
const typeStamp = 31;
const deltaBits = 27;
/** An absolute time lacks the highest five bits; they are those of the time before. */
const topBits = 0xf8000000;
const two32 = 2 ** 32;

export function createCpuEvents(options: CpuEventsOptions): CpuEvents {
  const { cpu, pages, format, little, origin, toShared, onDamage } = options;
  /** Time since the origin; the event header that comes next, and where the page's data end. */
  let time = 0;
  let head = 0;
  let end = 0;
  let pageHigh = 0;
  let lost = 0;

  const since = (high: number, low: number): number => (high - origin.high) * two32 + (low - origin.low);

  function spoilt(what: string): void {
    end = head;
    lost = -1;
    onDamage(`${what} in the buffer of CPU ${cpu}`, pages.offset);
  }

  function nextPage(): boolean {
    if (!pages.next()) return false;
    if (pages.gap) lost = -1;
    const { view, at } = pages;
    head = at + format.data;
    end = head;
    if (pages.length < format.data) {
      spoilt("a page is cut off");
      return true;
    }
    const commit = view.getUint32(at + format.commit, little);
    const size = usedBytes(commit);
    if (size > pages.length - format.data) {
      spoilt(`a page holds ${size} bytes of events, which is more than it has room for`);
      return true;
    }
    if ((commit & missedFlag) !== 0) lost = addLost(lost, lostBefore(commit, head + size));
    if (size === 0) return true;
    end = head + size;
    pageHigh = view.getUint32(at + format.timestamp + (little ? 4 : 0), little);
    time = since(pageHigh, view.getUint32(at + format.timestamp + (little ? 0 : 4), little));
    checkTime();
    return true;
  }

  /** The number of lost events stands behind the last one, if there was room. */
  function lostBefore(commit: number, at: number): number {
    if ((commit & storedFlag) === 0 || at + format.long > pages.at + pages.length) return -1;
    const low = pages.view.getUint32(at + (little ? 0 : format.long - 4), little);
    const high = format.long === 8 ? pages.view.getUint32(at + (little ? 4 : 0), little) : 0;
    const count = high * two32 + low;
    return Number.isSafeInteger(count) ? count : -1;
  }

  function checkTime(): void {
    const shared = toShared(time);
    if (Number.isSafeInteger(time) && Number.isSafeInteger(shared) && shared >= 0) return;
    spoilt("a time is far from all others");
    time = 0;
  }

  /** The whole time as its own: RINGBUF_TYPE_TIME_STAMP. */
  function stamp(delta: number, extension: number): void {
    const low = (delta | (extension << deltaBits)) >>> 0;
    const top = pageHigh & topBits;
    const high = ((extension >>> (32 - deltaBits)) | top) >>> 0;
    const before = time;
    time = since(high, low);
    // The kernel's rb_fix_abs_ts: the bits below the top ones started anew.
    if (top !== 0 && time < before) time = since(high + 2 ** (32 - 5), low);
    checkTime();
  }

  const events: CpuEvents = {
    cpu,
    time: 0,
    view: pages.view,
    at: 0,
    length: 0,
    lost: 0,
    next() {
      for (;;) {
        if (head >= end) {
          if (!nextPage()) return false;
          continue;
        }
        const { view } = pages;
        const left = end - head;
        if (left < 4) {
          spoilt("an event is cut off");
          continue;
        }
        const header = view.getUint32(head, little);
        const type = little ? header & 31 : header >>> deltaBits;
        const delta = little ? header >>> 5 : header & ((1 << deltaBits) - 1);
        let skip = 4;
        let length = type * 4;
        if (type === 0 || type >= typePadding) {
          if (type === typePadding && delta === 0) {
            head = end;
            continue;
          }
          if (left < 8) {
            spoilt("an event is cut off");
            continue;
          }
          const array = view.getUint32(head + 4, little);
          if (type === typeExtend || type === typeStamp) {
            head += 8;
            if (type === typeStamp) stamp(delta, array);
            else {
              time += array * (1 << deltaBits) + delta;
              checkTime();
            }
            continue;
          }
          // The length counts its own four bytes; what was discarded is padding with a length and a time.
          if (array < 4) {
            spoilt("an event has no length");
            continue;
          }
          skip = 8;
          length = (array - 4 + 3) & ~3;
          if (type === typePadding) {
            if (length > left - skip || length < 0) {
              spoilt("a discarded event is cut off");
              continue;
            }
            time += delta;
            head += skip + length;
            continue;
          }
        }
        if (length > left - skip || length < 0) {
          spoilt("an event is cut off");
          continue;
        }
        time += delta;
        events.time = toShared(time);
        events.view = view;
        events.at = head + skip;
        events.length = length;
        events.lost = lost;
        lost = 0;
        head += skip + length;
        return true;
      }
    },
  };
  return events;
}

function addLost(before: number, more: number): number {
  return before < 0 || more < 0 ? -1 : before + more;
}
