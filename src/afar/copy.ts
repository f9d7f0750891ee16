import { createHash } from "node:crypto";
import { join } from "node:path";
import { isMainThread, threadId } from "node:worker_threads";
import { TraplineError } from "../errors.js";
import { traceIdentity } from "../replay/identity.js";
import { removeCopy, setCopy } from "../trace/copies.js";
import { decodePrelude, preludeLength } from "../trace/prelude.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { covers, joined, lengthOf, without, type Interval } from "./intervals.js";
import { openRemote, type RemoteFile, type RemoteOptions } from "./remote.js";
import { createSparseFile, type SparseFile } from "./sparse-file.js";

/** Bytes of a file: from, and how many. */
export type Range = readonly [offset: number, length: number];

/** What is here of a trace elsewhere. Each thread has its own: none waits for another. */
interface Copy {
  readonly remote: RemoteFile;
  readonly folder: string;
  readonly options: RemoteOptions;
  readonly file: SparseFile;
  have: readonly Interval[];
  /** What says where the blocks are, and the dictionaries. */
  head: readonly Interval[];
}

interface About {
  /** Closed. */
  readonly structure: Trace;
  readonly identity: string;
}

/** The one that was used last is the last. */
const copies = new Map<string, Copy>();
let number = 0;
/** Of the copy that shards were last asked of. */
let about: (About & { readonly copy: Copy }) | undefined;

/** Ranges with so little between them are read at once: a request takes longer. */
export const mostGap = 65_536;
/** Of one request. */
const mostBytes = 16 << 20;
/** Bytes of blocks that a thread keeps for its next shards, beside those of the one that it works on. */
const mostKept = 256 << 20;
/** Traces that a worker's thread keeps the heads of. */
const mostCopies = 16;

/**
 * Brings everything of a trace here that is not a block. Throws TraplineError: "input", "corrupt", "unsupported",
 * "interrupted", and "output" where there is no room.
 */
export async function fetchHead(url: string, folder: string, options: RemoteOptions = {}): Promise<void> {
  const known = copies.get(url);
  if (known !== undefined) {
    copies.delete(url);
    copies.set(url, known);
    return;
  }
  try {
    await readHead(url, folder, options);
  } catch (error) {
    // Bytes may be changed on the way; if they are so again, they are where they come from.
    if (!(error instanceof TraplineError) || error.code !== "corrupt") throw error;
    await readHead(url, folder, options);
  }
  // In the main thread shards are merged, which takes the heads of all traces.
  if (isMainThread) return;
  for (const each of copies.keys()) {
    if (copies.size <= mostCopies) break;
    dropCopy(each);
  }
}

async function readHead(url: string, folder: string, options: RemoteOptions): Promise<void> {
  const remote = await openRemote(url, options);
  const { start, size } = remote;
  const prelude = decodePrelude(start.subarray(0, preludeLength), size, url);
  const { headerOffset, headerLength, indexOffset, indexLength } = prelude;
  const hash = createHash("sha256").update(url).digest("hex").slice(0, 24);
  const file = createSparseFile(join(folder, `${hash}-${threadId}-${++number}`), size);
  const copy: Copy = { remote, folder, options, file, have: [], head: [] };
  copies.set(url, copy);
  const holds = (offset: number, length: number): boolean => covers(copy.have, [offset, offset + length]);
  setCopy(url, { file: file.path, folder, holds });
  try {
    keep(copy, 0, start);
    const structureRanges: Range[] = [
      [headerOffset, headerLength],
      [indexOffset, indexLength],
    ];
    await fetchRanges(copy, structureRanges);
    const { windowIndex, version } = structureOf(url);
    // Windows of version 1 are made of all its events.
    const others: Range[] =
      windowIndex === undefined || version === 1
        ? [[0, size]]
        : windowIndex.dictionaries.map(({ offset, bytes }): Range => [offset, bytes]);
    await fetchRanges(copy, others);
    copy.head = joined([[0, preludeLength], ...[...structureRanges, ...others].map(intervalOf)]);
  } catch (error) {
    dropCopy(url);
    throw error;
  }
}

/** The structure of a trace whose head is here, closed, and its identity. */
export function aboutCopy(url: string): About {
  const copy = copies.get(url);
  if (copy === undefined) throw new RangeError("the head of a trace was not fetched");
  if (about?.copy !== copy) about = { copy, structure: structureOf(url), identity: traceIdentity(url) };
  return about;
}

function structureOf(url: string): Trace {
  const trace = openTrace(url);
  trace.close();
  return trace;
}

/**
 * Brings ranges of a trace here whose head is here. Blocks of shards before make room, once there are too many.
 * @param most - Bytes of blocks, beside those of these ranges
 */
export async function fetchOf(url: string, ranges: readonly Range[], most = mostKept): Promise<void> {
  const copy = copies.get(url);
  if (copy === undefined) throw new RangeError("the head of a trace was not fetched");
  const wanted = ranges.map(intervalOf);
  const bodies = [...copies.values()].map((each) => lengthOf(each.have) - lengthOf(each.head));
  const missing = lengthOf(without(wanted, copy.have));
  if (missing > 0 && bodies.reduce((sum, bytes) => sum + bytes, 0) + missing > most) {
    for (const each of copies.values()) {
      if (lengthOf(each.have) === lengthOf(each.head)) continue;
      each.file.keepOnly(each.head);
      each.have = each.head;
    }
  }
  await fetchRanges(copy, ranges);
}

/** Forgets what is here of a trace. */
export function dropCopy(url: string): void {
  const copy = copies.get(url);
  if (copy === undefined) return;
  copies.delete(url);
  removeCopy(url);
  copy.file.remove();
}

/** Forgets what is here of a trace and reads its head anew. */
export async function fetchAnew(url: string): Promise<void> {
  const copy = copies.get(url);
  if (copy === undefined) throw new RangeError("the head of a trace was not fetched");
  dropCopy(url);
  await fetchHead(url, copy.folder, copy.options);
}

const intervalOf = ([offset, length]: Range): Interval => [offset, offset + length];

async function fetchRanges(copy: Copy, ranges: readonly Range[]): Promise<void> {
  const { remote } = copy;
  for (const [from, to] of joined(without(ranges.map(intervalOf), copy.have), mostGap)) {
    for (let at = from; at < to; at += mostBytes) {
      const length = Math.min(mostBytes, to - at);
      const bytes = await remote.read(at, length);
      if (bytes.length < length) {
        throw new TraplineError("corrupt", "the trace is cut off", {
          file: remote.url,
          offset: at + bytes.length,
        });
      }
      keep(copy, at, bytes);
    }
  }
}

function keep(copy: Copy, offset: number, bytes: Uint8Array): void {
  copy.file.write(offset, bytes);
  copy.have = joined([...copy.have, [offset, offset + bytes.length]]);
}
