import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { TraplineError, messageOf } from "../errors.js";
import { systemError } from "../system-error.js";

/** Half a million files as JSON. The YAML parser is slow, and recurses: where the stack ends Node may abort. */
const maxJsonBytes = 64 << 20;
const maxYamlBytes = 1 << 20;
/** Nests deeper than a manifest does: in blocks, or in brackets, of which a name may hold a few. */
const isDeep = (text: string): boolean => /^[-?: \t]{64}/m.test(text) || text.split(/[[{]/, 66).length > 65;

const path = v.pipe(v.string(), v.nonEmpty());
const manifestSchema = v.union([
  v.array(path),
  v.strictObject({ traces: v.array(v.union([path, v.strictObject({ path })])) }),
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
    const inside = relative(folder, resolve(folder, name));
    if (isAbsolute(name) || isAbsolute(inside) || inside === ".." || inside.startsWith(`..${sep}`)) {
      throw new TraplineError("usage", `names ${name}, which is outside its folder`, { file });
    }
    const found = join(dirname(file), name);
    // Standard input is in no folder.
    return found === "-" ? `.${sep}-` : found;
  });
}

function readList(file: string): unknown {
  let text: string;
  try {
    const stats = statSync(file);
    if (stats.size > maxJsonBytes) {
      throw new TraplineError("input", `is larger than ${maxJsonBytes} bytes`, { file });
    }
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof TraplineError ? error : systemError(error, file);
  }
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
