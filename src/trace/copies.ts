import { dirname } from "node:path";

/**
 * Traces that are elsewhere, and the files here that hold what was read of them. A trace is read in one place,
 * synchronously and by ranges of bytes: what it is going to read is brought there before.
 */
const copies = new Map<string, { readonly file: string; readonly number: number }>();
let made = 0;

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

/** From here on, `url` is read from `file`. */
export function setCopy(url: string, file: string): void {
  copies.set(url, { file, number: ++made });
}

/** The folder of what was read of a trace that is elsewhere; undefined for one that is here. */
export function copiesFolder(path: string): string | undefined {
  const copy = copies.get(path);
  return copy === undefined ? undefined : dirname(copy.file);
}

/** The file that a trace is read from: itself, if it is here. */
export const localFile = (path: string): string => copies.get(path)?.file ?? path;

/** Tells copies of one URL apart; one grows as it is read, and stays the same. undefined for a trace that is here. */
export const copyNumber = (path: string): number | undefined => copies.get(path)?.number;
