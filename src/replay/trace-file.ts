import { closeSync, openSync, readSync } from "node:fs";
import { TraplineError, messageOf } from "../errors.js";
import { looksLikeTrace } from "../trace/prelude.js";

/** Where the trace of a recording goes when nobody says: `boot.tarmac.gz` becomes `boot.trl`. */
export function traceName(recording: string): string {
  return `${recording.replace(/(?:\.(?:gz|zst))?$/, "").replace(/\.(?:tarmac|log|txt)$/, "")}.trl`;
}

/** Whether a file is a trace already, by its first bytes. */
export function isTrace(path: string): boolean {
  if (path === "-") return false;
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    throw new TraplineError("input", `cannot be opened: ${messageOf(error)}`, { file: path });
  }
  try {
    const start = new Uint8Array(16);
    return looksLikeTrace(start.subarray(0, readSync(file, start, 0, start.length, 0)));
  } catch {
    return false; // a folder, a device: the importer says what it is
  } finally {
    closeSync(file);
  }
}
