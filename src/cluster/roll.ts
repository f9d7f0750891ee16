import type { Redis } from "ioredis";

/** Seconds between two signs of life, and without one after which somebody is taken for gone. */
export const beat = 5;
const silence = 30;

/**
 * Signs `ARGV[1]` in, forgets who was not heard of, and gives those who were: by the clock of Redis, since those of
 * machines differ.
 */
const script = `
local now = tonumber(redis.call('TIME')[1])
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return redis.call('ZRANGE', KEYS[1], 0, -1)`;

/** Somebody on a roll: a version of trapline, and a name of its own. */
export interface Member {
  readonly tool: string;
  readonly name: string;
}

/** Who is there, after `own` was signed in. */
export async function signIn(redis: Redis, key: string, own?: Member): Promise<Member[]> {
  const member = own === undefined ? "" : textOf(own);
  const members: unknown = await redis.eval(script, 1, key, member, silence);
  return Array.isArray(members) ? members.map((each) => memberOf(String(each))) : [];
}

export const signOut = async (redis: Redis, key: string, own: Member): Promise<unknown> =>
  redis.zrem(key, textOf(own));

const textOf = ({ tool, name }: Member): string => `${tool}\n${name}`;

function memberOf(text: string): Member {
  const [tool = "", name = ""] = text.split("\n");
  return { tool, name };
}

/** `trapline 0.1.0 (2)`: the versions of members with how many have each. */
export function versionsOf(members: readonly Member[]): string {
  const counts = new Map<string, number>();
  for (const { tool } of members) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  return [...counts].map(([tool, count]) => `${tool} (${count})`).join(", ");
}
