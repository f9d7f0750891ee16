import { TraplineError } from "../../../errors.js";
import type { Bytes } from "./bytes.js";
import { createCursor } from "./cursor.js";
import type { Decompress } from "./decompress.js";
import type { CpuRange } from "./options.js";

/** The pages of one CPU's ring buffer, in order, a few at a time in memory. */
export interface Pages {
  /** What holds the page at hand, and where in it the page begins; both change with `next`. */
  view: DataView;
  at: number;
  /** Bytes of the page; only a file's last may be short. */
  length: number;
  /** Where it, or the compressed piece that holds it, begins in the file. */
  offset: number;
  /** Whether something before this page could not be read. */
  gap: boolean;
  next(): boolean;
}

/** A piece of the buffer: where it lies in the file, packed or not. */
interface Piece {
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
}

/** What the pieces of all CPUs together come to, in bytes; trace-cmd makes compressed ones of ten pages. */
export interface Usage {
  /** In memory now. */
  held: number;
  /** Read from the file so far. */
  read: number;
}

const mostHeld = 1 << 30;
/** An uncompressed buffer is read in pieces of about this size. */
const pieceBytes = 1 << 17;

export interface PagesOptions {
  readonly file: Bytes;
  readonly range: CpuRange;
  readonly pageSize: number;
  readonly little: boolean;
  readonly usage: Usage;
  /** Undefined for a buffer that is not compressed. */
  readonly decompress: Decompress | undefined;
  /** A piece that cannot be read: ends the reading by throwing, or is passed over. */
  readonly onDamage: (error: TraplineError) => void;
}

/** @throws TraplineError "input" when the file does not have what the range claims */
export function createPages(options: PagesOptions): Pages {
  const { file, range, pageSize, usage, decompress, onDamage } = options;
  if (range.offset > file.size || range.size > file.size - range.offset) {
    throw file.damaged(
      `the buffer of CPU ${range.cpu} is said to end at ${range.offset + range.size}, and the file ends before`,
      file.size,
    );
  }
  const pieces = decompress === undefined ? plainPieces(options) : packedPieces(options);
  let end = 0;
  let held = 0;

  /** Takes the next piece, or nothing of one that cannot be read; false after the last. */
  function load(): boolean {
    pages.at = 0;
    pages.length = 0;
    end = 0;
    try {
      const step = pieces.next();
      if (step.done === true) {
        usage.held -= held;
        held = 0;
        return false;
      }
      const content = contentOf(step.value);
      pages.view = new DataView(content.buffer, content.byteOffset, content.length);
      end = content.length;
    } catch (error) {
      if (!(error instanceof TraplineError)) throw error;
      pages.gap = true;
      onDamage(error);
    }
    return true;
  }

  function contentOf({ offset, packed, size }: Piece): Uint8Array {
    usage.held += size - held;
    usage.read += packed;
    held = size;
    pages.offset = offset;
    if (usage.held > mostHeld)
      throw file.damaged("its buffers are packed in pieces too large to unpack", offset);
    const bytes = file.read(offset, packed);
    return decompress === undefined ? bytes : decompress(bytes, size, offset);
  }

  const pages: Pages = {
    view: new DataView(new ArrayBuffer(0)),
    at: 0,
    length: 0,
    offset: range.offset,
    gap: false,
    next() {
      pages.gap = false;
      pages.at += pages.length;
      while (pages.at >= end) if (!load()) return false;
      pages.length = Math.min(pageSize, end - pages.at);
      if (decompress === undefined && pages.at > 0) pages.offset += pageSize;
      return true;
    },
  };
  return pages;
}

function* plainPieces({ range, pageSize }: PagesOptions): Generator<Piece, void> {
  const most = Math.max(1, Math.floor(pieceBytes / pageSize)) * pageSize;
  for (let from = 0; from < range.size; from += most) {
    const size = Math.min(most, range.size - from);
    yield { offset: range.offset + from, packed: size, size };
  }
}

/** trace-cmd.dat.v7(5), "Compression format of the trace data": a count of pieces, and their sizes before each. */
function* packedPieces({ file, range, little, pageSize }: PagesOptions): Generator<Piece, void> {
  if (range.size === 0) return;
  const cursor = createCursor(file, range.offset, little);
  const end = range.offset + range.size;
  for (let left = cursor.u32(); left > 0; left--) {
    const packed = cursor.u32();
    const size = cursor.u32();
    if (packed > end - cursor.at)
      throw cursor.damaged("a compressed piece goes beyond the end of its buffer");
    if (size % pageSize !== 0)
      throw cursor.damaged(`a compressed piece of ${size} bytes, which are not whole pages`);
    yield { offset: cursor.at, packed, size };
    cursor.at += packed;
  }
}
