import { crc32 } from "node:zlib";
import { messageOf, type Place } from "../errors.js";
import { maxBlockHeadBytes, minBlockBytes } from "../trace/block.js";
import type { ReadAt } from "../trace/block-reader.js";
import { corrupt } from "../trace/corrupt.js";
import type { BlockRow, DamagedPart, TraceHeader } from "../trace/header.js";
import { checkHeader, checkIndex } from "../trace/header-check.js";
import { othersOf, readIndex } from "../trace/index-lists.js";
import { decodePlain } from "../trace/msgpack.js";
import {
  isWholePrelude,
  maxHeaderBytes,
  preludeFields,
  preludeLength,
  type Prelude,
} from "../trace/prelude.js";

/** A stretch of the file: a block of events, or something that is none and may have been some. */
export type Piece = { readonly row: BlockRow } | { readonly damage: DamagedPart };

/** What is left of a trace that does not open. */
export interface Located {
  readonly header: TraceHeader;
  /** In the order of the file. */
  readonly pieces: readonly Piece[];
  /** Of prelude and index. */
  readonly damaged: readonly DamagedPart[];
}

const maxItems = 1 << 22;

/**
 * Finds the header and the blocks of events of a trace whose prelude or index is damaged, or that something was added
 * to. Nothing can be understood without the header, which is there once: where it is damaged this throws TraplineError
 * "corrupt", as for a file that was cut off.
 */
export function locateBlocks(path: string, size: number, readAt: ReadAt): Located {
  const lost = (what: string, offset: number): Error =>
    corrupt(`${what}, and without the header nothing of the trace can be understood`, { file: path, offset });
  if (size < preludeLength) throw lost("the trace is cut off in its first 64 bytes", size);
  const first = readAt(0, preludeLength);
  const isWhole = isWholePrelude(first);
  const prelude = preludeFields(isWhole ? first : mended(first));
  const { headerOffset, headerLength, headerCrc, fileLength } = prelude;
  const headerEnd = headerOffset + headerLength;
  if (headerOffset < preludeLength || headerEnd > size || headerLength > maxHeaderBytes) {
    throw lost("the header is not where the first bytes of the file say", 12);
  }
  const bytes = readAt(headerOffset, headerLength);
  if (crc32(bytes) !== headerCrc) throw lost("the checksum of the header does not hold", headerOffset);
  const place: Place = { file: path, offset: headerOffset };
  const header = checkHeader(plainOf(bytes, place), (what) => corrupt(what, place));
  const damaged: DamagedPart[] = [];
  if (!isWhole) {
    const what = "the checksum of the first 64 bytes does not hold";
    damaged.push({ part: "prelude", what, offset: 0, bytes: preludeLength, lost: 0 });
  } else if (size > fileLength) {
    const what = "there is more behind the end of the trace";
    damaged.push({ part: "file", what, offset: fileLength, bytes: size - fileLength, lost: 0 });
  }
  const index = indexPieces(size, readAt, prelude, header);
  if ("pieces" in index) return { header, pieces: index.pieces, damaged };
  damaged.push(index.damage);
  return { header, pieces: walk(path, headerOffset, header.events, readAt), damaged };
}

/** With one bit changed so that the checksum holds, if there is such a bit: CRC-32 tells all of them apart in 64 bytes. */
function mended(bytes: Uint8Array): Uint8Array {
  const tried = Uint8Array.from(bytes);
  for (let bit = 0; bit < 8 * preludeLength; bit++) {
    tried[bit >> 3] ^= 1 << (bit & 7);
    if (isWholePrelude(tried)) return tried;
    tried[bit >> 3] ^= 1 << (bit & 7);
  }
  return bytes;
}

function plainOf(bytes: Uint8Array, place: Place): unknown {
  try {
    return decodePlain(bytes, maxItems);
  } catch (error) {
    throw corrupt(`it cannot be read: ${messageOf(error)}`, place);
  }
}

/** Blocks as the index says, if it can be believed. Windows are made anew: nothing else is wanted of it. */
function indexPieces(
  size: number,
  readAt: ReadAt,
  { version, headerOffset, indexOffset, indexLength, indexCrc }: Prelude,
  { events }: TraceHeader,
): { readonly pieces: Piece[] } | { readonly damage: DamagedPart } {
  const damage = (what: string): { readonly damage: DamagedPart } => ({
    // What a damaged prelude says may be anything.
    damage: { part: "index", what, offset: Math.min(indexOffset, size), bytes: indexLength, lost: 0 },
  });
  if (indexOffset + indexLength > size) return damage("the index is cut off");
  const bytes = readAt(indexOffset, indexLength);
  if (crc32(bytes) !== indexCrc) return damage("the checksum of the index does not hold");
  try {
    const index = readIndex(bytes, version, maxItems);
    const fail = (what: string): Error => new Error(what);
    const blocks = checkIndex(index.rows, preludeLength, headerOffset, events, fail, othersOf(index));
    return { pieces: [...blocks].map((row) => ({ row })) };
  } catch (error) {
    return damage(messageOf(error));
  }
}

