import type { CountRow } from "./counts.js";
import type { OracleGroup } from "./oracle-group.js";
import { byTable } from "./reference.js";

type Row = { -readonly [key in keyof CountRow]: CountRow[key] };

/**
 * A vector of counts by register.
 * @param passes - How often each of the save points came
 */
export function oracleGroupRows(
  { group, saved, restored, at, changes }: OracleGroup,
  passes: Float64Array,
  counts: Float64Array,
  unit: number,
): CountRow[] {
  const rows = new Map<string, Row>();
  const rowOf = (register: string): Row => {
    let row = rows.get(register);
    if (row === undefined) {
      row = { context: "guest", unit, register, traps: 0, saves: 0, elided: 0, restores: 0 };
      rows.set(register, row);
    }
    return row;
  };
  saved.forEach(({ registers }, which) => {
    if (passes[which] === 0) return;
    const saves = counts[at.saves + which];
    const untested = group.save === "dirty" ? counts[at.untested + which] : 0;
    for (const register of registers) {
      const row = rowOf(register);
      row.saves += saves;
      row.elided += passes[which] - saves;
      if (untested > 0) row.untested = (row.untested ?? 0) + untested;
    }
  });
  restored.forEach(({ registers }, which) => {
    const restores = counts[at.restores + which];
    if (restores > 0) for (const register of registers) rowOf(register).restores += restores;
  });
  group.registers.forEach((register, number) => {
    if (counts[number] > 0) rowOf(register).traps = counts[number];
  });
  if (counts[changes] > 0) rowOf(group.registers[0]).changes = counts[changes];
  return [...rows.values()].toSorted(byTable);
}
