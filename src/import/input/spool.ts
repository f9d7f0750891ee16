import { closeSync, openSync, unlinkSync, writeSync } from "node:fs";
import { messageOf, TraplineError } from "../../errors.js";
import { systemError } from "../../system-error.js";
import type { OpenFile } from "./source.js";

/** A file that whoever opened it closes. */
export interface OwnFile extends OpenFile {
  close(): void;
}

/**
 * Opens a file once more: the descriptor that its text is read from is closed when that is at its end.
 * @throws TraplineError "input" when the system cannot open it
 */
export function reopen({ name, size }: OpenFile): OwnFile {
  try {
    const descriptor = openSync(name, "r");
    return { descriptor, name, size, close: () => closeSync(descriptor) };
  } catch (error) {
    throw systemError(error, name);
  }
}

/**
 * Copies a recording to a file without a name, which is gone when it is closed or the process ends.
 * @param beside - Where there is room for it: the file is made next to this one, and loses its name at once
 * @throws TraplineError "output" when it cannot be written
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  beside: string,
  name: string,
): Promise<OwnFile> {
  const path = `${beside}.copy-${process.pid}`;
  const descriptor = attempt(name, path, () => {
    const opened = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return opened;
  });
  try {
    let size = 0;
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length;) {
        from += attempt(name, path, () =>
          writeSync(descriptor, chunk, from, chunk.length - from, size + from),
        );
      }
      size += chunk.length;
    }
    return { descriptor, name, size, close: () => closeSync(descriptor) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function attempt<T>(name: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new TraplineError(
      "output",
      `it has to be read at any place, and a copy of it cannot be written to ${path}: ${messageOf(error)}`,
      { file: name },
      "Decompress it to a file, and import that",
    );
  }
}
