import { setTimeout as wait } from "node:timers/promises";
import { TraplineError } from "../errors.js";
import type { Learned } from "./answer.js";
import { requestRange, type RequestOptions } from "./request.js";
import { Again } from "./trouble.js";

/** A file on a server, read by ranges of bytes. */
export interface RemoteFile {
  readonly url: string;
  readonly size: number;
  /** The bytes with which it begins, as they came with its size. */
  readonly start: Uint8Array;
  /** Bytes from `offset`, fewer than `length` where the file ends. Throws TraplineError "input" and "interrupted". */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface RemoteOptions extends RequestOptions {
  /** Milliseconds before the second attempt; twice as long before each further one. */
  readonly pause?: number;
}

const defaultPause = 250;
/** Without progress. */
const mostAttempts = 5;
/** An attempt that gave so many bytes, or a quarter of what was still to come, was some: a few bytes at a time would never end. */
const leastProgress = 1 << 20;
/** Prelude, and mostly the header: one request for both. */
const startBytes = 65_536;

/** Asks for a file's beginning, and so learns its size. Throws TraplineError "input" and "interrupted". */
export async function openRemote(url: string, options: RemoteOptions = {}): Promise<RemoteFile> {
  const learned: Learned = {};
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    readWhole(url, offset, length, learned, options);
  const start = await read(0, startBytes);
  return { url, size: learned.known?.size ?? 0, start, read };
}

async function readWhole(
  url: string,
  offset: number,
  length: number,
  learned: Learned,
  options: RemoteOptions,
): Promise<Uint8Array> {
  const { pause = defaultPause, signal } = options;
  const bytes = new Uint8Array(length);
  let end = length;
  let done = 0;
  let reasons: string[] = [];
  for (;;) {
    if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
    const size = learned.known?.size;
    if (size !== undefined) end = Math.min(end, Math.max(0, size - offset));
    if (done >= end) return bytes.subarray(0, done);
    const asked = end - done;
    let trouble: Again;
    try {
      done += await requestRange(url, offset + done, bytes.subarray(done, end), learned, options);
      reasons = [];
      continue;
    } catch (error) {
      if (!(error instanceof Again)) throw error;
      trouble = error;
    }
    done += trouble.got;
    const isProgress = trouble.got >= Math.min(leastProgress, asked / 4);
    reasons = isProgress ? [trouble.message] : [...reasons, trouble.message];
    if (reasons.length >= mostAttempts) throw failure(url, offset + done, reasons);
    // Not all workers at the same moment.
    const delay = pause * 2 ** (reasons.length - 1) * (0.5 + Math.random());
    await wait(Math.max(delay, trouble.after), undefined, signal === undefined ? {} : { signal }).catch(
      () => undefined,
    );
  }
}

function failure(url: string, offset: number, reasons: readonly string[]): TraplineError {
  const why = new Set(reasons).size > 1 ? reasons.join("; then ") : `${reasons[0]}, ${reasons.length} times`;
  return new TraplineError(
    "input",
    `cannot be read: ${why}`,
    { file: url, offset },
    "Try again, or bring the file here",
  );
}
