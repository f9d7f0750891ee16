import { closeSync, openSync, readSync, statSync } from "node:fs";
import { systemError } from "../system-error.js";
import { isUrl } from "../trace/copies.js";
import { looksLikeTrace } from "../trace/prelude.js";

/** Where the trace of a recording goes when nobody says: `boot.tarmac.gz` becomes `boot.trl`. */
export function traceName(recording: string): string {
  return `${recording.replace(/(?:\.(?:gz|zst))?$/, "").replace(/\.(?:tarmac|log|txt|dat)$/, "")}.trl`;
}

/** Whether a file is a trace already, by its first bytes. */
export function isTrace(path: string): boolean {
  if (path === "-") return false;
  // Its head was read, and is one.
  if (isUrl(path)) return true;
  let file: number;
  try {
    // Opening a pipe and leaving it would take it away from its writer. What else there is, the importer says.
    if (!statSync(path).isFile()) return false;
    file = openSync(path, "r");
  } catch (error) {
    throw systemError(error, path);
  }
  try {
    const start = new Uint8Array(16);
    return looksLikeTrace(start.subarray(0, readSync(file, start, 0, start.length, 0)));
  } catch (error) {
    throw systemError(error, path);
  } finally {
    closeSync(file);
  }
}
