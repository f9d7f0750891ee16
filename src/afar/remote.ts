import { setTimeout as wait } from "node:timers/promises";
import { TraplineError, messageOf } from "../errors.js";

/** A file on a server, read by ranges of bytes. */
export interface RemoteFile {
  readonly url: string;
  readonly size: number;
  /** The bytes with which it begins, as they came with its size. */
  readonly start: Uint8Array;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface RemoteOptions {
  /** Milliseconds without a byte after which a request is given up and made again. */
  readonly stall?: number;
  /** Milliseconds before the second attempt; twice as long before each further one. */
  readonly pause?: number;
  readonly signal?: AbortSignal;
}

const defaultStall = 20_000;
const defaultPause = 250;
/** Without a byte of progress. */
const mostAttempts = 5;
/** Prelude, and mostly the header: one request for both. */
const startBytes = 65_536;

/** A reason to try again, unlike a TraplineError. */
class Again extends Error {}

interface Known {
  readonly size: number;
  /** A strong one: a server that has another file by now says so (RFC 9110, sections 8.8.3 and 13.1.1). */
  readonly etag: string | undefined;
}

/** What answers have told of a file so far. */
interface Learned {
  known?: Known;
}

/** Asks for a file's beginning, and so learns its size. Throws TraplineError "input". */
export async function openRemote(url: string, options: RemoteOptions = {}): Promise<RemoteFile> {
  const learned: Learned = {};
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    readWhole(url, offset, length, learned, options);
  const start = await read(0, startBytes);
  return { url, size: learned.known?.size ?? 0, start, read };
}

async function readWhole(
  url: string,
  offset: number,
  length: number,
  learned: Learned,
  options: RemoteOptions,
): Promise<Uint8Array> {
  const { pause = defaultPause, signal } = options;
  const bytes = new Uint8Array(length);
  let end = length;
  let done = 0;
  let reasons: string[] = [];
  while (done < end) {
    const before = done;
    try {
      const size = learned.known?.size;
      if (size !== undefined) end = Math.min(end, Math.max(0, size - offset));
      if (done >= end) break;
      done += await readSome(url, offset + done, bytes.subarray(done, end), learned, options);
      continue;
    } catch (error) {
      if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      if (error instanceof TraplineError) throw error;
      // Part of it came before the trouble.
      if (error instanceof Partly) done += error.got;
      reasons = done > before ? [reasonOf(error)] : [...reasons, reasonOf(error)];
    }
    if (reasons.length >= mostAttempts) {
      const why =
        new Set(reasons).size > 1 ? reasons.join("; then ") : `${reasons[0]}, ${reasons.length} times`;
      throw new TraplineError(
        "input",
        `cannot be read: ${why}`,
        { file: url, offset: offset + done },
        "Try again, or bring the file here",
      );
    }
    await wait(pause * 2 ** (reasons.length - 1));
  }
  return bytes.subarray(0, done);
}

/** Bytes came, and then trouble. */
class Partly extends Again {
  readonly got: number;
  constructor(message: string, got: number) {
    super(message);
    this.got = got;
  }
}

/** One request: fills `into` from `offset`, and gives how many bytes came. */
async function readSome(
  url: string,
  offset: number,
  into: Uint8Array,
  learned: Learned,
  { stall = defaultStall, signal }: RemoteOptions,
): Promise<number> {
  const control = new AbortController();
  const stop = (): void => control.abort();
  signal?.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(stop, stall);
  let got = 0;
  try {
    const response = await fetch(plainUrl(url), {
      headers: {
        range: `bytes=${offset}-${offset + into.length - 1}`,
        // Bytes of a packed form would be other bytes than those of the range.
        "accept-encoding": "identity",
        ...(learned.known?.etag === undefined ? {} : { "if-match": learned.known.etag }),
        ...credentials(url),
      },
      signal: control.signal,
    });
    const promised = checkAnswer(url, response, offset, into.length, learned);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stop, stall);
      const piece: Uint8Array = chunk;
      if (got + piece.length > promised) throw new Again("the server sends more than it said");
      into.set(piece, got);
      got += piece.length;
    }
    if (got < promised) throw new Partly("the server's answer is cut off", got);
    return got;
  } catch (error) {
    if (error instanceof TraplineError) throw error;
    if (error instanceof Again && !(error instanceof Partly)) throw error;
    const why = control.signal.aborted ? `nothing came for ${stall / 1000} s` : causeOf(error);
    throw error instanceof Partly ? error : new Partly(why, got);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    // What is left of an answer is not waited for.
    control.abort();
  }
}

/** Holds an answer's head against the question; how many bytes it promises. */
function checkAnswer(
  url: string,
  { status, headers }: Response,
  offset: number,
  length: number,
  learned: Learned,
): number {
  const { known } = learned;
  const refuse = (what: string, remedy?: string): TraplineError =>
    new TraplineError("input", what, { file: url }, remedy);
  if (status === 200) {
    throw refuse(
      "cannot be read in parts: the server ignores byte ranges",
      "Serve it by one that does not, or bring the file here",
    );
  }
  if (status === 416) throw refuse(known === undefined ? "is empty" : "is shorter than it was");
  if (status === 412) throw refuse("has changed while it was read", "Start again");
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    throw new Again(`the server answers with status ${status}`);
  if (status === 401 || status === 403)
    throw refuse(
      `may not be read: the server answers with status ${status}`,
      "Check its user, password or signature",
    );
  if (status !== 206) throw refuse(`cannot be read: the server answers with status ${status}`);
  if (!["", "identity"].includes(headers.get("content-encoding") ?? "")) {
    throw refuse("cannot be read in parts: the server packs what it sends");
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("content-range") ?? "");
  if (range === null) throw new Again("the server does not say which bytes it sends");
  const [first, last, size] = range.slice(1).map(Number);
  if (known !== undefined && size !== known.size)
    throw refuse("has changed while it was read", "Start again");
  if (first !== offset || last < first || last - first >= length || last >= size) {
    throw new Again("the server sends other bytes than it was asked for");
  }
  const etag = headers.get("etag") ?? undefined;
  if (known?.etag !== undefined && etag !== undefined && etag !== known.etag) {
    throw refuse("has changed while it was read", "Start again");
  }
  if (known === undefined) learned.known = { size, etag: etag?.startsWith('"') === true ? etag : undefined };
  return last - first + 1;
}

const reasonOf = (error: unknown): string => messageOf(error);

/** What the client says is "fetch failed"; why is in its cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "nobody listens there",
    ENOTFOUND: "there is no such host",
    ECONNRESET: "the server ends the connection",
    UND_ERR_SOCKET: "the server ends the connection",
  };
  return (
    words[code] ?? (messageOf(cause) === "terminated" ? "the server ends the connection" : messageOf(cause))
  );
}

/** A user and a password in a URL are a header: the client takes no such URL. */
function plainUrl(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  return url.href;
}

function credentials(text: string): Record<string, string> {
  const { username, password } = new URL(text);
  if (username === "" && password === "") return {};
  const both = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(both).toString("base64")}` };
}
