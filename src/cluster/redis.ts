import type { Redis } from "ioredis";
import { TraplineError, messageOf } from "../errors.js";
import type { ClusterPackages } from "./packages.js";

/** Where Redis is: `url` holds the password and is for the client alone, `name` is what is said of it. */
export interface RedisPlace {
  readonly url: string;
  readonly name: string;
}

/** A connection, and what is told when it is lost and when it is back. */
export interface RedisOptions {
  readonly tell: (text: string) => void;
}

/** Milliseconds for the first connection; later ones are tried until somebody stops it. */
const firstLimit = 10_000;
const mostDelay = 2_000;
const patience = 3_000;

/** A Redis by URL. The URL is never part of a message: it may hold a password. */
export function redisPlace(text: string): RedisPlace {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badUrl();
  }
  if ((url.protocol !== "redis:" && url.protocol !== "rediss:") || url.hostname === "") throw badUrl();
  const database = /^\/(\d+)$/.exec(url.pathname)?.[1];
  if (database === undefined && url.pathname !== "" && url.pathname !== "/") throw badUrl();
  const where = `${url.hostname}:${url.port === "" ? "6379" : url.port}`;
  return { url: text, name: database === undefined ? where : `${where}/${database}` };
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
  { tell }: RedisOptions,
): Promise<Redis> {
  const redis = new Redis(url, {
    // What is sent while the connection is gone waits for it (BullMQ asks for the same).
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(mostDelay, 50 * times),
    connectTimeout: firstLimit,
    lazyConnect: true,
  });
  await new Promise<void>((resolve, reject) => {
    const began = performance.now();
    const refuse = (error: unknown): void => {
      // One that is just being started again is there in a moment.
      if (!isPassword(messageOf(error)) && performance.now() - began < patience) return;
      redis.off("error", refuse);
      redis.disconnect();
      reject(unreachable(name, error));
    };
    redis.on("error", refuse);
    redis.once("ready", () => {
      redis.off("error", refuse);
      resolve();
    });
    // The same trouble comes as an error.
    redis.connect().catch(() => undefined);
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
