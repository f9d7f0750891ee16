import { realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { TraplineError, messageOf } from "../errors.js";
import { readBoundedFile } from "../small-file.js";

/** Half a million files as JSON. The YAML parser is slow, and recurses: where the stack ends Node may abort. */
const maxJsonBytes = 64 << 20;
const maxYamlBytes = 1 << 20;
/** Nests deeper than a manifest does: in blocks, or in brackets, of which a name may hold a few. */
const isDeep = (text: string): boolean => /^[-?: \t]{64}/m.test(text) || text.split(/[[{]/, 66).length > 65;

const fileName = v.pipe(v.string(), v.nonEmpty());
const manifestSchema = v.union([
  v.array(fileName),
  v.strictObject({ traces: v.array(v.union([fileName, v.strictObject({ path: fileName })])) }),
]);

/** The files that a manifest names: a JSON or YAML list, relative to its folder and not outside of it. */
export function readManifest(file: string): string[] {
  const parsed = v.safeParse(manifestSchema, readList(file));
  if (!parsed.success) {
    const remedy = 'A manifest is a list of files, or {"traces": [{"path": FILE}, ...]}';
    throw new TraplineError("usage", "is no manifest", { file }, remedy);
  }
  const list = Array.isArray(parsed.output) ? parsed.output : parsed.output.traces;
  const folder = dirname(resolve(file));
  return list.map((entry) => {
    const name = typeof entry === "string" ? entry : entry.path;
    if (isAbsolute(name) || !isInside(folder, resolve(folder, name))) throw outside(file, name);
    const found = join(dirname(file), name);
    // Standard input is in no folder.
    return found === "-" ? `.${sep}-` : found;
  });
}

/**
 * Refuses files that a manifest leads to through symbolic links and that are not in its folder: what stands in a folder
 * that it names, too.
 */
export function checkInside(manifest: string, files: readonly string[]): void {
  const folder = realPath(dirname(resolve(manifest)));
  for (const file of files) {
    if (!isInside(folder, realPath(resolve(file)))) throw outside(manifest, file);
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
}

const outside = (manifest: string, name: string): TraplineError =>
  new TraplineError("usage", `names ${name}, which is outside its folder`, { file: manifest });

/** What is not there leads nowhere; whoever opens it says so. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readList(file: string): unknown {
  const text = readBoundedFile(file, maxJsonBytes);
  try {
    return JSON.parse(text);
  } catch {
    // It may be YAML.
  }
  if (text.length > maxYamlBytes) {
    throw new TraplineError("input", `is no JSON, and as YAML larger than ${maxYamlBytes} bytes`, { file });
  }
  try {
    if (isDeep(text)) throw new Error("it is nested too deeply");
    return parse(text, { maxAliasCount: 0, logLevel: "error" });
  } catch (error) {
    const [problem] = messageOf(error).split("\n");
    const message = `is neither JSON nor YAML: ${problem.replace(/:$/, "")}`;
    throw new TraplineError("input", message, { file });
  }
}