const magics = { events: 0x4b4c4254, windows: 0x4e495754, dictionary: 0x43494454 } as const;
const windowBytes = 64 << 10;

/** Bytes of heads that turned out to be none: a file made of such heads would be read again and again. */
const mostFalseHeads = 1 << 28;

/** Finds blocks by their heads, each of which has a checksum, and takes what lies between for damage. */
function walk(path: string, end: number, events: number, read: ReadAt): Piece[] {
  let looked = 0;
  const readAt: ReadAt = (offset, length) => {
    looked += length;
    if (looked > 4 * end + mostFalseHeads)
      throw corrupt("its blocks cannot be found", { file: path, offset });
    return read(offset, length);
  };
  const pieces: Piece[] = [];
  let found = 0;
  let bad = -1;
  const close = (offset: number): void => {
    if (bad < 0) return;
    const damage = { part: "events", what: "there is no block here", offset: bad, bytes: offset - bad };
    pieces.push({ damage });
    bad = -1;
  };
  let at = preludeLength;
  while (at < end) {
    const head = headAt(at, end, readAt);
    if (head === undefined) {
      if (bad < 0) bad = at;
      at = nextMagic(at + 1, end, readAt);
      continue;
    }
    close(at);
    if (head.events > 0) {
      pieces.push({ row: { offset: at, bytes: head.bytes, events: head.events } });
      found += head.events;
    }
    at += head.bytes;
  }
  close(end);
  return withLoss(pieces, events - found);
}

/** What one damaged stretch held is known when there is no other. */
function withLoss(pieces: readonly Piece[], lost: number): Piece[] {
  const count = pieces.filter((piece) => "damage" in piece).length;
  if (lost < 0 || (count > 1 && lost > 0)) return [...pieces];
  return pieces.map((piece) => ("damage" in piece ? { damage: { ...piece.damage, lost } } : piece));
}

interface Head {
  readonly bytes: number;
  /** 0 for what holds none. */
  readonly events: number;
}

/** The head of a block or a dictionary, if its checksum holds and it fits. */
function headAt(at: number, end: number, readAt: ReadAt): Head | undefined {
  if (end - at < 28) return undefined;
  const first = readAt(at, Math.min(minBlockBytes, end - at));
  const word = (bytes: Uint8Array, index: number): number =>
    new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(4 * index, true);
  const whole = (words: number): boolean => {
    const length = 4 * words;
    if (length > maxBlockHeadBytes || at + length > end) return false;
    const bytes = readAt(at, length);
    return crc32(bytes.subarray(0, length - 4)) === word(bytes, words - 1);
  };
  const fits = (head: Head): Head | undefined => (at + head.bytes <= end ? head : undefined);
  switch (word(first, 0)) {
    case magics.events: {
      if (first.length < minBlockBytes) return undefined;
      const words = 21 + 3 * word(first, 3);
      if (!whole(words)) return undefined;
      const stored = [0, 1, 2, 3].reduce((sum, column) => sum + word(first, 5 + 4 * column), 0);
      return fits({ bytes: 4 * words + stored, events: word(first, 1) });
    }
    case magics.windows: {
      const words = 7 + 3 * word(first, 2);
      return whole(words) ? fits({ bytes: 4 * words + 2 * word(first, 3), events: 0 }) : undefined;
    }
    case magics.dictionary:
      // Its head does not say how long it is: the next head, or the end, does.
      return whole(6) ? { bytes: nextMagic(at + 4, end, readAt) - at, events: 0 } : undefined;
    default:
      return undefined;
  }
}

/** Where the next four bytes stand that begin a block or a dictionary; `end` if nowhere. */
function nextMagic(from: number, end: number, readAt: ReadAt): number {
  for (let at = from; at < end; at += windowBytes) {
    const bytes = readAt(at, Math.min(windowBytes + 3, end - at));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = ["TBLK", "TWIN", "TDIC"].map((magic) => text.indexOf(magic)).filter((place) => place >= 0);
    if (found.length > 0) return at + Math.min(...found);
  }
  return end;
}
