import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { firstLines, importInto } from "../cli/program.js";
import { serveRanges, type RangeServer } from "./range-server.js";

/** A trace of a recording, and a server of it. */
export interface ServedTrace {
  /** The file. */
  readonly trace: string;
  readonly server: RangeServer;
  /** A URL of it with everything that is not to be shown, and the same as it is. */
  readonly secret: string;
  readonly shown: string;
}

/** Serves `a.trl`, which it makes in the folder. Everything secret in the URL is `s3cr3t`. */
export async function serveTrace(folder: string): Promise<ServedTrace> {
  const trace = join(folder, "a.trl");
  const cut = join(folder, "a.tarmac");
  writeFileSync(cut, await firstLines("kvm-vhe.tarmac.zst", 200_000));
  importInto(trace, cut);
  const server = await serveRanges(readFileSync(trace));
  const query = "X-Amz-Signature=s3cr3t&token=s3cr3t&anything=s3cr3t";
  return {
    trace,
    server,
    secret: `${server.url.replace("//", "//s3cr3t:s3cr3t@")}/lab one/a.trl?${query}#s3cr3t`,
    shown: `${server.url}/lab%20one/a.trl`,
  };
}
