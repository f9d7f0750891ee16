import { crc32 } from "node:zlib";
import type { Place } from "../../errors.js";
import { corrupt } from "../corrupt.js";
import { segmentations } from "./segmentation.js";
import type { WindowChunks } from "./stream.js";

/**
 * A block of windows: a head of 32-bit little-endian words, then 16-bit words.
 *
 *     0  magic "TWIN"          4  windows without a number
 *     1  segmentation          5  CRC-32 of the 16-bit words
 *     2  chunks (k)            6  k x (vCPU index, its 16-bit words, its windows)
 *     3  16-bit words (n)      6 + 3k  CRC-32 of all words before
 */
const magic = 0x4e495754; // "TWIN"
const fixedWords = 6;
export const minWindowBlockBytes = 4 * (fixedWords + 1);

/** A block is handed out when it holds 2^16 words, and a window has few. Checked before memory is taken. */
const mostWords = 1 << 17;

export function encodeWindowBlock(chunks: WindowChunks): Uint8Array[] {
  const { segmentation, vcpus, lengths, counts, literals, words } = chunks;
  const payload = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const head = new Uint32Array(fixedWords + 3 * vcpus.length + 1);
  head.set([magic, segmentation, vcpus.length, words.length, literals, crc32(payload)]);
  vcpus.forEach((vcpu, at) => head.set([vcpu, lengths[at], counts[at]], fixedWords + 3 * at));
  const bytes = new Uint8Array(head.buffer);
  head[head.length - 1] = crc32(bytes.subarray(0, bytes.length - 4));
  return [bytes, payload];
}

/** Checks a whole block. Its words are a view of `bytes`; their numbers are held against the dictionary by users. Returns its head's CRC-32 too. */
export function decodeWindowBlock(
  bytes: Uint8Array,
  vcpus: number,
  place: Place,
): { readonly chunks: WindowChunks; readonly crc: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getUint32(4 * at, true);
  if (bytes.length < minWindowBlockBytes || word(0) !== magic) {
    throw corrupt("there is no block of windows here", place);
  }
  const [segmentation, chunks, length, literals, crc] = [1, 2, 3, 4, 5].map(word);
  const headWords = fixedWords + 3 * chunks + 1;
  if (chunks > vcpus || length > mostWords || 4 * headWords + 2 * length !== bytes.length) {
    throw corrupt("the sizes in the head of a block of windows contradict each other", place);
  }
  if (crc32(bytes.subarray(0, 4 * (headWords - 1))) !== word(headWords - 1)) {
    throw corrupt("the checksum of the head of a block of windows does not hold", place);
  }
  const payload = bytes.subarray(4 * headWords);
  if (crc32(payload) !== crc) throw corrupt("the checksum of a block of windows does not hold", place);
  const column = (part: number): number[] =>
    Array.from({ length: chunks }, (_, at) => word(fixedWords + 3 * at + part));
  const [owners, lengths, counts] = [column(0), column(1), column(2)];
  const isOrdered = owners.every((vcpu, at) => vcpu < vcpus && (at === 0 || vcpu > owners[at - 1]));
  const isFilled = lengths.reduce((sum, each) => sum + each, 0) === length;
  const isPlain = counts.every(
    (count, at) => count <= lengths[at] && (literals > 0 || count === lengths[at]),
  );
  if (segmentation >= segmentations.length || !isOrdered || !isFilled || !isPlain) {
    throw corrupt("a block of windows is not as one is written", place);
  }
  const aligned = payload.byteOffset % 2 === 0 ? payload : Uint8Array.from(payload);
  const words = new Uint16Array(aligned.buffer, aligned.byteOffset, length);
  return {
    chunks: { segmentation, vcpus: owners, lengths, counts, literals, words },
    crc: word(headWords - 1),
  };
}
