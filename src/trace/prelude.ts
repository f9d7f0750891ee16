import { crc32 } from "node:zlib";
import { TraplineError } from "../errors.js";
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

/** Header and index are read whole; nothing honest needs more. */
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

/** Reads a prelude and holds it against the file's real length. */
export function decodePrelude(bytes: Uint8Array, fileLength: number, file: string): Prelude {
  const corrupt = (message: string, offset: number): TraplineError =>
    new TraplineError("corrupt", message, { file, offset }, "Import the recording again");
  if (!looksLikeTrace(bytes)) {
    throw new TraplineError("input", "is not a trapline trace", { file }, "Make one with `trapline import`");
  }
  if (bytes.length < preludeLength) throw corrupt("the trace is cut off in its first 64 bytes", bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, preludeLength);
  if (crc32(bytes.subarray(0, 60)) !== view.getUint32(60, true)) {
    throw corrupt("the checksum of the first 64 bytes does not hold", 0);
  }
  const version = view.getUint32(8, true);
  if (version < 1 || version > formatVersion) {
    throw new TraplineError(
      "unsupported",
      `the trace has format version ${version}, this trapline reads 1 to ${formatVersion}`,
      { file },
      "Use the trapline that wrote it, or a newer one",
    );
  }
  const prelude: Prelude = {
    version,
    headerLength: view.getUint32(12, true),
    headerOffset: Number(view.getBigUint64(16, true)),
    indexOffset: Number(view.getBigUint64(24, true)),
    indexLength: view.getUint32(32, true),
    headerCrc: view.getUint32(36, true),
    indexCrc: view.getUint32(40, true),
    fileLength: Number(view.getBigUint64(44, true)),
  };
  if (prelude.fileLength !== fileLength) {
    throw corrupt(`the trace should have ${prelude.fileLength} bytes but has ${fileLength}`, fileLength);
  }
  const inside = (offset: number, length: number): boolean =>
    length <= maxStructureBytes && offset >= preludeLength && offset + length <= fileLength;
  if (
    !inside(prelude.headerOffset, prelude.headerLength) ||
    !inside(prelude.indexOffset, prelude.indexLength)
  ) {
    throw corrupt("the header or the index points outside the file", 12);
  }
  return prelude;
}
