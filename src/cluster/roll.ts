import type { Redis } from "ioredis";

/** Seconds between two signs of life, and without one after which somebody is taken for gone. */
export const beat = 5;
const silence = 30;

/** Somebody on a roll: a version of trapline, and a name of its own. */
export interface Member {
  readonly tool: string;
  readonly name: string;
}

/** Who is on a roll, by when they were heard of last. */
export interface Roll {
  readonly present: readonly Member[];
  readonly silent: readonly Member[];
}

/**
 * Signs `ARGV[1]` in, and gives all with the seconds since they were heard of: by the clock of Redis, since those of
 * machines differ.
 */
const script = `
local now = tonumber(redis.call('TIME')[1])
if ARGV[1] ~= '' then redis.call('ZADD', KEYS[1], now, ARGV[1]) end
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for at = 2, #all, 2 do all[at] = now - tonumber(all[at]) end
return all`;

export async function readRoll(redis: Redis, key: string, own?: Member): Promise<Roll> {
  const all: unknown = await redis.eval(script, 1, key, own === undefined ? "" : textOf(own));
  const [present, silent]: [Member[], Member[]] = [[], []];
  if (!Array.isArray(all)) return { present, silent };
  for (let at = 0; at < all.length; at += 2) {
    (Number(all[at + 1]) < silence ? present : silent).push(memberOf(String(all[at])));
  }
  return { present, silent };
}

export const signOut = async (redis: Redis, key: string, ...members: readonly Member[]): Promise<unknown> =>
  members.length === 0 ? 0 : redis.zrem(key, ...members.map(textOf));

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
