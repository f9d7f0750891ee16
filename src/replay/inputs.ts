import { statSync, type Stats } from "node:fs";
import { join, resolve } from "node:path";
import { globSync, isDynamicPattern } from "tinyglobby";
import { TraplineError } from "../errors.js";
import { systemError } from "../system-error.js";
import { isUrl } from "../trace/copies.js";
import { traceName } from "./trace-file.js";

/** Endings that a folder is searched for; a file that is named is read whatever its name. */
const recordingEndings = [".tarmac", ".tarmac.gz", ".tarmac.zst"];
/** What `trace-cmd record` writes. Many other things are called so: only who asks for recordings alone gets them. */
const rawEndings = [".dat"];
/** What trapline itself writes and reads beside recordings, and what people write about them. */
const besideRecordings =
  /\.(?:trl|json|jsonl|csv|parquet|html?|ya?ml|md|journal|part|svg|png|pftrace|perfetto(?:-trace)?)$/i;

export interface InputOptions {
  /** What a folder stands for: traces, and the recordings that have none; recordings alone; or traces alone. */
  readonly want?: "traces" | "recordings" | "only-traces";
  /** Whether an argument that is no file may be a pattern. */
  readonly patterns?: boolean;
  /** Whether traces by `http(s)://` are read; `fetchUrls` or `openTraces` brings them. */
  readonly urls?: boolean;
  /** Told what of a folder is not read: files, by their names in it, that may be recordings. */
  readonly onPassedOver?: (folder: string, names: readonly string[]) => void;
}

/**
 * The files that arguments stand for: a file itself, a folder's traces and recordings, a pattern's matches, in
 * sorted order and each once, however it is spelled.
 */
export function expandInputs(
  args: readonly string[],
  { want = "traces", patterns = true, urls = false, onPassedOver }: InputOptions = {},
): string[] {
  const files = args.flatMap((arg): string[] => {
    if (arg === "-") return [arg];
    if (isUrl(arg)) return [checkUrl(arg, urls)];
    const stats = statsOf(arg);
    if (stats?.isDirectory() === true) return filesIn(arg, want, onPassedOver);
    if (stats !== undefined) return [arg];
    if (patterns && isDynamicPattern(arg)) {
      const found = globSync(arg, { onlyFiles: true, expandDirectories: false, dot: false }).toSorted();
      if (found.length > 0) return found;
      throw new TraplineError("input", "matches no file", { file: arg });
    }
    throw systemError(Object.assign(new Error(), { code: "ENOENT" }), arg);
  });
  return once(files);
}

/** A URL as it is written once; anything else as it is. Throws TraplineError "usage" for what is not read there. */
export function checkUrl(text: string, isRead: boolean): string {
  if (!isUrl(text)) return text;
  if (!URL.canParse(text)) {
    const shown = text.replace(/[?#].*$/s, "").replace(/\/\/.*@/s, "//");
    throw new TraplineError("usage", `"${shown}" is no URL`);
  }
  const url = new URL(text);
  url.hash = "";
  if (isRead) return url.href;
  const remedy = "Bring the file here; replay, plan, inspect, verdict, report and others read traces there";
  throw new TraplineError("usage", "this command reads no traces by http(s)://", {}, remedy);
}

/** Each file once, under the first of its spellings. */
export function once(files: readonly string[]): string[] {
  const byPath = new Map<string, string>();
  for (const file of files) {
    const path = file === "-" || isUrl(file) ? file : resolve(file);
    if (!byPath.has(path)) byPath.set(path, file);
  }
  return [...byPath.values()];
}

/** The files right in a folder. A trace beside the recording that it was made from stands for it. */
function filesIn(
  folder: string,
  want: NonNullable<InputOptions["want"]>,
  onPassedOver: InputOptions["onPassedOver"],
): string[] {
  const all = globSync("*", { cwd: folder, onlyFiles: true }).toSorted();
  const isTraceName = (file: string): boolean => want !== "recordings" && file.endsWith(".trl");
  const traces = new Set(all.filter(isTraceName));
  const endings = want === "recordings" ? [...recordingEndings, ...rawEndings] : recordingEndings;
  const isRecording = (file: string): boolean => endings.some((ending) => file.endsWith(ending));
  const found = all.filter(
    (file) =>
      traces.has(file) || (want !== "only-traces" && isRecording(file) && !traces.has(traceName(file))),
  );
  if (found.length > 0) {
    const others = all.filter(
      (file) => !isRecording(file) && !besideRecordings.test(file) && !traces.has(traceName(file)),
    );
    if (others.length > 0 && want !== "only-traces") onPassedOver?.(folder, others);
    return found.map((file) => join(folder, file));
  }
  const what = { traces: "no trace and no recording", recordings: "no recording", "only-traces": "no trace" };
  const sought = { traces: [".trl", ...endings], recordings: endings, "only-traces": [".trl"] };
  throw new TraplineError(
    "input",
    `holds ${what[want]} by the names of its files`,
    { file: folder },
    `They end in ${sought[want].join(", ")}; a file that is named is read whatever its name`,
  );
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw systemError(error, path);
  }
}
