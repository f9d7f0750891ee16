import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { InputFile } from "../report/html/report-data.js";
import { systemError } from "../system-error.js";

/** Length and checksum of a file; null of standard input, which is read once. Throws TraplineError where it cannot be read. */
export function fileOf(name: string, what: string): InputFile {
  if (name === "-") return { name: "standard input", what, bytes: null, sha256: null };
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(1 << 20);
  let bytes = 0;
  try {
    const descriptor = openSync(name, "r");
    try {
      for (;;) {
        const got = readSync(descriptor, chunk);
        if (got === 0) break;
        bytes += got;
        hash.update(chunk.subarray(0, got));
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw systemError(error, name);
  }
  return { name, what, bytes, sha256: hash.digest("hex") };
}
