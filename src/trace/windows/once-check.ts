import type { TraceHeader } from "../header.js";
import type { OnceCounts } from "./once.js";

type Rows = readonly (readonly number[])[];

/**
 * Whether counts are in the order in which they are written, each once, and no more than the events that the header
 * tells of: a reader takes them from the events that came, and must not come below 0.
 */
export function areOnceCounts(
  { stays, beforeCaches }: OnceCounts,
  { tally, places }: Pick<TraceHeader, "tally" | "places">,
): boolean {
  const events = new Map<string, number>();
  const add = (key: string, count: number): void => void events.set(key, (events.get(key) ?? 0) + count);
  for (const [kind, register, place, count] of tally) {
    const vcpu = places[2 * place + 1];
    add(`${kind} ${vcpu}`, count);
    add(`${kind} ${register} ${vcpu}`, count);
  }
  const came = (...key: readonly number[]): number => events.get(key.join(" ")) ?? 0;
  return (
    isOrdered(stays.map(([kind, vcpu]) => [kind, vcpu])) &&
    // A vCPU's first pass of a point finds nothing of its own.
    stays.every(([kind, vcpu, count]) => count >= 1 && count < came(kind, vcpu)) &&
    isOrdered(beforeCaches.map(([kind, register, vcpu]) => [vcpu, register, kind])) &&
    beforeCaches.every(([kind, register, vcpu, count]) => count >= 1 && count <= came(kind, register, vcpu))
  );
}

/** Whether each row is behind the one before it, by the first number in which they differ. */
function isOrdered(rows: Rows): boolean {
  return rows.every((row, at) => {
    if (at === 0) return true;
    const before = rows[at - 1];
    const column = row.findIndex((value, place) => value !== before[place]);
    return column >= 0 && row[column] > before[column];
  });
}
