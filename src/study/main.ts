/**
 * `npm run study`: asks the recordings every question of the discussion, and writes what they say.
 *
 *     npm run study                           recordings of TRAPLINE_RECORDINGS, or else the committed cuts
 *     npm run study -- --recordings DIR       kvm-vhe, kvm-nvhe and chatty-vhe as .trl, .tarmac, .tarmac.gz or .zst
 *     npm run study -- --output DIR           where study.md, study.html and study/*.svg go; default docs
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { messageOf, TraplineError } from "../errors.js";
import { packageRoot } from "../package-root.js";
import { findRecordings, prepare } from "./recordings.js";
import { questions } from "./registry.js";
import { makeStudy } from "./study.js";
import { writeStudy } from "./write.js";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function given(): { readonly recordings: string; readonly output: string } {
  const recordings = { type: "string", default: process.env["TRAPLINE_RECORDINGS"] ?? "" } as const;
  const docs = fileURLToPath(new URL("docs", packageRoot));
  const output = { type: "string", short: "o", default: docs } as const;
  try {
    return parseArgs({ options: { recordings, output } }).values;
  } catch (error) {
    say(`study: ${messageOf(error)}\nnpm run study -- [--recordings DIR] [--output DIR]`);
    return process.exit(2);
  }
}

const values = given();
const from = performance.now();
const { folder, whole, why } = findRecordings(values.recordings === "" ? undefined : values.recordings);
say(
  whole
    ? `whole recordings of ${folder}`
    : `the cuts in traces/: ${why}; the committed study is of whole recordings`,
);
let clear = (): void => undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    clear();
    process.exit(130);
  });
}
try {
  const prepared = await prepare(folder);
  clear = prepared.clear;
  const study = await makeStudy(prepared.folder, questions, { whole, progress: say });
  writeStudy(study, values.output);
  say(
    `${join(values.output, "study.md")}, study.html and study/*.svg: ${((performance.now() - from) / 1000).toFixed(1)} s`,
  );
} catch (error) {
  if (!(error instanceof TraplineError)) throw error;
  say(`study: ${error.message}`);
  process.exitCode = 1;
} finally {
  clear();
}
