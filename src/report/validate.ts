import type { ValidateResult, ValidateRow } from "../replay/validate.js";
import { textTable, type Cell } from "./text-table.js";

/** Rows that differ, or all; and what was recorded of registers that are switched elsewhere. */
export function validateText(result: ValidateResult, all: boolean): string {
  const { rows, compared, agree, policy, trace, mode } = result;
  const differing = rows.filter(({ recorded, model }) => model !== null && model !== recorded);
  const shown = all ? rows.filter(({ model }) => model !== null) : differing;
  const elsewhere = rows.filter(({ model }) => model === null);
  const parts = [
    `${trace}: mode ${mode}, policy ${policy}`,
    agree
      ? `The model agrees with the recorded kernel in all ${compared} rows (register, context, what).`
      : `The model differs from the recorded kernel in ${differing.length} of ${compared} rows.`,
  ];
  if (shown.length > 0) {
    parts.push(
      "",
      textTable([
        ["register", "context", "what", "recorded", "model", ""],
        ...shown.map(({ register, context, what, recorded, model }): Cell[] => [
          register,
          context,
          what,
          recorded,
          model ?? "",
          model === recorded ? "" : "differs",
        ]),
      ]),
    );
  }
  if (elsewhere.length > 0) {
    parts.push(
      "",
      "Switched elsewhere in the hypervisor, and not modelled by this policy; as recorded:",
      textTable(elsewhereRows(elsewhere)),
    );
  }
  return parts.join("\n");
}

const columns = [
  ["guest", "save"],
  ["guest", "restore"],
  ["host", "save"],
  ["host", "restore"],
  ["guest", "trap"],
] as const;

/** One row for all registers with the same counts: a set of debug registers has dozens. */
function elsewhereRows(rows: readonly ValidateRow[]): Cell[][] {
  const counts = new Map<string, number[]>();
  for (const { register, context, what, recorded } of rows) {
    const own = counts.get(register) ?? columns.map(() => 0);
    own[columns.findIndex(([c, w]) => c === context && w === what)] = recorded;
    counts.set(register, own);
  }
  const alike = new Map<string, { registers: string[]; own: number[] }>();
  for (const [register, own] of counts) {
    const key = own.join(" ");
    const row = alike.get(key) ?? { registers: [], own };
    row.registers.push(register);
    alike.set(key, row);
  }
  return [
    ["guest saves", "restores", "host saves", "restores", "traps", "registers"],
    ...[...alike.values()].map(({ registers, own }): Cell[] => [...own, registers.join(" ")]),
  ];
}
