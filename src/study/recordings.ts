import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "../package-root.js";
import { trapline } from "./ask.js";

/** What each question is asked of: a plain guest under either mode, and one that writes often on a patched kernel. */
export const recordingNames = ["kvm-vhe", "kvm-nvhe", "chatty-vhe"] as const;
export type RecordingName = (typeof recordingNames)[number];

/** As the commands name them, which run in one folder. */
export const traceOf = (name: RecordingName): string => `${name}.trl`;

/** The policy of the kernel of `chatty-vhe`, beside it. */
export const chattyPolicy = "chatty-vhe.policy.yaml";

/** The recordings that come with the source: the beginnings of longer ones. */
const cuts = fileURLToPath(new URL("traces/", packageRoot));

// A trace first: it was imported already.
const endings = [".trl", ".tarmac.zst", ".tarmac.gz", ".tarmac"];

const fileOf = (folder: string, name: RecordingName): string | undefined =>
  endings.map((ending) => join(folder, name + ending)).find(existsSync);

/** Where the recordings are: `folder` if it has all of them, else the cuts, with the reason. */
export function findRecordings(folder: string | undefined): {
  readonly folder: string;
  readonly whole: boolean;
  readonly why: string;
} {
  if (folder === undefined) return { folder: cuts, whole: false, why: "no folder of recordings was named" };
  const missing = recordingNames.filter((name) => fileOf(folder, name) === undefined);
  if (missing.length === 0) {
    const whole = resolve(folder) !== resolve(cuts);
    return { folder, whole, why: whole ? "all are there" : "these are the cuts" };
  }
  return { folder: cuts, whole: false, why: `${folder} does not hold ${missing.join(", ")}` };
}

/** A folder with each recording as a trace, to ask in; `clear` takes it away. */
export async function prepare(
  from: string,
): Promise<{ readonly folder: string; readonly clear: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "trapline-study-"));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    copyFileSync(join(cuts, chattyPolicy), join(folder, chattyPolicy));
    for (const name of recordingNames) {
      const file = fileOf(from, name) ?? fileOf(cuts, name);
      if (file === undefined) throw new RangeError(`no recording of ${name}`);
      const trace = join(folder, traceOf(name));
      if (file.endsWith(".trl")) copyFileSync(file, trace);
      else await trapline(folder, ["import", resolve(file), "-o", trace]);
    }
  } catch (error) {
    clear();
    throw error;
  }
  return { folder, clear };
}
