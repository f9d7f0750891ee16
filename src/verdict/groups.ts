import { hasPauth } from "../configs/pauth.js";
import type { CountRow } from "../model/counts.js";
import { hasLazyKeys } from "../policies/lazy-keys.js";
import type { Group, Policy } from "../policies/policy.js";
import { addCounts, noCounts, scaleCounts, switchCounts, type Counts } from "../prices/cost.js";
import { trapCounts } from "../policies/trap-counts.js";
import type { TraceCounts } from "../replay/merge.js";
import { keyCounts } from "./key-counts.js";

/** What one group of a policy counted, beside what eager counted for the same registers. */
export interface GroupCounts {
  readonly policy: string;
  /** The group's name; undefined for the policy as a whole. */
  readonly group: string | undefined;
  readonly registers: readonly string[];
  readonly path: "fast" | "full";
  readonly own: Counts;
  readonly eager: Counts;
  readonly traps: number;
  /** Saves and restores that eager made and the policy did not; of them, saves of the host's context. */
  readonly savesElided: number;
  readonly hostSavesElided: number;
  readonly restoresElided: number;
  /** Save points of the group in guest contexts: windows that could have been clean. */
  readonly windows: number;
}

/** Every group of every policy but eager, and each policy as a whole. Eager is to be among the policies. */
export function groupCounts({ policies, assignments, header, config }: TraceCounts): GroupCounts[] {
  const eager = policies.find(({ policy }) => policy === "eager")?.rows ?? [];
  const keys = hasPauth(config, header.capabilities);
  return assignments.flatMap((assignment, at): GroupCounts[] => {
    const { rows, policy } = policies[at];
    if (policy === "eager") return [];
    const { groups } = assignment.policy;
    const parts = groups.map((group) => countGroup(assignment.policy, group, rows, eager, keys));
    const named = new Set(groups.flatMap(({ registers }) => registers));
    const rest = (row: CountRow): boolean => !named.has(row.register);
    const other = addCounts(...rows.filter(rest).map(switched));
    const otherEager = addCounts(...eager.filter(rest).map(switched));
    const lessThan = (of: (row: CountRow) => number): number =>
      sum(eager.filter(rest), of) - sum(rows.filter(rest), of);
    const whole: GroupCounts = {
      policy,
      group: undefined,
      registers: [...named],
      path: groups.some(({ path }) => path === "full") ? "full" : "fast",
      own: addCounts(other, ...parts.map(({ own }) => own)),
      eager: addCounts(otherEager, ...parts.map((part) => part.eager)),
      traps: sum(parts, ({ traps }) => traps),
      savesElided: sum(parts, ({ savesElided }) => savesElided) + lessThan(({ saves }) => saves),
      hostSavesElided: sum(parts, ({ hostSavesElided }) => hostSavesElided),
      restoresElided:
        sum(parts, ({ restoresElided }) => restoresElided) + lessThan(({ restores }) => restores),
      windows: Math.max(0, ...parts.map(({ windows }) => windows)),
    };
    return parts.length === 1 ? parts : [whole, ...parts];
  });
}

/** `keys`: whether each trap switches keys of pointer authentication. */
export function countGroup(
  policy: Pick<Policy, "name">,
  group: Group,
  rows: readonly CountRow[],
  eagerRows: readonly CountRow[],
  keys: boolean,
): GroupCounts {
  const mine = rows.filter(({ register }) => group.registers.includes(register));
  const eager = eagerRows.filter(({ register }) => group.registers.includes(register));
  const ofHost = (row: CountRow): boolean => row.context === "host";
  const traps = sum(mine, (row) => row.traps);
  // The posted patch tests each register's dirty bit at each save point, in both contexts.
  const tested = mine.filter((row) => (ofHost(row) ? group.host === "dirty-once" : group.save === "dirty"));
  const one = trapCounts(group, keys);
  const own = addCounts(...mine.map(switched), scaleCounts(one, traps), {
    // An adaptive group that changes its mind rewrites the trap register.
    trapRegisterUpdates: sum(mine, ({ changes = 0 }) => changes),
    dirtyChecks: sum(tested, ({ saves, elided, untested = 0 }) => saves + elided - untested),
  });
  const lazyKeys = hasLazyKeys(group) ? keyCounts(group, mine, eager) : undefined;
  const [first] = group.registers;
  const guest = mine.filter((row) => !ofHost(row) && row.register === first);
  return {
    policy: policy.name,
    group: group.name,
    registers: group.registers,
    path: group.path,
    own,
    eager: addCounts(noCounts, ...eager.map(switched)),
    traps,
    savesElided: sum(eager, (row) => row.saves) - sum(mine, (row) => row.saves),
    hostSavesElided:
      sum(eager.filter(ofHost), (row) => row.saves) - sum(mine.filter(ofHost), (row) => row.saves),
    restoresElided:
      sum(eager, (row) => row.restores) -
      sum(mine, (row) => row.restores) -
      traps * (one.restores + one.fpRestores),
    windows: sum(guest, (row) => row.saves + row.elided),
    ...lazyKeys,
  };
}

const switched = ({ register, saves, restores }: CountRow): Partial<Counts> =>
  switchCounts(register, saves, restores);

function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0);
}
