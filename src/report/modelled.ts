import { csvTable, type Cell } from "./text-table.js";

/** A result, or a part of one, that may rest on what a model made up. */
export interface MayBeModelled {
  readonly modelled?: string;
}

/** A result, or a part of one, that may lack events of a damaged trace. */
export interface MayBeIncomplete {
  readonly complete?: false;
}

/** The line that says so in a text, each model once; none where everything was recorded. */
export const modelledLines = (of: readonly MayBeModelled[]): string[] =>
  modelsOf(of).map((each) => `modelled: ${each}`);

/** The models alone. */
export const modelsOf = (of: readonly MayBeModelled[]): string[] => [
  ...new Set(of.flatMap(({ modelled }) => (modelled === undefined ? [] : [modelled]))),
];

/**
 * Rows as CSV, with columns behind the others that say so; without them where everything was recorded, and nothing
 * is missing. `of`: what the rows but the head are of.
 */
export function markedCsv(
  of: readonly (MayBeModelled & MayBeIncomplete)[],
  rows: readonly (readonly Cell[])[],
): string {
  const isMissing = of.some(({ complete }) => complete === false);
  const isModelled = modelsOf(of).length > 0;
  const marks = (at: number): Cell[] => [
    ...(isMissing ? [at === 0 ? "complete" : `${of[at - 1].complete ?? true}`] : []),
    ...(isModelled ? [at === 0 ? "modelled" : (of[at - 1].modelled ?? "")] : []),
  ];
  return csvTable(rows.map((row, at) => [...row, ...marks(at)]));
}
