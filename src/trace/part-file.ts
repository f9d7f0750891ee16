import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { TraplineError, messageOf } from "../errors.js";

/** A file that gets its name when it is whole. Every method but `abort` throws TraplineError "output". */
export interface PartFile {
  /** Writes at `offset`; returns the offset behind. */
  write(bytes: Uint8Array, offset: number): number;
  /** Cuts to `length` bytes, syncs, and renames to the final name. */
  finish(length: number): void;
  /** Closes and removes the file; harmless after `finish`. */
  abort(): void;
}

export function openPartFile(path: string): PartFile {
  function attempt<T>(what: () => T): T {
    try {
      return what();
    } catch (error) {
      throw new TraplineError("output", `cannot be written: ${messageOf(error)}`, { file: path });
    }
  }

  // Beside the final name, so that renaming is one step; not by process, which may have several writers.
  const temporary = `${path}.${randomBytes(4).toString("hex")}.part`;
  const file = attempt(() => {
    // Renaming would put a file in the place of a device, and fail for a folder when all work is done.
    const there = statSync(path, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile()) throw new Error("there is something that is not a file");
    return openSync(temporary, "wx");
  });
  let open = true;

  return {
    write(bytes, offset) {
      attempt(() => {
        for (let done = 0; done < bytes.length;) {
          const put = writeSync(file, bytes, done, bytes.length - done, offset + done);
          if (put === 0) throw new Error("nothing more could be written");
          done += put;
        }
      });
      return offset + bytes.length;
    },

    finish(length) {
      attempt(() => {
        ftruncateSync(file, length);
        fsyncSync(file);
        open = false;
        closeSync(file);
        renameSync(temporary, path);
      });
    },

    abort() {
      // Called when something else went wrong, which is what the user should hear of.
      try {
        if (open) closeSync(file);
        rmSync(temporary, { force: true });
      } catch {
        // Nothing is left to try.
      } finally {
        open = false;
      }
    },
  };
}
