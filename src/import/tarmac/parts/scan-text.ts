import type { Recording } from "../../importer.js";
import type { OpenFile } from "../../input/source.js";
import type { TarmacScanner } from "../scan.js";
import { warmUpMachine } from "../warm-up-machine.js";
import { createCutter } from "./cutter.js";
import { createParts } from "./parts.js";

/** How a text is divided, in bytes. */
export interface Division {
  /** Texts that are shorter are for one thread: starting another costs as much as reading so many bytes. */
  readonly enough: number;
  /** Bytes of a part, a multiple of 8: few enough that parts in work stay in the caches. */
  readonly part: number;
}

/** A text that comes in such pieces is long enough to prepare for. */
const longPiece = 1 << 20;

/** Of 223 MB two threads were no faster than one, of 477 MB by a tenth, of 1.9 GB by a quarter to a third. */
const usual: Division = { enough: 256 << 20, part: 1 << 20 };

/** Reads a recording, with as many threads as it is worth. */
export async function scanText(
  scanner: TarmacScanner,
  { chunks, file, onRead }: Recording,
  threads: number,
  division = usual,
): Promise<void> {
  if (threads > 1 && file !== undefined && file.size >= division.enough) {
    warmUpMachine();
    await scanFile(scanner, file, threads, division.part, onRead);
    return;
  }
  const most = threads > 1 && file === undefined ? division.enough : Number.POSITIVE_INFINITY;
  const pieces = chunks[Symbol.asyncIterator]();
  const rest = { [Symbol.asyncIterator]: () => pieces };
  let read = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) return;
    if (next.value.length >= longPiece) warmUpMachine();
    scanner.feed(next.value);
    read += next.value.length;
    const started = read < most ? undefined : scanner.release();
    if (started !== undefined) {
      await scanStream(scanner, rest, threads, division.part, started);
      return;
    }
  }
}

/** Reads a whole file with several threads, each of which reads its own parts of it. */
async function scanFile(
  scanner: TarmacScanner,
  file: OpenFile,
  threads: number,
  partBytes: number,
  onRead: (bytes: number) => void,
): Promise<void> {
  const parts = createParts(scanner, threads, file, partBytes);
  try {
    for (let last = false; !last;) {
      parts.allow(parts.taken() + parts.slotCount);
      last = await parts.takeNext();
      onRead(parts.taken() * partBytes);
    }
  } finally {
    await parts.stop();
  }
}

/** Reads a text that comes in pieces, each valid until the next: this thread cuts it, several read the parts. */
async function scanStream(
  scanner: TarmacScanner,
  pieces: AsyncIterable<Uint8Array>,
  threads: number,
  partBytes: number,
  before: Uint8Array,
): Promise<void> {
  const parts = createParts(scanner, threads, undefined, partBytes);
  try {
    const cutter = createCutter(parts.slot(0));
    cutter.add(before, 0);
    let part = 0;
    for await (const piece of pieces) {
      for (let at = cutter.add(piece, 0); at < piece.length; at = cutter.add(piece, at)) {
        // The slot behind it must be free before the part that is full goes to whoever is faster.
        while (part + 1 - parts.taken() >= parts.slotCount) await parts.takeNext();
        cutter.next(parts.slot(part + 1));
        part++;
        parts.allow(part);
      }
      while (parts.taken() < part && parts.isReady()) await parts.takeNext();
    }
    cutter.end();
    parts.allow(part + 1);
    while (parts.taken() <= part) await parts.takeNext();
  } finally {
    await parts.stop();
  }
}
