import type { Bytes } from "./bytes.js";
import { readCommands } from "./commands.js";
import { createCursor, type Cursor, textOf } from "./cursor.js";
import { type Formats, readEventFormats, readFtraceFormats } from "./formats.js";
import type { DatHead } from "./head.js";
import { type CpuRange, type Options, noOptions, readOptions6 } from "./options.js";
import { readPageFormat } from "./page-format.js";
import { defaultClock, noBuffers, type Instance, type Tables } from "./tables.js";

/** CPUs that a kernel can have (CONFIG_NR_CPUS), with room to spare. */
const mostCpus = 1 << 16;
const bytesOfTag = 10;
const bytesOfRange = 16;

/** Version 6: all tables one after the other (trace-cmd.dat.v6(5)). */
export function readTables6(file: Bytes, { little, pageSize, next }: DatHead): Tables {
  const page = readPageFormat(next, little);
  const formats: Formats = new Map();
  readFtraceFormats(next, formats);
  readEventFormats(next, formats);
  skip(next, next.u32(), "symbols");
  skip(next, next.u32(), "formats of trace_printk");
  const commands = readCommands(next);
  const counted = next.u32();
  const { options, cpus } = readBuffers(file, next, little, counted);
  const clock = options.clock ?? defaultClock;
  const top: Instance = { name: "", clock, pageSize, compressed: false, cpus };
  const others = options.buffers.map(({ name, at }): Instance => {
    const table = readBuffers(file, createCursor(file, at, little), little, options.cpus ?? counted);
    return { name, clock, pageSize, compressed: false, cpus: table.cpus };
  });
  return { page, formats, commands, options, instances: [top, ...others] };
}

function skip(cursor: Cursor, length: number, what: string): void {
  if (length > cursor.left()) throw cursor.damaged(`${what} of ${length} bytes in ${cursor.left()}`);
  cursor.at += length;
}

/** Options, if there are any, and the table of where each CPU's buffer lies. */
function readBuffers(
  file: Bytes,
  cursor: Cursor,
  little: boolean,
  counted: number,
): { readonly options: Options; readonly cpus: readonly CpuRange[] } {
  let tag = readTag(cursor);
  const options = tag === "options" ? readOptions6(cursor, file, little) : noOptions();
  if (tag === "options") tag = readTag(cursor);
  if (tag === "latency") throw noBuffers(file);
  if (tag !== "flyrecord") throw file.damaged("its tables do not end with ring buffers", cursor.at);
  // What the option says is newer: the count before it serves readers that know no options.
  const count = options.cpus ?? counted;
  if (count > mostCpus || count * bytesOfRange > cursor.left()) throw cursor.damaged(`${count} CPUs`);
  const cpus = Array.from({ length: count }, (_, cpu): CpuRange => {
    return { cpu, offset: cursor.u64(), size: cursor.u64() };
  });
  return { options, cpus };
}

/** `options  `, `latency  ` or `flyrecord`, with a NUL byte. */
function readTag(cursor: Cursor): string {
  return textOf(cursor.bytes(bytesOfTag)).replace(/[ \0]+$/, "");
}
