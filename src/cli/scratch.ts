import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { traceName } from "../replay/trace-file.js";

/** A folder for traces made on the fly, removed with everything in it. */
export interface Scratch {
  path(recording: string, number: number): string;
  remove(): void;
}

export function createScratch(): Scratch {
  let folder: string | undefined;
  return {
    path(recording, number) {
      folder ??= mkdtempSync(join(tmpdir(), "trapline-"));
      return join(folder, `${number}-${basename(traceName(recording))}`);
    },
    remove() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}
