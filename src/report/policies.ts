import type { Group } from "../policies/policy.js";
import { wrapText } from "./text-table.js";

export interface PolicyText {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly groups?: readonly Group[];
}

export function policiesText(policies: readonly PolicyText[]): string {
  const list = policies.map(({ name, summary, source }) =>
    [name, wrapText(summary, "  ", "  "), wrapText(`Source: ${source}`, "  ", "  ")].join("\n"),
  );
  return [...list, howTo].join("\n\n");
}

const howTo = `A policy of your own is a JSON or YAML file, given as --policy FILE:

  name: mine
  groups:
    - registers: [PIR_EL1, PIRE0_EL1]   # trapped, marked and saved together
      trap: first-write      # nothing, first-write, first-access, every-write, undefined
      onTrap: open           # open: tried again untrapped; emulate: done by the hypervisor
      save: dirty            # always, dirty, open (as long as the group is open), never
      restore: always        # always, foreign (another context may have been in between), open, never
      arm: arming-point      # arming-point (load on VHE, run on nVHE), load, run, after-save, until-caches-on
      host: eager            # the host context of nVHE: eager, dirty-once, never
      path: fast             # where the trap is handled: fast, full
      # only if it is to learn: 2 traps in 16 windows make the next 256 windows eager, then it is tried again
      adaptive: { traps: 2, windows: 16, eager: 256 }
  mode: vhe                  # only to force another mode's save points
  assumeNotHardwareWritten: []   # registers that hardware may write, and does not on your machine

Only registers are required in a group; what is left out is that of dirty tracking, as shown, and not
adaptive. Registers that no group names are eager.

Two names take a word more. adaptive:2-16-256 is adaptive with these numbers: traps, windows, eager windows.
oracle:NAME arms the groups of policy NAME (dirty-each, if there is none) window by window at the least cost,
as nobody can who does not know the future: replay, plan and verdict print it, at the prices of --cost.`;
