import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { pack, unpack } from "msgpackr";
import * as v from "valibot";
import { afterAll, expect } from "vitest";
import { TraplineError } from "#src/errors.js";
import { traceEvents } from "#src/trace/events.js";
import { formatVersion, type TraceHeader } from "#src/trace/header.js";
import { decodePrelude, encodePrelude, preludeLength, type Prelude } from "#src/trace/prelude.js";
import { openTrace } from "#src/trace/reader.js";
import { createTraceWriter, type HeaderFields, type WriterOptions } from "#src/trace/writer.js";

/** An event as an importer knows it: encoding 0 for none. */
export interface Sample {
  readonly kind: number;
  readonly encoding: number;
  readonly pcpu: number;
  readonly vcpu: number;
  readonly time: number;
  readonly value: readonly [lo: number, hi: number] | undefined;
}

/** A folder of its own for a test file, gone with it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "trapline-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What an importer says of a recording with four pCPUs and four vCPUs. */
export const fields: HeaderFields = {
  tool: "trapline test",
  source: { format: "test", dialect: "none", name: "sample", bytes: 2 ** 33, lines: 7 },
  clock: { unit: "ticks", perCpu: true },
  mode: "nvhe",
  pcpus: [0, 1, 2, 3],
  vcpus: [0, 1, 2, 3].map((mpidr) => ({ vm: 1, mpidr: 0x8000_0000 + mpidr })),
  capabilities: {
    guestWrites: "all",
    guestReads: "filtered",
    values: true,
    entries: "all",
    runs: true,
    loads: true,
    switches: true,
    fpUse: "first-use",
    pauthUse: "none",
  },
  recorded: { guestSave: [0xc080], guestRestore: [0xc080, 0xc100], hostSave: [], hostRestore: [] },
  passedOver: { blank: 1 },
  anomalies: {},
};

export function writeTrace(
  path: string,
  samples: readonly Sample[],
  options: WriterOptions = {},
  given: HeaderFields = fields,
): TraceHeader {
  const writer = createTraceWriter(path, options);
  try {
    for (const { kind, encoding, pcpu, vcpu, time, value } of samples) {
      const register = encoding === 0 ? 0 : writer.register(encoding);
      const [lo, hi] = value ?? [0, 0];
      writer.append(kind, register, writer.place(pcpu, vcpu), time, value !== undefined, lo, hi);
    }
    return writer.finish(given);
  } finally {
    writer.abort();
  }
}

/** Reads a trace back into samples; values are unsigned. */
export function readTrace(path: string): Sample[] {
  const trace = openTrace(path);
  try {
    const { registers, places } = trace.header;
    return Array.from(traceEvents(trace), ({ kind, register, place, time, hasValue, lo, hi }) => ({
      kind,
      encoding: register === 0 ? 0 : registers[register],
      pcpu: places[2 * place],
      vcpu: places[2 * place + 1],
      time,
      value: hasValue ? [lo, hi] : undefined,
    }));
  } finally {
    trace.close();
  }
}

/** Opens a trace and reads every column of every block, every dictionary and every block of windows. */
export function readAll(path: string): void {
  const trace = openTrace(path);
  try {
    for (const block of [...trace.blocks].keys()) trace.columns(block);
    Array.from(traceEvents(trace));
    const windows = trace.windows();
    for (const block of [...windows.blocks].keys()) windows.read(block);
  } finally {
    trace.close();
  }
}

/** The error that a user would see; fails the test if there is none or one of another kind. */
export function troubleOf(what: () => unknown): TraplineError {
  try {
    what();
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
  return expect.fail("nothing was wrong");
}

/** The parts of a trace, to be changed and put together again with checksums that hold. */
export interface Parts {
  /** Blocks of events and of windows, and dictionaries. */
  readonly blocks: Uint8Array;
  readonly header: unknown;
  /** Lists of rows: blocks of events, and since version 2 of windows, dictionaries, stays, accesses before caches. */
  readonly index: unknown;
  /** Of the format; the newest if nothing is said. */
  readonly version?: number;
}

/** The lists of the index of a trace of version 2. */
export type IndexLists = readonly (readonly (readonly number[])[])[];

export function takeApart(path: string): Parts & { readonly index: IndexLists } {
  const bytes = readFileSync(path);
  const trace = openTrace(path);
  trace.close();
  const { headerOffset, indexOffset } = decodePrelude(bytes, bytes.length, path);
  return {
    blocks: bytes.subarray(preludeLength, headerOffset),
    header: trace.header,
    index: listsOf(unpack(bytes.subarray(indexOffset))),
  };
}

/** An index of version 2. */
function listsOf(index: unknown): IndexLists {
  return v.parse(v.array(v.array(v.array(v.number()))), index);
}

/** Header and index as objects, or as the bytes of a hostile one. */
export function putTogether(path: string, parts: Parts, change: Partial<Prelude> = {}): void {
  const [header, index] = [parts.header, parts.index].map((part) =>
    part instanceof Uint8Array ? part : pack(part),
  );
  const headerOffset = preludeLength + parts.blocks.length;
  const prelude = encodePrelude({
    version: parts.version ?? formatVersion,
    headerOffset,
    headerLength: header.length,
    headerCrc: crc32(header),
    indexOffset: headerOffset + header.length,
    indexLength: index.length,
    indexCrc: crc32(index),
    fileLength: headerOffset + header.length + index.length,
    ...change,
  });
  writeFileSync(path, Buffer.concat([prelude, parts.blocks, header, index]));
}

/** What is said of parts that do not go together; the error must name the file and a byte. */
export function refusal(path: string, parts: Parts, prelude: Partial<Prelude> = {}): string {
  putTogether(path, parts, prelude);
  const { code, place, message } = troubleOf(() => readAll(path));
  expect({ code, file: place.file, offset: typeof place.offset }).toEqual({
    code: "corrupt",
    file: path,
    offset: "number",
  });
  return message;
}
