/** Counts made by hand, for the tests of the search. */

import { kernelConfig } from "#src/configs/resolve.js";
import type { CountRow } from "#src/model/counts.js";
import type { Group, Policy } from "#src/policies/policy.js";
import { addCounts } from "#src/prices/cost.js";
import type { TraceCounts } from "#src/replay/merge.js";
import { candidateGroup } from "#src/search/candidates.js";
import type { Measured } from "#src/search/measure.js";
import { headerOf } from "../trace/headers.js";

export const vhe = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
export const nvhe = kernelConfig("nvhe", "6.12", ["TCR2", "S1PIE"]);

export const header = headerOf();

/** Windows of one vCPU under VHE, in `traps` of which each group of the policy was written. */
export function traceCounts(traps: number, groups: readonly Group[], windows = 100): TraceCounts {
  const policy: Policy = { name: "mine", groups, assumeNotHardwareWritten: [] };
  const registers = groups.flatMap((group) => group.registers);
  const row = (register: string, saves: number, trapped: number): CountRow => ({
    context: "guest",
    unit: 0,
    register,
    traps: trapped,
    saves,
    elided: windows - saves,
    restores: windows,
  });
  const first = (name: string): boolean => groups.some((group) => group.registers[0] === name);
  return {
    path: "x.trl",
    header,
    config: vhe,
    assignments: [{ name: "eager", groups: [], assumeNotHardwareWritten: [] }, policy].map((each) => ({
      policy: each,
      config: vhe,
    })),
    policies: [
      { policy: "eager", rows: registers.map((name) => row(name, windows, 0)) },
      { policy: "mine", rows: registers.map((name) => row(name, traps, first(name) ? traps : 0)) },
    ],
  };
}

/** What a tracked group counts beyond eager if `written` holds the windows, of so many, that write it. */
export function measuredGroup(
  registers: readonly string[],
  written: ReadonlySet<number>,
  windows = 100,
): Measured {
  const traps = written.size;
  const savesElided = registers.length * (windows - traps);
  return {
    group: candidateGroup(registers),
    difference: addCounts({
      fastTraps: traps,
      trapRegisterUpdates: traps,
      saves: -savesElided,
      dirtyChecks: registers.length * windows,
    }),
    traps,
    windows,
    savesElided,
    hostSavesElided: 0,
  };
}

/** The windows from one to before another. */
export const windowsFrom = (first: number, end: number): ReadonlySet<number> =>
  new Set(Array.from({ length: end - first }, (_, at) => first + at));
