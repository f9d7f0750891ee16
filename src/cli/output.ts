import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { TraplineError, messageOf } from "../errors.js";

/**
 * Prints a result on standard output, or writes it to a file: under a temporary name first, so that the file is
 * whole or not there.
 */
export function emit(text: string, file?: string): void {
  const whole = text.endsWith("\n") ? text : `${text}\n`;
  if (file === undefined || file === "-") writeAll(1, Buffer.from(whole));
  else writeFileWhole(file, whole);
}

export function emitJson(data: unknown, file?: string): void {
  emit(JSON.stringify(data), file);
}

function writeFileWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.part`;
  try {
    const descriptor = openSync(temporary, "w");
    try {
      writeAll(descriptor, Buffer.from(text));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new TraplineError("output", `cannot be written: ${messageOf(error)}`, { file });
  }
}

/** Synchronous, so that nothing is lost when the process ends; a pipe that is full is waited for. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else if (code === "EPIPE") throw new ClosedPipe();
      else throw error;
    }
  }
}

/** Whoever read standard output has seen enough (`| head`): no error, nothing more to do. */
export class ClosedPipe extends Error {
  override readonly name = "ClosedPipe";
}

/** A word to the user beside the data: standard error. */
export function tell(text: string): void {
  try {
    writeAll(2, Buffer.from(`${text}\n`));
  } catch {
    // Nobody listens.
  }
}
