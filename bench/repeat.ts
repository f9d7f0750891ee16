import { closeSync, copyFileSync, openSync, readSync, rmSync, truncateSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { pack } from "msgpackr";
import { traceEvents } from "../src/trace/events.js";
import { lastWord } from "../src/trace/block.js";
import { formatVersion, type BlockRow, type TraceHeader } from "../src/trace/header.js";
import { encodePrelude, preludeLength } from "../src/trace/prelude.js";
import { openTrace } from "../src/trace/reader.js";
import { isUnseen } from "../src/trace/windows/cutter.js";
import { Came, type Dictionary } from "../src/trace/windows/dictionary.js";
import { encodeDictionary } from "../src/trace/windows/dictionary-block.js";
import { windowsOfEvents } from "../src/trace/windows/of-events.js";
import type { StayRow } from "../src/trace/windows/once.js";
import { literal, type WindowChunks } from "../src/trace/windows/stream.js";
import { encodeWindowBlock } from "../src/trace/windows/window-block.js";
import { windowIndexRows, type WindowRow } from "../src/trace/windows/window-index.js";
import { createTraceWriter } from "../src/trace/writer.js";
import { showsCachesOn } from "./caches.js";

/**
 * Writes what policies see of a trace (its recorded kernel's own saves and restores left out, and values but the one
 * that shows each vCPU's caches on) over and over, until it holds `events` events: a trace for measuring replay at a scale that no recording here has. Blocks are
 * copied, not written anew, so that a thousand million events take seconds.
 * @returns the number of events, and how often the recording stands in it
 */
export function repeatTrace(
  path: string,
  output: string,
  events: number,
): { readonly events: number; readonly times: number } {
  const once = `${output}.once`;
  const twice = `${output}.twice`;
  try {
    writeSeen(path, once, 1);
    writeSeen(path, twice, 2);
    return assemble(once, twice, output, events);
  } finally {
    rmSync(once, { force: true });
    rmSync(twice, { force: true });
  }
}

/** A trace of what policies see of another one, once or more often. */
function writeSeen(path: string, output: string, times: number): void {
  const trace = openTrace(path);
  const { header } = trace;
  const writer = createTraceWriter(output);
  try {
    for (const encoding of header.registers.slice(1)) writer.register(encoding);
    for (let at = 0; at < header.places.length; at += 2)
      writer.place(header.places[at], header.places[at + 1]);
    const isOn = showsCachesOn(header.registers);
    for (let round = 0; round < times; round++) {
      const on = new Set<number>();
      for (const event of traceEvents(trace)) {
        const { kind, register, place, time, lo, hi } = event;
        const vcpu = header.places[2 * place + 1];
        const first = vcpu >= 0 && !on.has(vcpu) && isOn(event);
        if (first) on.add(vcpu);
        if (first || !isUnseen(kind)) writer.append(kind, register, place, time, first, lo, hi);
      }
    }
    const list = (indices: readonly number[]): number[] => indices.map((index) => header.registers[index]);
    const { recorded } = header;
    writer.finish({
      ...header,
      pcpus: header.pcpus.map(({ pcpu }) => pcpu),
      recorded: {
        guestSave: list(recorded.guestSave),
        guestRestore: list(recorded.guestRestore),
        hostSave: list(recorded.hostSave),
        hostRestore: list(recorded.hostRestore),
      },
    });
  } finally {
    writer.abort();
    trace.close();
  }
}

/** Copies the blocks of `once` as often as it takes; counts grow as those from one to two repetitions do. */
function assemble(
  once: string,
  twice: string,
  output: string,
  events: number,
): { readonly events: number; readonly times: number } {
  const trace = openTrace(once);
  const two = openTrace(twice);
  const times = Math.ceil(events / trace.header.events);
  copyFileSync(once, output);
  const bodyEnd = Math.max(...[...trace.blocks].map(({ offset, bytes }) => offset + bytes));
  truncateSync(output, bodyEnd);
  const file = openSync(output, "r+");
  let offset = bodyEnd;
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    offset += bytes.length;
  };
  try {
    // The events, and in front of them the windows that the first repetition had between its blocks.
    const body = Buffer.allocUnsafe(bodyEnd - preludeLength);
    readSync(file, body, 0, body.length, preludeLength);
    const rows = [...trace.blocks].map((row): BlockRow => ({ ...row, offset: row.offset - preludeLength }));
    const eventBytes = rows.map(({ offset: at, bytes }) => body.subarray(at, at + bytes));
    truncateSync(output, preludeLength);
    offset = preludeLength;
    const blocks: number[][] = [];
    for (let round = 0; round < times; round++) {
      eventBytes.forEach((bytes, at) => {
        blocks.push([offset, bytes.length, rows[at].events, rows[at].crc ?? 0]);
        write(bytes);
      });
    }
    const { windows, dictionaries } = repeatWindows(once, times, write, () => offset);
    const held = dictionaries.map((dictionary, segmentation) => {
      const start = offset;
      const encoded = encodeDictionary(segmentation, dictionary);
      for (const bytes of encoded) write(bytes);
      return { offset: start, bytes: offset - start, crc: lastWord(encoded[0]) };
    });
    const counts = {
      stays: scaled(
        trace.windows().once.stays,
        two.windows().once.stays,
        times,
        ([kind, vcpu], count): StayRow => [kind, vcpu, count],
      ),
      beforeCaches: trace.windows().once.beforeCaches,
    };
    const header = scaledHeader(trace.header, two.header, times);
    const headerBytes = pack(header);
    const headerOffset = offset;
    write(headerBytes);
    const index = [blocks, ...windowIndexRows({ blocks: windows, dictionaries: held, once: counts })];
    const indexBytes = pack(index);
    const indexOffset = offset;
    write(indexBytes);
    const end = offset;
    offset = 0;
    write(
      encodePrelude({
        version: formatVersion,
        headerOffset,
        headerLength: headerBytes.length,
        headerCrc: crc32(headerBytes),
        indexOffset,
        indexLength: indexBytes.length,
        indexCrc: crc32(indexBytes),
        fileLength: end,
      }),
    );
    return { events: header.events, times };
  } finally {
    closeSync(file);
    trace.close();
    two.close();
  }
}

