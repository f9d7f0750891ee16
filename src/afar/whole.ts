import { closeSync, openSync, writeSync } from "node:fs";
import { decodePrelude, preludeLength } from "../trace/prelude.js";
import { openRemote, type RemoteOptions } from "./remote.js";
import { keeping } from "./sparse-file.js";

/** Of one request. */
const mostBytes = 16 << 20;

/** Brings all of a trace here, as a file like any other; who reads it checks it. Throws what `openRemote` does. */
export async function fetchWhole(
  url: string,
  path: string,
  options: RemoteOptions,
  onProgress: (done: number, total: number) => void,
): Promise<void> {
  const remote = await openRemote(url, options);
  const { start, size } = remote;
  decodePrelude(start.subarray(0, preludeLength), size, url);
  const file = keeping(path, () => openSync(path, "w", 0o600));
  try {
    let at = 0;
    for (let bytes = start; at < size; bytes = await remote.read(at, mostBytes)) {
      const piece = bytes;
      keeping(path, () => writeAll(file, piece));
      at += bytes.length;
      onProgress(at, size);
    }
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
