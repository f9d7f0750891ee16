import * as zlib from "node:zlib";
import type { Bytes } from "./bytes.js";

export type Compression = "none" | "zlib" | "zstd";

const compressions: ReadonlySet<string> = new Set<Compression>(["none", "zlib", "zstd"]);

export const isCompression = (name: string): name is Compression => compressions.has(name);

/** Decompresses one piece whose size is known; anything else than that size is damage. */
export type Decompress = (packed: Uint8Array, size: number, at: number) => Uint8Array;

/** Event formats and command lines of a whole kernel take less than a tenth of it. */
const mostBytes = 256 << 20;
/** A piece that is decompressed takes at least a byte for so many (RFC 8878: a block of 128 KiB is four bytes). */
const mostRatio = 1 << 17;

type Sync = (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

function isSync(value: unknown): value is Sync {
  return typeof value === "function";
}

/** Makes ready what decompresses the sections and buffers of one file. */
export async function createDecompress(compression: Compression, file: Bytes): Promise<Decompress> {
  const unpack = await unpackerOf(compression);
  return (packed, size, at) => {
    if (size > mostBytes || size > packed.length * mostRatio) {
      throw file.damaged(`${packed.length} compressed bytes cannot be ${size} bytes`, at);
    }
    let content: Uint8Array | undefined;
    try {
      content = size === 0 ? new Uint8Array(0) : unpack(packed, size);
    } catch {
      content = undefined;
    }
    if (content?.length === size) return content;
    throw file.damaged(`the ${compression} data is damaged`, at);
  };
}

async function unpackerOf(
  compression: Compression,
): Promise<(packed: Uint8Array, size: number) => Uint8Array> {
  if (compression === "none") {
    return () => {
      throw new RangeError("nothing is compressed");
    };
  }
  if (compression === "zlib") return (packed, size) => zlib.inflateSync(packed, { maxOutputLength: size });
  // Node has it since 22.15, and the types of Node 20 know nothing of it.
  const own: unknown = Reflect.get(zlib, "zstdDecompressSync");
  if (isSync(own)) return (packed, size) => own(packed, { maxOutputLength: size });
  // Loaded here: most machines' Node has its own, and so do recordings without zstd do without.
  const decoder = await (await import("../../input/zstd-wasm.js")).createZstdDecoder();
  return (packed, size) => decoder.decode(packed, size);
}
