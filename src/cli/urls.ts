import { TraplineError } from "../errors.js";
import { isUrl } from "../trace/copies.js";
import { relocated, type TraceFile } from "./open.js";
import type { Session } from "./session.js";

/**
 * Brings the heads of traces here that are named by `http(s)://`, and gives these with the names under which they are
 * shown. What reads the rest is loaded only where there is one.
 */
export async function fetchUrls(
  { scratch, signal }: Session,
  paths: readonly string[],
): Promise<TraceFile[]> {
  const urls = paths.filter(isUrl);
  if (urls.length === 0) return [];
  const [{ fetchHead }, { shownUrl }] = await Promise.all([
    import("../afar/copy.js"),
    import("../afar/shown.js"),
  ]);
  const files = urls.map((path) => ({ path, name: shownUrl(path), made: false }));
  const names = files.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) {
    throw new TraplineError("usage", "two traces differ only in what is not shown of them", { file: twice });
  }
  for (const { path, name } of files) {
    try {
      await fetchHead(path, scratch.folder(), { signal });
    } catch (error) {
      throw relocated(error, path, name);
    }
  }
  return files;
}

/** The name under which a trace is shown. */
export const shownName = (path: string, fetched: readonly TraceFile[]): string =>
  fetched.find((each) => each.path === path)?.name ?? path;
