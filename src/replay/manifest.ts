import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import * as v from "valibot";
import { parse } from "yaml";
import { TraplineError, messageOf } from "../errors.js";

const maxManifestBytes = 64 << 20;

const manifestSchema = v.union([
  v.array(v.string()),
  v.strictObject({ traces: v.array(v.union([v.string(), v.strictObject({ path: v.string() })])) }),
]);

/** The files that a manifest names: a JSON or YAML list, relative to its folder and not outside of it. */
export function readManifest(file: string): string[] {
  let data: unknown;
  try {
    if (statSync(file).size > maxManifestBytes) throw new Error(`is larger than ${maxManifestBytes} bytes`);
    data = parse(readFileSync(file, "utf8"), { maxAliasCount: 0 });
  } catch (error) {
    const [problem] = messageOf(error).split("\n");
    throw new TraplineError("input", `cannot be read as a manifest: ${problem}`, { file });
  }
  const parsed = v.safeParse(manifestSchema, data);
  if (!parsed.success) {
    const remedy = 'A manifest is a list of files, or {"traces": [{"path": FILE}, ...]}';
    throw new TraplineError("usage", "is no manifest", { file }, remedy);
  }
  const list = Array.isArray(parsed.output) ? parsed.output : parsed.output.traces;
  const folder = dirname(resolve(file));
  return list.map((entry) => {
    const path = typeof entry === "string" ? entry : entry.path;
    const inside = relative(folder, resolve(folder, path));
    if (isAbsolute(path) || inside === ".." || inside.startsWith(`..${sep}`)) {
      throw new TraplineError("usage", `names ${path}, which is outside its folder`, { file });
    }
    return join(dirname(file), path);
  });
}
