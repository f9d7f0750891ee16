/**
 * Traces that are elsewhere, and the files here that hold what was read of them. A trace is read in one place,
 * synchronously and by ranges of bytes: what it is going to read is brought there before.
 */
export interface LocalCopy {
  readonly file: string;
  /** Where files of this kind are made. */
  readonly folder: string;
  /** Whether bytes from `offset` are there: where they are not, the file has zeros. */
  holds(offset: number, length: number): boolean;
}

const copies = new Map<string, LocalCopy & { readonly number: number }>();
let made = 0;

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path);

/** From here on, `url` is read from a copy. */
export function setCopy(url: string, copy: LocalCopy): void {
  copies.set(url, { ...copy, number: ++made });
}

export function removeCopy(url: string): void {
  copies.delete(url);
}

/** undefined for a trace that is here. */
export const copyOf = (path: string): LocalCopy | undefined => copies.get(path);

/** The file that a trace is read from: itself, if it is here. */
export const localFile = (path: string): string => copies.get(path)?.file ?? path;

/** Tells copies of one URL apart; one grows as it is read, and stays the same. undefined for a trace that is here. */
export const copyNumber = (path: string): number | undefined => copies.get(path)?.number;
