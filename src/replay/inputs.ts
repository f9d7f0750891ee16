import { statSync } from "node:fs";
import { join } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { TraplineError } from "../errors.js";
import { traceName } from "./trace-file.js";

/** Endings that a folder is searched for; a file that is named is read whatever its name. */
const endings = [".trl", ".tarmac", ".tarmac.gz", ".tarmac.zst"];

/**
 * The files that arguments stand for: a file itself, a folder's traces and recordings, a pattern's matches, in
 * sorted order and each once.
 */
export function expandInputs(args: readonly string[]): string[] {
  const files = args.flatMap((arg): string[] => {
    if (arg === "-") return [arg];
    const kind = kindOf(arg);
    if (kind === "folder") {
      const found = filesIn(arg);
      if (found.length > 0) return found;
      throw new TraplineError("input", "holds no trace and no recording", { file: arg }, endingsText);
    }
    if (kind === "missing" && isDynamicPattern(arg)) {
      const found = globSync(arg, { onlyFiles: true, expandDirectories: false, dot: false }).toSorted();
      if (found.length > 0) return found;
      throw new TraplineError("input", "matches no file", { file: arg });
    }
    if (kind === "missing") throw new TraplineError("input", "does not exist", { file: arg });
    return [arg];
  });
  return [...new Set(files)];
}

const endingsText = `Files end in ${endings.join(", ")}`;

/** The files right in a folder. A trace beside the recording that it was made from stands for it. */
function filesIn(folder: string): string[] {
  const all = globSync("*", { cwd: folder, onlyFiles: true })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .toSorted();
  const traces = new Set(all.filter((file) => file.endsWith(".trl")));
  return all
    .filter((file) => file.endsWith(".trl") || !traces.has(traceName(file)))
    .map((file) => join(folder, file));
}

function kindOf(path: string): "file" | "folder" | "missing" {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "missing" : stat.isDirectory() ? "folder" : "file";
}
