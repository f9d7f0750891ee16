/** What a column holds. `bits` are 64 of them, as hexadecimal text with 0x. */
export type ColumnType = "integer" | "text" | "bits";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

/** Undefined where a row has nothing there. Integers are exact: below 2^53. */
export type Cell = string | number | undefined;

/** Rows of one kind: what is exported, whatever form it takes. Rows are made as they are asked for. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Cell[]>;
}

const column =
  (type: ColumnType) =>
  (name: string): Column => ({ name, type });

export const integer = column("integer");
export const text = column("text");
export const bits = column("bits");

/** The same with a column behind the others that says what of it no machine did; as it is where all was recorded. */
export function withMark({ columns, rows }: Table, modelled: string | undefined): Table {
  if (modelled === undefined) return { columns, rows };
  function* marked(): Generator<readonly Cell[]> {
    for (const row of rows) yield [...row, modelled];
  }
  return { columns: [...columns, text("modelled")], rows: marked() };
}
