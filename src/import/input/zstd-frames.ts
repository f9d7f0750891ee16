import type { Damaged } from "./damage.js";
import { isSkippable, ZSTD_MAGIC } from "./magic.js";

/** What a frame's header says of the memory that decoding it takes. */
export interface FrameHeader {
  /** Bytes. */
  readonly window: number;
  readonly dictionary: number;
}

type Step = "magic" | "descriptor" | "header" | "block" | "checksum" | "skippable";

interface Walker {
  /** Walks on from `from` and returns where the frame, or else the piece, ends. */
  readonly walk: (piece: Uint8Array, from: number) => number;
  /** Whether the bytes walked so far end where a frame ends. */
  readonly complete: () => boolean;
}

function littleEndian(bytes: Uint8Array, from: number, length: number): number {
  let value = 0;
  for (let index = length - 1; index >= 0; index -= 1) value = value * 256 + bytes[from + index];
  return value;
}

/** RFC 8878, 3.1.1.1: which fields a frame header has and what they say. */
function readHeader(descriptor: number, bytes: Uint8Array): FrameHeader {
  const single = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3];
  const dictionary = littleEndian(bytes, single ? 0 : 1, dictionaryBytes);
  if (!single) {
    const base = 2 ** (10 + (bytes[0] >> 3));
    return { window: base + (base / 8) * (bytes[0] & 7), dictionary };
  }
  const sizeBytes = 1 << (descriptor >> 6);
  const size = littleEndian(bytes, dictionaryBytes, sizeBytes);
  return { window: sizeBytes === 2 ? size + 256 : size, dictionary };
}

function headerBytes(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = descriptor >> 6 === 0 ? Number(single) : 1 << (descriptor >> 6);
  return Number(!single) + [0, 1, 2, 4][descriptor & 3] + sizeBytes;
}

function frameWalker(damaged: Damaged, onHeader: (header: FrameHeader) => void): Walker {
  const field = new Uint8Array(14);
  let step: Step = "magic";
  let have = 0;
  let need = 4;
  let body = 0;
  let last = false;
  let descriptor = 0;
  let skipping = false;

  const expect = (next: Step, length: number): false => {
    step = next;
    have = 0;
    need = length;
    return false;
  };
  const endFrame = (): true => {
    expect("magic", 4);
    return true;
  };
  /** After a block, or the content of a skippable frame: whether the frame ends here. */
  const endBody = (): boolean => {
    if (!last) return expect("block", 3);
    if (!skipping && (descriptor & 4) !== 0) return expect("checksum", 4);
    return endFrame();
  };
  const endMagic = (): false => {
    const magic = littleEndian(field, 0, 4);
    skipping = isSkippable(magic);
    if (skipping) return expect("skippable", 4);
    if (magic !== ZSTD_MAGIC) throw damaged("something that is not a frame follows a frame");
    return expect("descriptor", 1);
  };
  const endBlockHeader = (): boolean => {
    const value = littleEndian(field, 0, 3);
    const type = (value >> 1) & 3;
    if (type === 3) throw damaged("a block is of no known type");
    last = (value & 1) === 1;
    // RFC 8878, 3.1.1.2.2: an RLE block (type 1) is one byte, whatever its size says.
    body = type === 1 ? 1 : value >> 3;
    return body === 0 ? endBody() : false;
  };
  const endField = (): boolean => {
    switch (step) {
      case "magic":
        return endMagic();
      case "descriptor":
        descriptor = field[0];
        return expect("header", headerBytes(descriptor));
      case "header":
        onHeader(readHeader(descriptor, field));
        return expect("block", 3);
      case "block":
        return endBlockHeader();
      case "checksum":
        return endFrame();
      default:
        body = littleEndian(field, 0, 4);
        last = true;
        return body === 0 ? endBody() : false;
    }
  };
  const walk = (piece: Uint8Array, from: number): number => {
    let at = from;
    while (at < piece.length) {
      if (body > 0) {
        const length = Math.min(body, piece.length - at);
        body -= length;
        at += length;
        if (body === 0 && endBody()) return at;
      } else {
        field[have] = piece[at]!;
        have += 1;
        at += 1;
        if (have === need && endField()) return at;
      }
    }
    return at;
  };
  return { walk, complete: () => step === "magic" && have === 0 };
}

/**
 * Hands a zstd file on in pieces that never span the end of a frame. The walk over the block headers costs next
 * to nothing, and it is needed: node:zlib stops without an error behind the first frame when more follows in
 * the same write, and the one of Node 22.15 does not notice that the data is cut off.
 * @throws TraplineError "input" when the data is cut off or is not a sequence of frames
 */
export async function* frames(
  source: AsyncIterable<Uint8Array>,
  damaged: Damaged,
  onHeader: (header: FrameHeader) => void,
): AsyncGenerator<Uint8Array, void> {
  const walker = frameWalker(damaged, (header) => {
    if (header.dictionary !== 0) {
      throw damaged("it needs a dictionary that it does not carry", "Compress it without a dictionary");
    }
    onHeader(header);
  });
  for await (const piece of source) {
    for (let from = 0; from < piece.length;) {
      const to = walker.walk(piece, from);
      yield piece.subarray(from, to);
      from = to;
    }
  }
  if (!walker.complete()) throw damaged("the file ends within a frame");
}
