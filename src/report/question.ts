/** What a figure is an answer to, as columns of a table for other programs: each has them in this order. */
export const questionColumns = [
  "trace",
  "mode",
  "kernel",
  "nesting",
  "profile",
  "unit",
  "policy",
  "group",
] as const;

type Question<Value> = Readonly<Record<(typeof questionColumns)[number], Value>>;

/** The same of a row, as its cells. */
export const questionCells = <Value>(row: Question<Value>): Value[] =>
  questionColumns.map((column) => row[column]);
