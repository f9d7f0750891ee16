import { type Bytes, memoryBytes } from "./bytes.js";
import { createCursor, type Cursor, textOf } from "./cursor.js";
import type { Decompress } from "./decompress.js";
import { openSection, Section } from "./section.js";
import { readTimeShift, type TimeShift } from "./time-shift.js";

/** Numbers of options (trace-cmd.dat.v7(5)); others are of no use here. */
const Option = {
  done: 0,
  date: 1,
  buffer: 3,
  clock: 4,
  offset: 7,
  cpus: 8,
  traceId: 11,
  timeShift: 12,
  guest: 13,
  tscToNs: 14,
} as const;

/** Where the ring buffers of one CPU lie in the file. */
export interface CpuRange {
  readonly cpu: number;
  readonly offset: number;
  readonly size: number;
}

/** A BUFFER option: one instance of the tracer, "" being the top one. */
export interface BufferOption {
  readonly name: string;
  /** Where its section, or in version 6 its table, begins. */
  readonly at: number;
  /** Version 7 has the rest here. */
  readonly clock: string | undefined;
  readonly pageSize: number | undefined;
  readonly cpus: readonly CpuRange[];
}

/** A GUEST option: a guest that was recorded together with this host. */
export interface GuestOption {
  readonly name: string;
  /** What its own file calls itself (TRACEID). */
  readonly traceId: bigint;
  /** The host's thread that runs each of its CPUs. */
  readonly cpus: readonly { readonly cpu: number; readonly pid: number }[];
}

export interface Options {
  /** Places of sections, by number. */
  readonly sections: ReadonlyMap<number, number>;
  readonly buffers: readonly BufferOption[];
  /** The clock in brackets of `trace_clock`. */
  readonly clock: string | undefined;
  readonly cpus: number | undefined;
  /** What tells this recording from all others. */
  readonly traceId: bigint | undefined;
  readonly guests: readonly GuestOption[];
  readonly timeShift: TimeShift | undefined;
  readonly tscToNs: { readonly multiplier: bigint; readonly shift: bigint } | undefined;
  /** Added to every time, in nanoseconds: OFFSET, and DATE, which is in microseconds. */
  readonly offset: bigint;
}

type Draft = { -readonly [Key in keyof Options]: Options[Key] } & {
  readonly sections: Map<number, number>;
  readonly buffers: BufferOption[];
  readonly guests: GuestOption[];
};

function createDraft(): Draft {
  return {
    sections: new Map(),
    buffers: [],
    clock: undefined,
    cpus: undefined,
    traceId: undefined,
    guests: [],
    timeShift: undefined,
    tscToNs: undefined,
    offset: 0n,
  };
}

export const noOptions = (): Options => createDraft();

/** Version 6: a list without lengths of its own; the cursor stands behind it afterwards. */
export function readOptions6(cursor: Cursor, file: Bytes, little: boolean): Options {
  const draft = createDraft();
  for (;;) {
    const id = cursor.u16();
    if (id === Option.done) return draft;
    takeOption(draft, id, optionData(cursor, file, little), false);
  }
}

/** Version 7: sections of options, each naming the place of the next. */
export function readOptions7(file: Bytes, first: number, little: boolean, decompress: Decompress): Options {
  const draft = createDraft();
  const seen = new Set<number>();
  for (let at = first; at !== 0;) {
    if (seen.has(at)) throw file.damaged("its options go round in a circle", at);
    seen.add(at);
    const cursor = openSection(file, at, little, Section.options, decompress);
    at = readSection(cursor, draft, file, little);
  }
  return draft;
}

/** Returns where the next section of options begins, 0 for none. */
function readSection(cursor: Cursor, draft: Draft, file: Bytes, little: boolean): number {
  for (;;) {
    const id = cursor.u16();
    const data = optionData(cursor, file, little);
    if (id === Option.done) return data.u64();
    takeOption(draft, id, data, true);
  }
}

function optionData(cursor: Cursor, file: Bytes, little: boolean): Cursor {
  const at = cursor.at;
  const size = cursor.u32();
  return createCursor(memoryBytes(cursor.bytes(size), file, at), 0, little);
}

function takeOption(draft: Draft, id: number, data: Cursor, sections: boolean): void {
  switch (id) {
    case Option.date:
      draft.offset += wholeNumber(data) * 1000n;
      break;
    case Option.offset:
      draft.offset += wholeNumber(data);
      break;
    case Option.buffer:
      draft.buffers.push(sections ? readBuffer7(data) : readBuffer6(data));
      break;
    case Option.clock:
      draft.clock = /\[(\S+)\]/.exec(restOf(data))?.[1];
      break;
    case Option.cpus:
      draft.cpus = data.u32();
      break;
    case Option.traceId:
      draft.traceId = data.bigint();
      break;
    case Option.guest:
      draft.guests.push(readGuest(data));
      break;
    case Option.timeShift:
      draft.timeShift = readTimeShift(data);
      break;
    case Option.tscToNs:
      draft.tscToNs = { multiplier: BigInt(data.u32()), shift: BigInt(data.u32()) };
      break;
    default:
      if (sections && id >= Section.headerInfo && data.left() >= 8) draft.sections.set(id, data.u64());
  }
}

function restOf(data: Cursor): string {
  return textOf(data.bytes(data.left()));
}

/** As strtoll(3) with base 0 reads it: decimal or 0x, with a sign or without; 0 for what is no number. */
function wholeNumber(data: Cursor): bigint {
  const [, sign, digits] = /^\s*([+-]?)(0x[0-9a-f]{1,16}|\d{1,19})/i.exec(restOf(data)) ?? ["", "", "0"];
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}

function readBuffer6(data: Cursor): BufferOption {
  const at = data.u64();
  return { at, name: data.string(), clock: undefined, pageSize: undefined, cpus: [] };
}

const bytesOfRange = 20;

function readBuffer7(data: Cursor): BufferOption {
  const at = data.u64();
  const name = data.string();
  const clock = data.string();
  const pageSize = data.u32();
  const count = data.u32();
  if (count * bytesOfRange > data.left()) throw data.damaged(`${count} CPUs in ${data.left()} bytes`);
  const cpus = Array.from({ length: count }, (): CpuRange => {
    return { cpu: data.u32(), offset: data.u64(), size: data.u64() };
  });
  return { at, name, clock, pageSize, cpus };
}

const bytesOfCpu = 8;

function readGuest(data: Cursor): GuestOption {
  const name = data.string();
  const traceId = data.bigint();
  const count = data.u32();
  if (count * bytesOfCpu > data.left()) throw data.damaged(`${count} CPUs in ${data.left()} bytes`);
  const cpus = Array.from({ length: count }, () => ({ cpu: data.u32(), pid: data.u32() }));
  return { name, traceId, cpus };
}
