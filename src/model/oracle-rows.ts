import type { Group, OraclePrices, Policy } from "../policies/policy.js";
import { switchCounts, type Counts } from "../prices/cost.js";
import { countNames } from "../prices/terms.js";
import type { CountRow } from "./counts.js";
import { byTable } from "./reference.js";

/**
 * What a policy counted with its groups in the hands of an oracle: the oracle's rows in place of the policy's in
 * guest contexts, and in the host's context tests of what is saved once, or eager saves, as each group costs less
 * over the whole trace. Nothing shows what a host writes, so that there is no more to choose there.
 */
export function oracleRows(
  { groups }: Policy,
  rows: readonly CountRow[],
  guestRows: (group: Group) => readonly CountRow[],
  prices: OraclePrices,
): CountRow[] {
  const named = new Set(groups.flatMap(({ registers }) => registers));
  const parts = groups.map((group) => {
    const host = rows.filter(
      ({ context, register }) => context === "host" && group.registers.includes(register),
    );
    return [...guestRows(group), ...hostRows(group, host, prices)];
  });
  return [...rows.filter(({ register }) => !named.has(register)), ...parts.flat()].toSorted(byTable);
}

function hostRows(
  { host }: Group,
  rows: readonly CountRow[],
  { unitCosts }: OraclePrices,
): readonly CountRow[] {
  if (host !== "dirty-once") return rows;
  const eager = rows.map(({ saves, elided, ...row }): CountRow => {
    const all = saves + elided;
    return { ...row, saves: all, elided: 0, ...(all === 0 ? {} : { untested: all }) };
  });
  const costOf = (list: readonly CountRow[]): number =>
    list.reduce((sum, { register, saves, elided, untested = 0 }) => {
      const counts: Partial<Counts> = {
        ...switchCounts(register, saves, 0),
        dirtyChecks: saves + elided - untested,
      };
      return sum + countNames.reduce((own, name) => own + (counts[name] ?? 0) * unitCosts[name], 0);
    }, 0);
  return costOf(eager) < costOf(rows) ? eager : rows;
}
