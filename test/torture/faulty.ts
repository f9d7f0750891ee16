/**
 * The command line with faults in it, for tests alone: `TORTURE` in the environment says which. Workers are those of
 * `faulty-worker.ts`; `write=N` ends the process in the middle of its Nth write.
 */
import fs, { type WriteOptions } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { replaceWorkerEntry } from "#src/replay/worker-entry.js";

const [, kind, value] = /^(\w+)=(\d+)/.exec(process.env["TORTURE"] ?? "") ?? [];

if (kind === "write") {
  let left = Number(value);
  const { writeSync } = fs;
  const torn = (
    file: number,
    bytes: NodeJS.ArrayBufferView | string,
    offset?: number | WriteOptions | null,
    length?: number | null,
    position?: number | null,
  ): number => {
    if (typeof bytes === "string") return writeSync(file, bytes);
    const from = typeof offset === "number" ? offset : 0;
    const all = length ?? bytes.byteLength - from;
    if (--left > 0) return writeSync(file, bytes, from, all, position);
    // Half of it arrives, as when the power goes.
    writeSync(file, bytes, from, all >> 1, position);
    process.kill(process.pid, "SIGKILL");
    return 0;
  };
  Object.assign(fs, { writeSync: torn });
  syncBuiltinESMExports();
} else if (kind !== undefined) {
  replaceWorkerEntry(new URL("faulty-entry.cjs", import.meta.url));
}

await import("#src/cli/main.js");
