import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { threadId } from "node:worker_threads";
import { TraplineError } from "../errors.js";
import { systemError } from "../system-error.js";
import { setCopy } from "../trace/copies.js";
import { decodePrelude, preludeLength } from "../trace/prelude.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { openRemote, type RemoteFile, type RemoteOptions } from "./remote.js";

/** Bytes of a file: from, and how many. */
export type Range = readonly [offset: number, length: number];

/** A file here with holes where nothing was read of the one there. Each thread has its own: none waits for another. */
interface Copy {
  readonly file: string;
  readonly remote: RemoteFile;
  /** What is here: from and to, in order, none touching another. */
  have: (readonly [number, number])[];
}

const copies = new Map<string, Copy>();

/** Ranges with so little between them are read at once: a request takes longer. */
const mostGap = 65_536;
/** Of one request. */
const mostBytes = 16 << 20;

/** Brings everything of a trace here that is not a block: what says where the blocks are, and the dictionaries. */
export async function fetchHead(url: string, folder: string, options: RemoteOptions = {}): Promise<void> {
  if (copies.has(url)) return;
  const remote = await openRemote(url, options);
  const name = createHash("sha256").update(url).digest("hex").slice(0, 24);
  const file = join(folder, `${name}-${threadId}.trl`);
  const copy: Copy = { file, remote, have: [] };
  const { start, size } = remote;
  const { headerOffset, headerLength, indexOffset, indexLength } = decodePrelude(
    start.subarray(0, preludeLength),
    size,
    url,
  );
  keep(copy, 0, start);
  await fetchRanges(copy, [
    [headerOffset, headerLength],
    [indexOffset, indexLength],
  ]);
  setCopy(url, file);
  copies.set(url, copy);
  try {
    const { windowIndex, version } = structureOf(url);
    // Windows of version 1 are made of all its events.
    if (windowIndex === undefined || version === 1) await fetchRanges(copy, [[0, size]]);
    else
      await fetchRanges(
        copy,
        windowIndex.dictionaries.map(({ offset, bytes }): Range => [offset, bytes]),
      );
  } catch (error) {
    dropCopy(url);
    throw error;
  }
}

/** The trace's structure, checked; it is closed. */
export function structureOf(url: string): Trace {
  const trace = openTrace(url);
  trace.close();
  return trace;
}

/** Brings ranges of a trace here whose head is here. */
export async function fetchOf(url: string, ranges: readonly Range[]): Promise<void> {
  const copy = copies.get(url);
  if (copy === undefined) throw new RangeError(`the head of ${url} was not fetched`);
  await fetchRanges(copy, ranges);
}

/** Forgets what is here of a trace: it is to be read anew. */
export function dropCopy(url: string): void {
  const copy = copies.get(url);
  if (copy === undefined) return;
  copies.delete(url);
  rmSync(copy.file, { force: true });
}

async function fetchRanges(copy: Copy, ranges: readonly Range[]): Promise<void> {
  const { remote } = copy;
  for (const [from, to] of near(missingOf(ranges, copy.have))) {
    for (let at = from; at < to; at += mostBytes) {
      const length = Math.min(mostBytes, to - at);
      const bytes = await remote.read(at, length);
      if (bytes.length < length) throw cutOff(remote, at + bytes.length);
      keep(copy, at, bytes);
    }
  }
}

const cutOff = ({ url }: RemoteFile, offset: number): TraplineError =>
  new TraplineError("corrupt", "the trace is cut off", { file: url, offset });

/** The parts of ranges that are not here, in order. */
function missingOf(
  ranges: readonly Range[],
  have: readonly (readonly [number, number])[],
): [number, number][] {
  const wanted = united(ranges.map(([offset, length]): [number, number] => [offset, offset + length]));
  return wanted.flatMap(([from, to]) => {
    const gaps: [number, number][] = [];
    let at = from;
    for (const [start, end] of have) {
      if (end <= at || start >= to) continue;
      if (start > at) gaps.push([at, start]);
      at = Math.max(at, end);
    }
    if (at < to) gaps.push([at, to]);
    return gaps;
  });
}

const united = (list: readonly (readonly [number, number])[]): [number, number][] => joined(list, 0);
const near = (list: readonly (readonly [number, number])[]): [number, number][] => joined(list, mostGap);

/** Intervals in order; those that are no more than `gap` apart are one. */
function joined(list: readonly (readonly [number, number])[], gap: number): [number, number][] {
  const out: [number, number][] = [];
  for (const [from, to] of list.toSorted(([a], [b]) => a - b)) {
    const last = out.at(-1);
    if (last !== undefined && from <= last[1] + gap) last[1] = Math.max(last[1], to);
    else if (to > from) out.push([from, to]);
  }
  return out;
}

function keep(copy: Copy, offset: number, bytes: Uint8Array): void {
  try {
    const file = openSync(copy.file, copy.have.length === 0 ? "w" : "r+");
    try {
      if (copy.have.length === 0) ftruncateSync(file, copy.remote.size);
      for (let done = 0; done < bytes.length;)
        done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw systemError(error, copy.file);
  }
  copy.have = united([...copy.have, [offset, offset + bytes.length]]);
}
