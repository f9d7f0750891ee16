import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { traceName } from "../replay/trace-file.js";
import { unwritable } from "./output.js";

/** Folders for what is not finished, removed with everything in them however the process ends. */
export interface Scratch {
  /** A place for a trace made on the fly. */
  path(recording: string, number: number): string;
  /** A folder for whatever is made there. */
  folder(): string;
  /**
   * A place for what will be at `output`: beside it, so that `keep` is one step. A worker that is stopped in the
   * middle of writing cannot clean up after itself.
   */
  beside(output: string): string;
  /** Gives what was written to `beside(output)` its name. */
  keep(written: string, output: string): void;
  remove(): void;
}

export function createScratch(): Scratch {
  let common: string | undefined;
  const folders: string[] = [];
  const create = (prefix: string): string => {
    const folder = mkdtempSync(prefix);
    folders.push(folder);
    return folder;
  };
  const commonFolder = (): string => (common ??= create(join(tmpdir(), "trapline-")));
  return {
    folder: commonFolder,
    path(recording, number) {
      return join(commonFolder(), `${number}-${basename(traceName(recording))}`);
    },
    beside(output) {
      try {
        return join(create(`${output}.part-`), basename(output));
      } catch (error) {
        throw unwritable(error, output);
      }
    },
    keep(written, output) {
      try {
        renameSync(written, output);
      } catch (error) {
        throw unwritable(error, output);
      }
    },
    remove() {
      for (const folder of folders.splice(0)) {
        // Once more: a thread may be writing until the very end.
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
      common = undefined;
    },
  };
}
