import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { TraplineError, messageOf } from "../errors.js";
import { systemError } from "../system-error.js";

/**
 * A file of records that only grows, one a line: `{"crc":"1a2b3c4d","body":...}` with the CRC-32 of the body's bytes.
 * A process that is killed leaves at most a last line that does not hold.
 */
export interface RecordFile {
  /** Writes a record behind the others; it reaches the disk soon, without being waited for. */
  append(body: string): void;
  /** When all records are on the disk. */
  sync(): Promise<void>;
  /** The body of a record. */
  read(place: RecordPlace): string;
  close(): void;
}

/** Where a record's body is, in bytes. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
}

const head = '{"crc":"';
const middle = '","body":';
const hexDigits = 8;
const bodyAt = head.length + hexDigits + middle.length;

/** A record holds the counts of one shard: some 20 MB where they are most. */
const mostLine = 2 ** 28;
const chunkBytes = 1 << 20;

const crcText = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(hexDigits, "0");

/**
 * Opens a file of records to go on with. `keep` is its length as far as its records hold; what is behind is cut off.
 * Throws TraplineError "output".
 */
export function openRecords(path: string, keep: number): RecordFile {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw unwritten(path, error);
    }
  };
  const file = attempt(() => openSync(path, keep === 0 ? "w+" : "r+"));
  let end = keep;
  attempt(() => ftruncateSync(file, keep));
  syncFolder(path);
  let isOpen = true;
  let isDirty = false;
  let failure: unknown;
  let syncing: Promise<void> | undefined;

  const takeDirty = (): boolean => {
    const was = isDirty && failure === undefined;
    isDirty = false;
    return was;
  };
  async function syncAll(): Promise<void> {
    while (takeDirty()) {
      await new Promise<void>((resolve) =>
        fdatasync(file, (error) => {
          failure ??= error ?? undefined;
          resolve();
        }),
      );
    }
    syncing = undefined;
  }

  return {
    append(body) {
      if (failure !== undefined) throw unwritten(path, failure);
      const bytes = Buffer.from(body);
      const line = Buffer.concat([
        Buffer.from(`${head}${crcText(bytes)}${middle}`),
        bytes,
        Buffer.from("}\n"),
      ]);
      attempt(() => {
        for (let done = 0; done < line.length;) {
          done += writeSync(file, line, done, line.length - done, end + done);
        }
      });
      end += line.length;
      isDirty = true;
      syncing ??= syncAll();
    },
    async sync() {
      await syncing;
      if (failure !== undefined) throw unwritten(path, failure);
    },
    read: ({ offset, length }) => readText(file, path, offset, length),
    close() {
      // The number of a closed file may be that of another one by now; one that is still being synced stays.
      if (isOpen && syncing === undefined) closeSync(file);
      isOpen = false;
    },
  };
}

/** The name of a new file is in its folder. Not every file system can sync one. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(dirname(path), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The file's content is synced all the same.
  }
}

export function unwritten(path: string, error: unknown): TraplineError {
  const what = messageOf(error).replace(/^E[A-Z]+: |, (?:open|write|ftruncate|fdatasync)\b.*$/gs, "");
  const remedy = "What it holds stands: make room, then go on with --resume";
  return new TraplineError("output", `the journal cannot be written: ${what}`, { file: path }, remedy);
}

function readText(file: number, path: string, offset: number, length: number): string {
  const bytes = Buffer.allocUnsafe(length);
  try {
    for (let done = 0; done < length;) {
      const got = readSync(file, bytes, done, length - done, offset + done);
      if (got === 0) throw new Error("it was cut off meanwhile");
      done += got;
    }
  } catch (error) {
    throw systemError(error, path);
  }
  return bytes.toString("utf8");
}

/** What records a file holds. */
interface Records {
  /** Its length up to the first line that does not hold: it was being written when its writer was killed. */
  readonly held: number;
  /** Whether it begins as a file of records does, or would have. */
  readonly isBegun: boolean;
}

/**
 * Reads a file of records and checks each; `take` gets their bodies. Undefined where there is no file. Throws
 * TraplineError "input".
 */
export function readRecords(
  path: string,
  take: (body: string, place: RecordPlace) => void,
): Records | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  // Before it is opened: opening a pipe waits for its writer.
  if (!stat.isFile()) throw new TraplineError("input", "is not a regular file", { file: path });
  let held = 0;
  let isBegun = true;
  try {
    const file = openSync(path, "r");
    try {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      let parts: Buffer[] = [];
      let length = 0;
      const takeLine = (line: Buffer): boolean => {
        if (!holds(line)) return false;
        const place = { offset: held + bodyAt, length: line.length - bodyAt - 1 };
        take(line.toString("utf8", bodyAt, line.length - 1), place);
        held += line.length + 1;
        return true;
      };
      for (let at = 0; ;) {
        const got = readSync(file, chunk, 0, chunk.length, at);
        if (got === 0) break;
        if (at === 0) isBegun = head.startsWith(chunk.toString("latin1", 0, Math.min(got, head.length)));
        at += got;
        let from = 0;
        for (;;) {
          const to = chunk.subarray(0, got).indexOf(10, from);
          if (to < 0) break;
          const line = Buffer.concat([...parts, chunk.subarray(from, to)]);
          parts = [];
          length = 0;
          if (!takeLine(line)) return { held, isBegun };
          from = to + 1;
        }
        length += got - from;
        if (length > mostLine) break;
        parts.push(Buffer.from(chunk.subarray(from, got)));
      }
      return { held, isBegun };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw error instanceof TraplineError ? error : systemError(error, path);
  }
}

function holds(line: Buffer): boolean {
  if (line.length <= bodyAt || line.at(-1) !== 0x7d) return false;
  const crc = line.toString("latin1", head.length, head.length + hexDigits);
  const isFrame =
    line.toString("latin1", 0, head.length) === head &&
    line.toString("latin1", head.length + hexDigits, bodyAt) === middle;
  return isFrame && crc === crcText(line.subarray(bodyAt, -1));
}
