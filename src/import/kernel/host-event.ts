/**
 * What a host kernel's tracing tells, whatever text or file it came from. A source (a printer's text, a `trace.dat`)
 * fills one `HostEvent` again and again and hands it to a `HostSink`; nothing is allocated for an event or a field.
 */

/** Fields of an event that a source may fill; no row of `event-table.ts` has more. */
const mostFields = 6;

/** One event of `event-table.ts`. One object for all events of a source, valid until its next. */
export interface HostEvent {
  /** Row of `event-table.ts`. */
  kind: number;
  /**
   * Nanoseconds, or ticks of a clock that counts none: a whole number from 0 to 2^53 - 1. A source whose clock shows
   * more than that subtracts one origin from all.
   */
  time: number;
  /** The kernel's number of the CPU. */
  cpu: number;
  /** The thread that the event came in: `common_pid`, the TID of perf. */
  pid: number;
  /** Its process, -1 if the source does not tell. */
  tgid: number;
  /** Bit i is set if field i of the event's row is known. */
  known: number;
  /** Fields in the order of the event's row: halves of a 64-bit number, as signed 32-bit ones. */
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  /** Name of the thread, `""` if the source does not tell. It may cost a string: ask when a thread is new. */
  readonly comm: () => string;
}

export interface HostSink {
  event(event: HostEvent): void;
  /** A CPU's buffer overflowed here: that many events of it are missing, 0 for an unknown number. CPU -1 is unknown. */
  lost(cpu: number, events: number): void;
}

export function createHostEvent(comm: () => string): HostEvent {
  return {
    kind: 0,
    time: 0,
    cpu: 0,
    pid: 0,
    tgid: -1,
    known: 0,
    lo: new Int32Array(mostFields),
    hi: new Int32Array(mostFields),
    comm,
  };
}

export function setField(event: HostEvent, field: number, lo: number, hi: number): void {
  event.lo[field] = lo;
  event.hi[field] = hi;
  event.known |= 1 << field;
}

export const knowsField = (event: HostEvent, field: number): boolean => ((event.known >>> field) & 1) === 1;
