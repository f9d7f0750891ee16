import { basename } from "node:path";
import { shownUrl } from "../afar/shown.js";
import { TraplineError } from "../errors.js";
import { copyOf, isUrl } from "../trace/copies.js";
import type { TraceFile } from "./trace-file.js";
import { tell } from "./output.js";
import { createProgress } from "./progress.js";
import type { Session } from "./session.js";

/** Traces of which the heads are fetched at once. */
const together = 8;

/**
 * Brings the heads of traces here that are named by `http(s)://`, and gives these with the names under which they are
 * shown. What reads the rest is loaded only where there is one.
 * @param onMissing - Takes one that cannot be read, and why; without it that is an error
 */
export async function fetchUrls(
  { scratch, signal }: Session,
  paths: readonly string[],
  onMissing?: (path: string, error: TraplineError) => void,
): Promise<TraceFile[]> {
  const urls = paths.filter(isUrl);
  if (urls.length === 0) return [];
  checkNames(urls);
  const { fetchHead } = await import("../afar/copy.js");
  const failed = new Map<string, unknown>();
  const waiting = urls.values();
  const fetchSome = async (): Promise<void> => {
    for (const path of waiting) {
      // One is enough for an error.
      if (failed.size > 0 && onMissing === undefined) return;
      try {
        await fetchHead(path, scratch.folder(), { signal });
      } catch (error) {
        failed.set(path, shownError(error, path));
        if (signal.aborted) return;
      }
    }
  };
  await Promise.all(Array.from({ length: together }, fetchSome));
  for (const path of urls) {
    const error = failed.get(path);
    if (error === undefined) continue;
    const isOne = error instanceof TraplineError && error.code !== "interrupted" && !signal.aborted;
    if (onMissing === undefined || !isOne) throw error;
    onMissing(path, error);
  }
  return urls
    .filter((path) => !failed.has(path))
    .map((path) => ({ path, name: shownUrl(path), made: false }));
}

/** What was brought here whole, in this process. */
const brought = new Map<string, string>();

/**
 * Brings traces by `http(s)://` here whole, but for those whose heads were fetched, and gives where they are by URL.
 * @param firstNumber - Of the files made: for several calls of one session
 */
export async function bringUrls(
  { scratch, signal }: Session,
  files: readonly string[],
  progress: boolean,
  firstNumber: number,
): Promise<ReadonlyMap<string, string>> {
  const urls = files.filter((file) => isUrl(file) && copyOf(file) === undefined && !brought.has(file));
  if (urls.length === 0) return brought;
  checkNames(urls);
  const { fetchWhole } = await import("../afar/whole.js");
  for (const url of urls) {
    const number = firstNumber + files.indexOf(url);
    const path = scratch.path(`fetched-${basename(new URL(url).pathname)}`, number);
    const bar = createProgress(`fetching ${shownUrl(url)}`, progress);
    try {
      await fetchWhole(url, path, { signal }, bar.update);
    } catch (error) {
      throw shownError(error, url);
    } finally {
      bar.end();
    }
    brought.set(url, path);
  }
  return brought;
}

/** An error about a URL, as one about the name under which it is shown. */
function shownError(error: unknown, url: string): unknown {
  if (!(error instanceof TraplineError) || error.place.file !== url) return error;
  return new TraplineError(error.code, error.message, { ...error.place, file: shownUrl(url) }, error.remedy);
}

/** Results tell traces apart by what is shown of them. */
function checkNames(urls: readonly string[]): void {
  const names = urls.map(shownUrl);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice === undefined) return;
  throw new TraplineError("usage", "two traces differ only in what is not shown of them", { file: twice });
}

/** Brings all of a trace here of which the head is. */
export async function fetchRest(path: string): Promise<void> {
  if (!isUrl(path)) return;
  const { aboutCopy, fetchOf } = await import("../afar/copy.js");
  await fetchOf(path, [[0, aboutCopy(path).structure.bytes]]);
}

/** The name under which a trace is shown. */
export const shownName = (path: string): string => (isUrl(path) ? shownUrl(path) : path);

/** A plan holds what its traces are read with, and so does a part. */
export function tellSecrets(paths: readonly string[], output: string | undefined): void {
  if (!paths.some((path) => isUrl(path) && path !== shownUrl(path))) return;
  const where = output === undefined || output === "-" ? "the plan" : output;
  tell(`trapline: ${where} holds URLs with what opens them: who can read it can read the traces`);
}
