import type { CountRow } from "../model/counts.js";
import type { Group } from "../policies/policy.js";
import { addCounts, scaleCounts, type Counts } from "../prices/cost.js";
import { trapCounts } from "../policies/trap-counts.js";

/** What a policy with lazy keys counted for them, beside eager. */
export interface KeyCounts {
  readonly own: Counts;
  readonly eager: Counts;
  readonly savesElided: number;
  readonly hostSavesElided: number;
  readonly restoresElided: number;
}

/**
 * What switching all keys counts, from the rows of a group of which `hasLazyKeys` is true, and eager's. An exit that
 * saves the guest's keys restores the host's, and the entry before it restored the guest's: together a key switch, of
 * which each such exit counts one. A trap comes out of a guest whose keys nobody switches: it saves the host's (eager
 * saves them at each load), turns the traps in HCR_EL2 off, and its way back restores the guest's, which the exit
 * that follows counts. Source: kvm_hyp_handle_ptrauth of v6.9, vcpu_set_pauth_traps of v6.10, asm/kvm_ptrauth.h.
 */
export function keyCounts(
  group: Group,
  mine: readonly CountRow[],
  eagerRows: readonly CountRow[],
): KeyCounts {
  const { length } = group.registers;
  const traps = sum(mine, (row) => row.traps);
  const switches = sum(guestRows(mine), (row) => row.saves) / length;
  const eagerSwitches = sum(guestRows(eagerRows), (row) => row.saves) / length;
  const hostSaves = sum(hostRows(eagerRows), (row) => row.saves);
  const hostSavesElided = hostSaves - traps * length;
  return {
    own: addCounts(scaleCounts(trapCounts(group, true), traps), {
      trapRegisterUpdates: sum(mine, ({ changes = 0 }) => changes),
      keySwitches: switches,
    }),
    eager: addCounts({ keySwitches: eagerSwitches, keySaves: hostSaves }),
    savesElided: (eagerSwitches - switches) * length + hostSavesElided,
    hostSavesElided,
    restoresElided:
      sum(eagerRows, (row) => row.restores) -
      sum(guestRows(mine), (row) => row.restores) -
      (traps + switches) * length,
  };
}

const guestRows = (rows: readonly CountRow[]): CountRow[] =>
  rows.filter(({ context }) => context === "guest");
const hostRows = (rows: readonly CountRow[]): CountRow[] => rows.filter(({ context }) => context === "host");

function sum(rows: readonly CountRow[], of: (row: CountRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}
