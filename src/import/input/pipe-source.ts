import { Socket } from "node:net";
import { systemError } from "../../system-error.js";

/**
 * Reads a pipe or a socket to its end. The event loop waits for data, not a thread of the pool: a pending
 * fs.read() on a silent pipe would hold up process.exit() and the end of a worker until the writer writes.
 * It works on descriptor 0 in workers too, where process.stdin is a stream from the main thread instead.
 * @throws TraplineError "input" when the system cannot read it
 */
export async function* pipeChunks(fd: number, name: string): AsyncGenerator<Uint8Array, void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  try {
    for await (const piece of socket as AsyncIterable<Uint8Array>) yield piece;
  } catch (error) {
    throw systemError(error, name);
  } finally {
    socket.destroy();
  }
}
