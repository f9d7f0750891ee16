import { type Cursor, textOf } from "./cursor.js";
import { type Field, readFields } from "./fields.js";

/** What an event's number stands for in this file. */
export interface EventFormat {
  readonly system: string;
  readonly name: string;
  readonly id: number;
  /** Read when asked for: a kernel has thousands of events, of which a few are of use. */
  fields(): readonly Field[];
}

/** By number. */
export type Formats = Map<number, EventFormat>;

/** The number has 16 bits (trace_entry.type). */
const mostId = 0xffff;
/** The longest of a kernel's, `kvm_exit` and the like, have a few thousand characters. */
const mostText = 1 << 20;
/** Smallest possible table entries: a length, and a name with a count. */
const sizeOfText = 8;
const sizeOfSystem = 5;

/** Adds the formats of ftrace's own events. */
export function readFtraceFormats(cursor: Cursor, formats: Formats): void {
  readTexts(cursor, "ftrace", countOf(cursor, sizeOfText), formats);
}

/** Adds the formats of all systems. */
export function readEventFormats(cursor: Cursor, formats: Formats): void {
  const systems = countOf(cursor, sizeOfSystem);
  for (let left = systems; left > 0; left--) {
    const system = cursor.string();
    readTexts(cursor, system, countOf(cursor, sizeOfText), formats);
  }
}

/** A count of entries that have at least some bytes each cannot be larger than what is left holds. */
function countOf(cursor: Cursor, least: number): number {
  const count = cursor.u32();
  if (count * least > cursor.left()) throw cursor.damaged(`${count} entries in ${cursor.left()} bytes`);
  return count;
}

function readTexts(cursor: Cursor, system: string, count: number, formats: Formats): void {
  for (let left = count; left > 0; left--) {
    const size = cursor.u64();
    if (size > mostText) throw cursor.damaged(`an event's format of ${size} bytes`);
    const text = textOf(cursor.bytes(size));
    const name = /^name:\s*(\S+)/m.exec(text)?.[1];
    const id = Number(/^ID:\s*(\d+)/m.exec(text)?.[1]);
    if (name === undefined || !(id <= mostId))
      throw cursor.damaged("an event's format has no name or no number");
    let fields: readonly Field[] | undefined;
    formats.set(id, { system, name, id, fields: () => (fields ??= readFields(text)) });
  }
}
