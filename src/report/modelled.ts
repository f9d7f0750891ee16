import { csvTable, type Cell } from "./text-table.js";

/** A result, or a part of one, that may rest on what a model made up. */
export interface MayBeModelled {
  readonly modelled?: string;
}

/** The line that says so in a text, each model once; none where everything was recorded. */
export const modelledLines = (of: readonly MayBeModelled[]): string[] =>
  modelsOf(of).map((each) => `modelled: ${each}`);

/** The models alone. */
export const modelsOf = (of: readonly MayBeModelled[]): string[] => [
  ...new Set(of.flatMap(({ modelled }) => (modelled === undefined ? [] : [modelled]))),
];

/**
 * Rows as CSV, with a column behind the others that says so; without it where everything was recorded. `of`: what
 * the rows but the head are of.
 */
export function modelledCsv(of: readonly MayBeModelled[], rows: readonly (readonly Cell[])[]): string {
  if (modelsOf(of).length === 0) return csvTable(rows);
  return csvTable(rows.map((row, at) => [...row, at === 0 ? "modelled" : (of[at - 1].modelled ?? "")]));
}
