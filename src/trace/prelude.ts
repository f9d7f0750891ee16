import { crc32 } from "node:zlib";
import { TraplineError } from "../errors.js";
import { corrupt } from "./corrupt.js";
import { formatVersion } from "./header.js";

/**
 * The first 64 bytes of a `.trl` file: where the header and the index are. Written last, so that a file that
 * was cut off while it was written has none.
 */
export interface Prelude {
  readonly version: number;
  readonly headerOffset: number;
  readonly headerLength: number;
  readonly headerCrc: number;
  readonly indexOffset: number;
  readonly indexLength: number;
  readonly indexCrc: number;
  readonly fileLength: number;
}

export const preludeLength = 64;

/** As PNG's: a byte above 127, a name, and line ends that a text transfer would change. */
const magic = Uint8Array.from([0x89, 0x54, 0x52, 0x4c, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Header and index are read whole and become objects many times their size: nothing honest needs more. A header
 * is some tens of kilobytes; an index takes 13 bytes for a block of up to 65,536 events.
 */
export const maxHeaderBytes = 16 * 1024 * 1024;
export const maxStructureBytes = 256 * 1024 * 1024;

export function looksLikeTrace(start: Uint8Array): boolean {
  return start.length >= magic.length && magic.every((byte, at) => start[at] === byte);
}

export function encodePrelude(prelude: Prelude): Uint8Array {
  const bytes = new Uint8Array(preludeLength);
  bytes.set(magic);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, prelude.version, true);
  view.setUint32(12, prelude.headerLength, true);
  view.setBigUint64(16, BigInt(prelude.headerOffset), true);
  view.setBigUint64(24, BigInt(prelude.indexOffset), true);
  view.setUint32(32, prelude.indexLength, true);
  view.setUint32(36, prelude.headerCrc, true);
  view.setUint32(40, prelude.indexCrc, true);
  view.setBigUint64(44, BigInt(prelude.fileLength), true);
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  return bytes;
}

/** What a prelude says, right or wrong. */
export function preludeFields(bytes: Uint8Array): Prelude {
  const view = new DataView(bytes.buffer, bytes.byteOffset, preludeLength);
  return {
    version: view.getUint32(8, true),
    headerLength: view.getUint32(12, true),
    headerOffset: Number(view.getBigUint64(16, true)),
    indexOffset: Number(view.getBigUint64(24, true)),
    indexLength: view.getUint32(32, true),
    headerCrc: view.getUint32(36, true),
    indexCrc: view.getUint32(40, true),
    fileLength: Number(view.getBigUint64(44, true)),
  };
}

/** Whether the CRC-32 of a prelude holds. */
export function isWholePrelude(bytes: Uint8Array): boolean {
  return crc32(bytes.subarray(0, 60)) === new DataView(bytes.buffer, bytes.byteOffset).getUint32(60, true);
}

/** Reads a prelude and holds it against the file's real length. */
export function decodePrelude(bytes: Uint8Array, fileLength: number, file: string): Prelude {
  const wrong = (message: string, offset: number): TraplineError => corrupt(message, { file, offset });
  if (!looksLikeTrace(bytes)) {
    const place = { file, offset: 0 };
    throw new TraplineError("input", "is not a trapline trace", place, "Make one with `trapline import`");
  }
  if (bytes.length < preludeLength) throw wrong("the trace is cut off in its first 64 bytes", bytes.length);
  if (!isWholePrelude(bytes)) {
    throw wrong("the checksum of the first 64 bytes does not hold", 0);
  }
  const prelude = preludeFields(bytes);
  const { version } = prelude;
  if (version < 1 || version > formatVersion) {
    throw new TraplineError(
      "unsupported",
      `the trace has format version ${version}, this trapline reads 1 to ${formatVersion}`,
      { file, offset: 8 },
      "Use the trapline that wrote it, or a newer one",
    );
  }
  if (prelude.fileLength !== fileLength) {
    throw wrong(`the trace should have ${prelude.fileLength} bytes but has ${fileLength}`, fileLength);
  }
  // Blocks, header and index follow each other without a gap, so that no byte is without a checksum.
  if (prelude.headerLength > maxHeaderBytes || prelude.indexLength > maxStructureBytes) {
    throw wrong("the header or the index claims to be larger than any", 12);
  }
  if (
    prelude.headerOffset < preludeLength ||
    prelude.headerOffset + prelude.headerLength !== prelude.indexOffset ||
    prelude.indexOffset + prelude.indexLength !== fileLength
  ) {
    throw wrong("the header and the index are not at the end of the file", 12);
  }
  return prelude;
}
