import { TraplineError } from "../errors.js";
import { checkAnswer, matchOf, type Learned } from "./answer.js";
import { leastRate as usualRate } from "../replay/fetch-time.js";
import { Again, troubleOf } from "./trouble.js";

export interface RequestOptions {
  /** Milliseconds without a byte after which a request is given up and made again. */
  readonly stall?: number;
  /** Bytes in a second; one that is slower than this is, too. */
  readonly leastRate?: number;
  readonly signal?: AbortSignal;
}

const defaultStall = 20_000;
const mostRedirects = 5;

/** Fewer bytes than this, and than a quarter of what was asked for, are no answer. */
const leastAnswer = 4_096;

/** One request: fills `into` from `offset`, and gives how many bytes came. Throws TraplineError "input" and Again. */
export async function requestRange(
  url: string,
  offset: number,
  into: Uint8Array,
  learned: Learned,
  { stall = defaultStall, leastRate = usualRate, signal }: RequestOptions,
): Promise<number> {
  const control = new AbortController();
  let why = "";
  const giveUp = (reason: string): void => {
    why = reason;
    control.abort();
  };
  const stop = (): void => giveUp("interrupted");
  const stalled = (): void => giveUp(`nothing came for ${stall / 1000} s`);
  signal?.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(stalled, stall);
  const most = stall + (1000 * into.length) / leastRate;
  const deadline = setTimeout(() => giveUp(`it takes more than ${most / 1000} s`), most);
  const { length } = into;
  let got = 0;
  try {
    const match = matchOf(learned);
    const response = await follow(url, control.signal, {
      range: `bytes=${offset}-${offset + length - 1}`,
      // Bytes of a packed form would be other bytes than those of the range.
      "accept-encoding": "identity",
      ...(match === undefined ? {} : { "if-match": match }),
    });
    const promised = checkAnswer(url, response, [offset, length], learned);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(stalled, stall);
      const piece: Uint8Array = chunk;
      // Which of them are those that were asked for, nobody knows.
      if (got + piece.length > promised) throw new Again("the server sends more than it said");
      into.set(piece, got);
      got += piece.length;
    }
    if (got < promised) throw new Again("the server's answer is cut off", { got });
    const whole = learned.known === undefined ? length : Math.min(length, learned.known.size - offset);
    if (got < Math.min(leastAnswer, whole / 4)) {
      throw new Again(`the server sends ${got} of ${whole} bytes`, { got });
    }
    return got;
  } catch (error) {
    if (error instanceof TraplineError || error instanceof Again) throw error;
    throw why === "" ? troubleOf(error, url, got) : new Again(why, { got });
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
    signal?.removeEventListener("abort", stop);
    // What is left of an answer is not waited for.
    control.abort();
  }
}

/**
 * The answer to a request, behind redirects. They are followed here: user and password are for the host that the URL
 * names, and what is asked for over TLS is not to be fetched without (RFC 9110, section 15.4).
 */
async function follow(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const refuse = (what: string, remedy: string): TraplineError =>
    new TraplineError("input", `cannot be read: ${what}`, { file: url }, remedy);
  const first = plainUrl(new URL(url));
  let at = first;
  for (let redirects = 0; ; redirects++) {
    const own = at.origin === first.origin ? { ...headers, ...credentials(url) } : headers;
    const response = await fetch(at.href, { headers: own, signal, redirect: "manual" });
    const { status } = response;
    if (![301, 302, 303, 307, 308].includes(status)) return response;
    await response.body?.cancel();
    if (redirects === mostRedirects) {
      throw refuse(`its server redirects more than ${mostRedirects} times`, "Name the URL where it ends");
    }
    const location = response.headers.get("location");
    if (location === null || !URL.canParse(location, at.href)) {
      const what = `its server redirects with status ${status} and does not say where`;
      throw refuse(what, "Check the URL: a store of S3 does so for another region than a bucket's");
    }
    const next = plainUrl(new URL(location, at.href));
    if (at.protocol === "https:" && next.protocol === "http:") {
      throw refuse("its server redirects from https to http", "Name the URL without TLS, if that will do");
    }
    if (next.protocol !== "https:" && next.protocol !== "http:") {
      throw refuse(`its server redirects to ${next.protocol}`, "Only http and https are read");
    }
    at = next;
  }
}

/** A user and a password in a URL are a header: the client takes no such URL. */
function plainUrl(url: URL): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  plain.hash = "";
  return plain;
}

function credentials(text: string): Record<string, string> {
  const { username, password } = new URL(text);
  if (username === "" && password === "") return {};
  const both = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(both).toString("base64")}` };
}

/** A percent sign that is none of the URL's escapes stands for itself. */
const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
