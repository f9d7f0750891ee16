import type { Redis } from "ioredis";
import { TraplineError, messageOf } from "../errors.js";
import type { ClusterPackages } from "./packages.js";

/** Where Redis is: `url` holds the password and is for the client alone, `name` is what is said of it. */
export interface RedisPlace {
  readonly url: string;
  readonly name: string;
}

export interface RedisOptions {
  /** Takes what is said when the connection is lost, and when it is back. */
  readonly tell: (text: string) => void;
  /** Ends the wait for a first connection. */
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds for the first connection; later ones are tried until somebody stops it. */
const firstLimit = 10_000;
const mostDelay = 2_000;
const patience = 3_000;
/** Without an answer for so long somebody pulled a plug, and no packet says so. BullMQ asks for 10 s at most. */
const answerLimit = 30_000;

/** A Redis by URL. The URL is never part of a message: it may hold a password. */
export function redisPlace(text: string): RedisPlace {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badUrl();
  }
  // The client decodes them: what it cannot decode is no internal error.
  if (![url.username, url.password].every(isEncoded)) throw badUrl();
  if ((url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "") throw badUrl();
  const database = /^\/(\d+)$/.exec(url.pathname)?.[1];
  if (database === undefined && url.pathname !== "" && url.pathname !== "/") throw badUrl();
  const where = `${url.hostname}:${url.port === "" ? "6379" : url.port}`;
  return { url: text, name: database === undefined ? where : `${where}/${database}` };
}

/** Whether each sign of per cent begins two hexadecimal digits, and together they are UTF-8. */
function isEncoded(text: string): boolean {
  try {
    return decodeURIComponent(text).length <= text.length;
  } catch {
    return false;
  }
}

const badUrl = (): TraplineError =>
  new TraplineError(
    "usage",
    "--redis takes redis://[user:password@]host[:port][/database], or rediss:// for TLS",
  );

/**
 * Connects. Throws TraplineError "input" when there is nobody, or the password is wrong; a connection that is lost
 * later is made again, and commands wait for it.
 */
export async function connectRedis(
  { url, name }: RedisPlace,
  { Redis }: ClusterPackages,
  { tell, signal }: RedisOptions,
): Promise<Redis> {
  const redis = new Redis(url, {
    // What is sent while the connection is gone waits for it (BullMQ asks for the same).
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(mostDelay, 50 * times),
    connectTimeout: firstLimit,
    socketTimeout: answerLimit,
    lazyConnect: true,
  });
  await new Promise<void>((resolve, reject) => {
    const began = performance.now();
    const end = (error: unknown): void => {
      redis.disconnect();
      reject(error);
    };
    const refuse = (error: unknown): void => {
      // One that is just being started again is there in a moment.
      if (!isFinal(messageOf(error)) && performance.now() - began < patience) return;
      end(unreachable(name, error));
    };
    const stop = (): void => end(new TraplineError("interrupted", "interrupted"));
    redis.on("error", refuse);
    redis.once("ready", () => {
      redis.off("error", refuse);
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    // The same trouble comes as an error.
    else redis.connect().catch(() => undefined);
  });
  let isLost = false;
  // Without a listener each failed attempt would be printed.
  redis.on("error", () => undefined);
  redis.on("close", () => {
    if (!isLost && redis.status !== "end")
      tell(`trapline: lost the connection to Redis at ${name}: trying again`);
    isLost = true;
  });
  redis.on("ready", () => {
    if (isLost) tell(`trapline: connected to Redis at ${name} again`);
    isLost = false;
  });
  return redis;
}

function unreachable(name: string, error: unknown): TraplineError {
  const message = messageOf(error);
  const isGuarded = isPassword(message);
  const what = isGuarded
    ? "refuses the user or the password"
    : `cannot be reached: ${reasonOf(error, message)}`;
  const remedy = isGuarded
    ? "Name both in the URL: redis://user:password@host"
    : "Check host, port and whether it wants TLS (rediss://)";
  return new TraplineError("input", `Redis at ${name} ${what}`, {}, remedy);
}

/** Whether it is of no use to try again: a password, or a certificate, is not another one in a moment. */
const isFinal = (message: string): boolean => isPassword(message) || /certificate/i.test(message);

const isPassword = (message: string): boolean => /WRONGPASS|NOAUTH|NOPERM/.test(message);

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no such host",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it ends the connection",
};

function reasonOf(error: unknown, message: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return words[code] ?? message.replace(/^E[A-Z]+:? /, "");
}
