import { close, open, read } from "node:fs";
import { promisify } from "node:util";
import { systemError } from "../../system-error.js";

/** The fastest of the sizes measured from the page cache (256 KiB halves it, 4 MiB falls out of the caches). */
const BUFFER_BYTES = 1 << 20;

export const openFile = promisify(open);
const closeFile = promisify(close);

function readInto(fd: number, buffer: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, null, (error, length) => {
      if (error === null) resolve(length);
      else reject(error);
    });
  });
}

/**
 * Reads a regular file to its end with two buffers in turn: while the consumer works on one piece, the next
 * one is already being read. Not for pipes: a read that waits for a writer cannot be called off.
 * @throws TraplineError "input" when the system cannot read it
 */
export async function* fileChunks(fd: number, name: string): AsyncGenerator<Uint8Array, void> {
  const buffers = [new Uint8Array(BUFFER_BYTES), new Uint8Array(BUFFER_BYTES)] as const;
  let turn: 0 | 1 = 0;
  let pending = readInto(fd, buffers[0]);
  try {
    for (;;) {
      const length = await pending;
      if (length === 0) return;
      const piece = buffers[turn].subarray(0, length);
      turn = turn === 0 ? 1 : 0;
      pending = readInto(fd, buffers[turn]);
      // A failure here is reported when its turn comes, not as an unhandled rejection before that.
      pending.catch(() => undefined);
      yield piece;
    }
  } catch (error) {
    throw systemError(error, name);
  } finally {
    // The descriptor may be closed, and its number reused, only after the read under way is over.
    await pending.catch(() => undefined);
    if (fd > 2) await closeFile(fd);
  }
}
