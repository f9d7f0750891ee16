import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { TraplineError } from "./errors.js";
import { systemError } from "./system-error.js";

/** The text of a file that people write by hand. Larger than `most` bytes, or no regular file, it is refused unread. */
export function readSmallFile(file: string, most: number): string {
  try {
    const stat = statSync(file);
    // A device or a pipe has no size that could be checked first.
    if (!stat.isFile()) throw new TraplineError("input", "is not a regular file", { file });
    if (stat.size > most) throw new TraplineError("usage", `is larger than ${most} bytes`, { file });
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    throw systemError(error, file);
  }
}

/**
 * The text of a file that programs write, or of a pipe, whose length nothing tells beforehand: what goes on behind
 * `most` bytes is refused when so many were read.
 */
export function readBoundedFile(file: string, most: number): string {
  const chunks: Buffer[] = [];
  let size = 0;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    for (;;) {
      const chunk = Buffer.allocUnsafe(1 << 16);
      const got = readSync(descriptor, chunk);
      if (got === 0) break;
      size += got;
      if (size > most) throw new TraplineError("input", `is larger than ${most} bytes`, { file });
      chunks.push(chunk.subarray(0, got));
    }
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    throw systemError(error, file);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
  return Buffer.concat(chunks).toString("utf8");
}
