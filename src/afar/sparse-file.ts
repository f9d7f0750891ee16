import { closeSync, existsSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { TraplineError, messageOf } from "../errors.js";
import type { Interval } from "./intervals.js";

/** A file with holes, which take no room on the disk. */
export interface SparseFile {
  /** A name under which all threads of this process can open it. */
  readonly path: string;
  write(offset: number, bytes: Uint8Array): void;
  /** Leaves nothing but these, which are read into memory for it. */
  keepOnly(intervals: readonly Interval[]): void;
  remove(): void;
}

/**
 * Where there is /proc the file has no name of its own: however the process ends, nothing of it is left (proc(5),
 * /proc/pid/fd). Throws TraplineError "output".
 */
export function createSparseFile(path: string, size: number): SparseFile {
  const tried = <T>(work: () => T): T => keeping(path, work);
  const descriptor = tried(() => openSync(path, "w+", 0o600));
  const nameless = `/proc/self/fd/${descriptor}`;
  const isNameless = existsSync(nameless);
  const write = (offset: number, bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length;)
      done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  };
  tried(() => {
    if (isNameless) rmSync(path);
    ftruncateSync(descriptor, size);
  });
  return {
    path: isNameless ? nameless : path,
    write: (offset, bytes) => tried(() => write(offset, bytes)),
    keepOnly: (intervals) =>
      tried(() => {
        const kept = intervals.map(([from, to]) => ({ from, bytes: readBack(descriptor, from, to) }));
        // There is no call in Node that makes a hole.
        ftruncateSync(descriptor, 0);
        ftruncateSync(descriptor, size);
        for (const { from, bytes } of kept) write(from, bytes);
      }),
    remove() {
      closeSync(descriptor);
      if (!isNameless) rmSync(path, { force: true });
    },
  };
}

/** Work on a file of what is read elsewhere. Throws TraplineError "output" with what to do. */
export function keeping<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isMany = error instanceof Error && "code" in error && error.code === "EMFILE";
    throw new TraplineError(
      "output",
      `what is read of traces by http(s):// cannot be kept: ${messageOf(error)}`,
      { file: path },
      isMany ? "Raise the limit of open files (ulimit -n)" : "Name a folder with more room in TMPDIR",
    );
  }
}

function readBack(descriptor: number, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  for (let done = 0; done < bytes.length;) {
    const got = readSync(descriptor, bytes, done, bytes.length - done, from + done);
    if (got === 0) throw new Error("it ends too soon");
    done += got;
  }
  return bytes;
}
