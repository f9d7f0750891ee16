import { readFileSync, statSync } from "node:fs";
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
