import type { Profile } from "../prices/profile.js";
import type { TraceHeader } from "../trace/header.js";

/**
 * A difference as a share of all that was executed, hosts and guests, in these traces. An instruction of a
 * recording is taken for a cycle; null where units do not meet.
 */
export function shareOfAll(
  headers: readonly TraceHeader[],
  { unit }: Profile,
  difference: number,
): number | null {
  const fits = headers.every(({ clock }) => clock.unit === "instructions" || clock.unit === "cycles");
  if (!fits || unit === "ns") return null;
  let all = 0;
  for (const { pcpus } of headers) for (const { first, last } of pcpus) all += last - first;
  return all > 0 ? difference / all : null;
}
