import { TraplineError } from "../errors.js";
import { Again } from "./trouble.js";

/** What answers have told of a file so far. */
export interface Learned {
  known?: {
    readonly size: number;
    readonly etag: string | undefined;
    readonly modified: string | undefined;
  };
}

/** The ETag by which a server is asked whether the file is the same: a strong one (RFC 9110, sections 8.8.3, 13.1.1). */
export const matchOf = ({ known }: Learned): string | undefined =>
  known?.etag?.startsWith('"') === true ? known.etag : undefined;

/** Statuses that pass: of a server that is busy, or is not well (RFC 9110, section 15; RFC 6585). */
const passes = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;

/** Milliseconds: who asks to wait longer is told of at once. */
const mostWait = 60_000;

/** Holds an answer's head against the question, and learns from it; how many bytes it promises. */
export function checkAnswer(
  url: string,
  { status, headers }: Pick<Response, "status" | "headers">,
  [offset, length]: readonly [number, number],
  learned: Learned,
): number {
  const { known } = learned;
  const refuse = (what: string, remedy?: string): TraplineError =>
    new TraplineError("input", what, { file: url }, remedy);
  const changed = (): TraplineError => refuse("has changed while it was read", "Start again");
  if (passes(status)) throw busy(status, headers.get("retry-after"), refuse);
  switch (status) {
    case 206:
      break;
    case 200:
      throw refuse(
        "cannot be read in parts: the server ignores byte ranges",
        "Serve it by one that does not, or bring the file here",
      );
    case 401:
    case 403:
      throw refuse(
        `may not be read: the server answers with status ${status}`,
        "Check its user and password, or its signature, which may have expired",
      );
    case 404:
    case 410:
      throw refuse(`is not there: the server answers with status ${status}`, "Check the spelling of the URL");
    case 412:
      throw changed();
    case 416:
      throw known === undefined ? refuse("is empty") : changed();
    default:
      throw refuse(`cannot be read: the server answers with status ${status}`);
  }
  if (!["", "identity"].includes(headers.get("content-encoding") ?? "")) {
    throw refuse("cannot be read in parts: the server packs what it sends", "Have it send the file as it is");
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(headers.get("content-range") ?? "");
  if (range === null) throw new Again("the server does not say which bytes of how many it sends");
  const [first, last, size] = range.slice(1).map(Number);
  if (known !== undefined && size !== known.size) throw changed();
  const isAsked = first === offset && first <= last && last - first < length && last < size;
  if (!isAsked || !Number.isSafeInteger(size)) {
    throw new Again("the server sends other bytes than it was asked for");
  }
  const etag = headers.get("etag") ?? undefined;
  const modified = headers.get("last-modified") ?? undefined;
  const differ = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a !== b;
  // An ETag says more: of one file, machines that share their work may have several dates.
  if (known?.etag !== undefined && etag !== undefined) {
    if (etag !== known.etag) throw changed();
  } else if (differ(known?.modified, modified)) throw changed();
  learned.known ??= { size, etag, modified };
  return last - first + 1;
}

/** In seconds, or a date (RFC 9110, section 10.2.3). */
function busy(
  status: number,
  retryAfter: string | null,
  refuse: (what: string, remedy: string) => TraplineError,
): Error {
  const what = `the server answers with status ${status}`;
  const text = retryAfter?.trim() ?? "";
  const after = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  if (!(after > 0)) return new Again(what);
  if (after <= mostWait) return new Again(what, { after });
  return refuse(
    `cannot be read: ${what} and asks to wait for ${Math.ceil(after / 1000)} s`,
    "Try again later",
  );
}
