import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { TraplineError, messageOf, type Place } from "../errors.js";
import type { ReadAt } from "./block-reader.js";
import { copyOf, isUrl, localFile } from "./copies.js";
import { corrupt } from "./corrupt.js";

/** An open file that is read by ranges of bytes. */
export interface Ranges {
  readonly size: number;
  readonly readAt: ReadAt;
  /** Harmless when closed already; reading then throws RangeError. */
  readonly close: () => void;
}

/** Throws TraplineError "input" for what cannot be opened or read, "corrupt" where the file ends too soon. */
export function openRanges(path: string): Ranges {
  let file: number;
  try {
    // Before it is opened: opening a pipe waits for its writer.
    const local = localFile(path);
    if (!statSync(local).isFile()) throw new TraplineError("input", "is not a file", { file: path });
    file = openSync(local, "r");
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    // What the system says quotes the path, which is a secret where it is a signed URL.
    if (isUrl(path)) throw new TraplineError("input", "was not fetched", { file: path });
    throw new TraplineError("input", `cannot be opened: ${messageOf(error)}`, { file: path });
  }
  const { size } = fstatSync(file);
  const copy = copyOf(path);
  let open = true;
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };

  function readAt(offset: number, length: number, block?: number, into?: Uint8Array): Uint8Array {
    // The number of a closed file may be that of another one by now.
    if (!open) throw new RangeError(`${isUrl(path) ? "a trace elsewhere" : path} is closed`);
    if (copy?.holds(offset, length) === false) {
      throw new RangeError(
        `bytes ${offset} to ${offset + length} of a trace elsewhere were not brought here`,
      );
    }
    const place: Place = { file: path, offset, ...(block === undefined ? {} : { block }) };
    // Not cleared: what is not read is not returned. Its own memory, so that columns can be views of it.
    const bytes = into ?? Buffer.allocUnsafeSlow(length);
    let done = 0;
    while (done < length) {
      let got: number;
      try {
        got = readSync(file, bytes, done, length - done, offset + done);
      } catch (error) {
        throw new TraplineError("input", `cannot be read: ${messageOf(error)}`, place);
      }
      if (got === 0) throw corrupt("the trace is cut off", place);
      done += got;
    }
    return bytes;
  }

  return { size, readAt, close };
}
