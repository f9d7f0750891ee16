import type { GroupCounts } from "./group-rules.js";
import type { TrackedGroup } from "./tracked.js";

/**
 * What groups counted, by group and vCPU: doubles in one flat array, exact to 2^53, so that workers can write them to
 * shared memory and merges can add them.
 */
export interface ResultLayout {
  readonly vcpus: number;
  /** By group: its first double for vCPU 0, and how many it has for each vCPU. */
  readonly starts: readonly number[];
  readonly widths: readonly number[];
  readonly length: number;
}

const Field = { saves: 0, restores: 1, changes: 2, traps: 3 } as const;

export function resultLayout(groups: readonly TrackedGroup[], vcpus: number): ResultLayout {
  const widths = groups.map(({ registers }) => Field.traps + registers.length);
  const starts: number[] = [];
  let length = 0;
  for (const width of widths) {
    starts.push(length);
    length += vcpus * width;
  }
  return { vcpus, starts, widths, length };
}

/** Adds `times` the counts to those of a group and vCPU. */
export function addResult(
  { starts, widths }: ResultLayout,
  results: Float64Array,
  group: number,
  vcpu: number,
  counts: GroupCounts,
  times: number,
): void {
  const at = starts[group] + vcpu * widths[group];
  results[at + Field.saves] += times * counts.saves;
  results[at + Field.restores] += times * counts.restores;
  results[at + Field.changes] += times * counts.changes;
  counts.traps.forEach((traps, slot) => (results[at + Field.traps + slot] += times * traps));
}

export function resultOf(
  { starts, widths }: ResultLayout,
  results: Float64Array,
  group: number,
  vcpu: number,
): GroupCounts {
  const at = starts[group] + vcpu * widths[group];
  return {
    saves: results[at + Field.saves],
    restores: results[at + Field.restores],
    changes: results[at + Field.changes],
    traps: Array.from(results.subarray(at + Field.traps, at + widths[group])),
  };
}
