import type { TraceHeader } from "../trace/header.js";
import { accessKinds, kindCount } from "../trace/kinds.js";
import type { OnceCounts } from "../trace/windows/once.js";

/** How often things came in a trace, whatever the policy: the part of all counts that no window is needed for. */
export interface Passes {
  /** By vCPU and by pCPU: events of vCPUs by kind. */
  readonly guest: readonly Float64Array[];
  readonly host: readonly Float64Array[];
  /** By vCPU: accesses as [kind, register index, count], of all and of those before the caches were on. */
  readonly accesses: readonly (readonly AccessRow[])[];
  readonly beforeCaches: readonly (readonly AccessRow[])[];
  /** By vCPU and kind of point: passes at which the vCPU's own values were still in the registers. */
  readonly stays: readonly Float64Array[];
}

export type AccessRow = readonly [kind: number, register: number, count: number];

export function passesOf(
  { vcpus, pcpus, places, tally }: Pick<TraceHeader, "vcpus" | "pcpus" | "places" | "tally">,
  once: OnceCounts,
): Passes {
  const counts = (length: number): Float64Array[] =>
    Array.from({ length }, () => new Float64Array(kindCount));
  const rows = (): AccessRow[][] => vcpus.map(() => []);
  const passes = {
    guest: counts(vcpus.length),
    host: counts(pcpus.length),
    accesses: rows(),
    beforeCaches: rows(),
    stays: counts(vcpus.length),
  };
  for (const [kind, register, place, count] of tally) {
    const vcpu = places[2 * place + 1];
    if (vcpu < 0) continue;
    passes.guest[vcpu][kind] += count;
    passes.host[places[2 * place]][kind] += count;
    if (accessKinds.has(kind)) passes.accesses[vcpu].push([kind, register, count]);
  }
  for (const [kind, register, vcpu, count] of once.beforeCaches) {
    passes.beforeCaches[vcpu].push([kind, register, count]);
  }
  for (const [kind, vcpu, count] of once.stays) passes.stays[vcpu][kind] += count;
  return passes;
}
