import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { messageOf, type Place } from "../../errors.js";
import { corrupt } from "../corrupt.js";
import { accessKinds } from "../kinds.js";
import { Came, mostDictionarySteps, mostWindows, type Dictionary } from "./dictionary.js";
import { mostSteps, segmentations } from "./segmentation.js";
import { stepOf } from "./step.js";

/**
 * The dictionary of a segmentation: a head of 32-bit little-endian words, then a raw deflate stream of the lengths of
 * all windows (16 bits each), their flags (a byte each, see `Came`) and steps.
 *
 *     0  magic "TDIC"          3  steps of all windows
 *     1  segmentation          4  CRC-32 of the stream
 *     2  windows               5  CRC-32 of all words before
 */
const magic = 0x43494454; // "TDIC"
const headBytes = 4 * 6;
export const minDictionaryBytes = headBytes + 1;
const mostFlags = Came.behind | Came.before;

export function encodeDictionary(segmentation: number, dictionary: Dictionary): Uint8Array[] {
  const { size, offsets, steps, flags } = dictionary;
  const lengths = Uint16Array.from({ length: size }, (_, at) => offsets[at + 1] - offsets[at]);
  const raw = Buffer.concat([bytesOf(lengths), flags, bytesOf(steps)]);
  const packed = deflateRawSync(raw);
  const head = new Uint32Array(headBytes / 4);
  head.set([magic, segmentation, size, steps.length, crc32(packed)]);
  const bytes = bytesOf(head);
  head[5] = crc32(bytes.subarray(0, headBytes - 4));
  return [bytes, packed];
}

/** Checks a dictionary whole: every step is one, and names a register below `registers`. */
export function decodeDictionary(
  bytes: Uint8Array,
  { segmentation, crc: expected }: { readonly segmentation: number; readonly crc: number },
  registers: number,
  place: Place,
): Dictionary {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getUint32(4 * at, true);
  if (bytes.length < minDictionaryBytes || word(0) !== magic || word(1) !== segmentation) {
    throw corrupt("there is no dictionary of windows here", place);
  }
  const [size, stepCount, crc, headCrc] = [2, 3, 4, 5].map(word);
  const packed = bytes.subarray(headBytes);
  const holds =
    headCrc === expected && crc32(bytes.subarray(0, headBytes - 4)) === headCrc && crc32(packed) === crc;
  if (!holds) {
    throw corrupt("the checksum of the dictionary of windows does not hold", place);
  }
  if (size > mostWindows || stepCount > mostDictionarySteps) {
    throw corrupt("the dictionary of windows claims to be larger than any", place);
  }
  const length = 3 * size + 2 * stepCount;
  let raw: Uint8Array;
  try {
    raw = Uint8Array.from(inflateRawSync(packed, { maxOutputLength: Math.max(1, length) }));
  } catch (error) {
    throw corrupt(`the dictionary of windows does not unpack (${messageOf(error)})`, place);
  }
  if (raw.length !== length) throw corrupt("the dictionary of windows has the wrong length", place);
  const lengths = new Uint16Array(raw.buffer, 0, size);
  const flags = raw.slice(2 * size, 3 * size);
  const steps = new Uint16Array(raw.slice(3 * size).buffer);
  const offsets = new Uint32Array(size + 1);
  for (let at = 0; at < size; at++) offsets[at + 1] = offsets[at] + lengths[at];
  const isRight =
    offsets[size] === stepCount &&
    lengths.every((each) => each >= 1 && each <= mostSteps) &&
    flags.every((flag) => flag <= mostFlags) &&
    areSteps(steps, validSteps(segmentation, registers));
  if (!isRight) throw corrupt("the dictionary of windows is not as one is written", place);
  return { size, offsets, steps, flags };
}

function areSteps(steps: Uint16Array, valid: Uint8Array): boolean {
  for (let at = 0; at < steps.length; at++) if (valid[steps[at]] === 0) return false;
  return true;
}

/** By step: 1 where it can stand in a window of a segmentation. */
export function validSteps(segmentation: number, registers: number): Uint8Array {
  const valid = new Uint8Array(1 << 16);
  for (const kind of segmentations[segmentation].points) valid[stepOf(kind, 0)] = 1;
  for (const kind of accessKinds) {
    for (let register = 0; register < registers; register++) valid[stepOf(kind, register)] = 1;
  }
  return valid;
}

const bytesOf = (words: Uint16Array | Uint32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
