import { fstat, stat, type Stats } from "node:fs";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { TraplineError } from "../../errors.js";
import { countText, damageOf } from "./damage.js";
import { fileChunks, openFile } from "./file-source.js";
import { gather } from "./gather.js";
import { type Compression, MAGIC_LENGTH, recognise } from "./magic.js";
import { pipeChunks } from "./pipe-source.js";
import { type ByteSource, countRead, type OpenFile, type Position } from "./source.js";
import { systemError } from "../../system-error.js";
import type { ZstdDecoder } from "./zstd.js";

const statFile = promisify(stat);
const statDescriptor = promisify(fstat);

/** The descriptor, not process.stdin: in a worker that one is a stream which the main thread feeds. */
const STANDARD_INPUT = 0;

export interface Progress {
  /** Bytes taken from the file so far, compressed if it is. */
  readonly read: number;
  /** Bytes of the file; undefined for pipes. */
  readonly size: number | undefined;
}

export interface Input {
  /** The path, or "-" for standard input. */
  readonly name: string;
  readonly compression: Compression;
  /**
   * The decompressed bytes in order, in chunks of 256 KiB to 4 MiB (the last one may be smaller), each valid
   * only until the next is asked for. Can be iterated once; it closes the file when it ends or is left.
   * @throws TraplineError "input" when the file cannot be read or its compressed data is damaged
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly progress: () => Progress;
  /** Where the content can be read at any place. */
  readonly file: OpenFile | undefined;
  /** Needed only when `chunks` is never iterated; does nothing after that. */
  readonly close: () => Promise<void>;
}

export interface InputOptions {
  /** Which zstd decoder to use; the fastest one there is when not given. */
  readonly zstd?: ZstdDecoder;
}

/**
 * Opens a recording. Its compression is recognised by its first bytes.
 * @param path "-" for standard input, in any thread
 * @throws TraplineError "input" when it cannot be read
 */
export async function openInput(path: string, options: InputOptions = {}): Promise<Input> {
  const file = path === "-" ? "standard input" : path;
  const source = path === "-" ? await openStandardInput() : await openPath(path);
  const position: Position = { read: 0, text: 0 };
  const head = await readHead(source.pieces);
  const compression = recognise(head.bytes);
  const raw = countRead(head.all, position);
  const chunks = gather(countText(decoded(raw, compression, file, position, options.zstd), position));
  let taken = false;
  return {
    name: path,
    compression,
    chunks: {
      [Symbol.asyncIterator]: () => {
        if (taken) throw new Error(`${file} is already being read: its chunks can be iterated once`);
        taken = true;
        return chunks;
      },
    },
    progress: () => ({ read: position.read, size: source.size }),
    file: compression === "none" ? source.file : undefined,
    close: async () => {
      if (taken) return;
      taken = true;
      await source.pieces.return();
    },
  };
}

async function openPath(path: string): Promise<ByteSource> {
  try {
    const stats = await statFile(path);
    refuseUnreadable(stats, path);
    const fd = await openFile(path, "r");
    return sourceOf(fd, stats, path);
  } catch (error) {
    throw error instanceof TraplineError ? error : systemError(error, path);
  }
}

async function openStandardInput(): Promise<ByteSource> {
  const file = "standard input";
  if (isatty(STANDARD_INPUT)) {
    throw new TraplineError(
      "input",
      "it is a terminal",
      { file },
      "Pipe a recording into it, or name a file",
    );
  }
  try {
    const stats = await statDescriptor(STANDARD_INPUT);
    if (stats.isDirectory()) refuseUnreadable(stats, file);
    return sourceOf(STANDARD_INPUT, stats, file);
  } catch (error) {
    throw error instanceof TraplineError ? error : systemError(error, file);
  }
}

function refuseUnreadable(stats: Stats, file: string): void {
  if (stats.isFile() || stats.isFIFO()) return;
  if (stats.isDirectory()) throw systemError(Object.assign(new Error(), { code: "EISDIR" }), file);
  const what = stats.isSocket() ? "a socket" : "a device";
  throw new TraplineError("input", `this is ${what}, not a file`, { file }, "Name a file or a pipe");
}

function sourceOf(fd: number, stats: Stats, file: string): ByteSource {
  const isPipe = stats.isFIFO() || stats.isSocket();
  const { size } = stats;
  return {
    size: stats.isFile() ? size : undefined,
    // Standard input may be a file that is to be read from where it stands.
    file: stats.isFile() && fd !== STANDARD_INPUT ? { descriptor: fd, name: file, size } : undefined,
    pieces: isPipe ? pipeChunks(fd, file) : fileChunks(fd, file),
  };
}

interface Head {
  /** Enough to recognise a compression, unless the input is shorter than that. */
  readonly bytes: Uint8Array;
  /** The whole input, these bytes included. */
  readonly all: AsyncGenerator<Uint8Array, void>;
}

async function readHead(pieces: AsyncGenerator<Uint8Array, void>): Promise<Head> {
  let bytes: Uint8Array = new Uint8Array(0);
  while (bytes.length < MAGIC_LENGTH) {
    const step = await pieces.next();
    if (step.done === true) break;
    bytes = bytes.length === 0 ? step.value : Buffer.concat([bytes, step.value]);
    // A piece is valid only until the next is asked for.
    if (bytes.length < MAGIC_LENGTH) bytes = bytes.slice();
  }
  return { bytes, all: resume(bytes, pieces) };
}

async function* resume(
  head: Uint8Array,
  pieces: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  try {
    if (head.length > 0) yield head;
    yield* pieces;
  } finally {
    await pieces.return();
  }
}

/** What decompresses is loaded where there is something to decompress. */
async function* decoded(
  raw: AsyncGenerator<Uint8Array, void>,
  compression: Compression,
  file: string,
  position: Position,
  zstd: ZstdDecoder | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (compression === "gzip") {
    const { gunzip } = await import("./gzip.js");
    yield* gunzip(raw, damageOf(file, compression, position));
  } else if (compression === "zstd") {
    const { unzstd } = await import("./zstd.js");
    yield* unzstd(raw, file, damageOf(file, compression, position), zstd);
  } else yield* raw;
}
