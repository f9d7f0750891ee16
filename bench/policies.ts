import { writeFileSync } from "node:fs";
import { isTracked } from "../src/model/tracked.js";
import { replayTables } from "./tables.js";

/** Ten at once; the two that adapt carry state from window to window. */
export const tenPolicies = [
  "eager",
  "dirty-pie",
  "dirty-each",
  "hidden",
  "lazy-debug",
  "tvm",
  "always-trap",
  "always-trap-tx2",
  "adaptive",
  "adaptive:2-16-256",
];

/** `count` policies that adapt, no two alike: all of them carry state. */
export const adaptives = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `adaptive:${1 + (at % 3)}-${3 + (at % 7)}-${64 + 8 * at}`);

/**
 * Files of `count` policies, no two alike: `dirty-each` with two or three of its groups made one. What a search goes through.
 */
export function mergedPolicies(trace: string, count: number, pathOf: (name: string) => string): string[] {
  const [{ policy, config }] = replayTables(trace, ["dirty-each"]).assignments;
  const groups = policy.groups.filter(isTracked).map(({ registers }) => registers);
  const classOf = (registers: readonly string[]): string =>
    Object.entries(config.lists.guest.save).find(([, names]) => names.includes(registers[0]))?.[0] ?? "";
  const merges = [2, 3].flatMap((size) =>
    subsets(groups, size).filter((some) => new Set(some.map(classOf)).size === 1),
  );
  if (merges.length < count)
    throw new Error(`${trace}: ${groups.length} groups are too few for ${count} policies`);
  return merges.slice(0, count).map((some, at) => {
    const all = [...groups.filter((each) => !some.includes(each)), some.flat()];
    const path = pathOf(`merged-${at}.json`);
    const text = { name: `merged-${at}`, groups: all.map((registers) => ({ registers })) };
    writeFileSync(path, JSON.stringify(text));
    return path;
  });
}

/** All choices of `size` of these, each in its order. */
function subsets<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));
}