/** So many words a block of windows has at most, as a writer's. */
const mostWords = 1 << 16;

/** The windows of all repetitions, in blocks as long as a writer makes them. */
function repeatWindows(
  once: string,
  times: number,
  write: (bytes: Uint8Array) => void,
  offset: () => number,
): { readonly windows: WindowRow[]; readonly dictionaries: Dictionary[] } {
  const trace = openTrace(once);
  const made = windowsOfEvents(trace);
  trace.close();
  const windows: WindowRow[] = [];
  const dictionaries = made.dictionaries.map((dictionary, segmentation): Dictionary => {
    const chunks = [...made.blocks].flatMap((block, at) =>
      block.segmentation === segmentation ? [made.read(at)] : [],
    );
    const words = chunks.reduce((sum, each) => sum + each.words.length, 0);
    if (words === 0) return dictionary;
    const fit = Math.max(1, Math.floor(mostWords / words));
    for (let round = 0; round < times; round += fit) {
      const block = joinChunks(chunks, Math.min(fit, times - round));
      const start = offset();
      const encoded = encodeWindowBlock(block);
      for (const bytes of encoded) write(bytes);
      const crc = lastWord(encoded[0]);
      const { literals } = block;
      const count = block.counts.reduce((sum, each) => sum + each, 0);
      windows.push({ offset: start, bytes: offset() - start, segmentation, windows: count, literals, crc });
    }
    return { ...dictionary, flags: wrapped(dictionary, chunks) };
  });
  return { windows, dictionaries };
}

/** Blocks as one, each vCPU's windows `times` times in its order. */
function joinChunks(blocks: readonly WindowChunks[], times: number): WindowChunks {
  const vcpus = [...new Set(blocks.flatMap((each) => each.vcpus))].toSorted((a, b) => a - b);
  const own = vcpus.map((vcpu) => {
    const parts = blocks.flatMap((each) => {
      const at = each.vcpus.indexOf(vcpu);
      if (at < 0) return [];
      const from = each.lengths.slice(0, at).reduce((sum, length) => sum + length, 0);
      return [{ words: each.words.subarray(from, from + each.lengths[at]), count: each.counts[at] }];
    });
    return {
      words: parts.flatMap(({ words }) => [...words]),
      count: parts.reduce((sum, { count }) => sum + count, 0),
    };
  });
  const words = own.flatMap((each) => Array.from({ length: times }, () => each.words).flat());
  return {
    segmentation: blocks[0].segmentation,
    vcpus,
    lengths: own.map((each) => times * each.words.length),
    counts: own.map(({ count }) => times * count),
    literals: times * blocks.reduce((sum, { literals }) => sum + literals, 0),
    words: Uint16Array.from(words),
  };
}

/** Flags of a dictionary whose vCPUs' last windows come before their first. */
function wrapped({ flags }: Dictionary, blocks: readonly WindowChunks[]): Uint8Array {
  const wraps = flags.slice();
  const joined = joinChunks(blocks, 1);
  let at = 0;
  for (const length of joined.lengths) {
    const [first, last] = [joined.words[at], joined.words[at + length - 1]];
    if (joined.literals > 0 || first === literal)
      throw new Error("windows without numbers cannot be repeated");
    wraps[first] |= Came.behind;
    wraps[last] |= Came.before;
    at += length;
  }
  return wraps;
}

/** Rows that end with a count: a further repetition adds what the second added. */
function scaled<Row extends readonly number[]>(
  one: readonly Row[],
  two: readonly Row[],
  times: number,
  withCount: (row: Row, count: number) => Row,
): Row[] {
  const before = new Map(one.map((row) => [row.slice(0, -1).join(), row[row.length - 1]]));
  return two.map((row) => {
    const first = before.get(row.slice(0, -1).join()) ?? 0;
    const count = first + (times - 1) * (row[row.length - 1] - first);
    return withCount(row, count);
  });
}

function scaledHeader(one: TraceHeader, two: TraceHeader, times: number): TraceHeader {
  return {
    ...one,
    events: one.events * times,
    guestTime: one.guestTime.map((time, vcpu) => time + (times - 1) * (two.guestTime[vcpu] - time)),
    tally: scaled(one.tally, two.tally, times, ([kind, register, place], count) => [
      kind,
      register,
      place,
      count,
    ]),
    exits: scaled(one.exits, two.exits, times, ([place, fast, reason, register, write], count) => [
      place,
      fast,
      reason,
      register,
      write,
      count,
    ]),
  };
}
