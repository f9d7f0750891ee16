import type { Form } from "../form.js";
import { pieces } from "../pieces.js";
import type { Cell, Table } from "../table.js";

/** RFC 4180, but lines end as everywhere else here. An empty field is a cell that has nothing. */
export const csv: Form = {
  chunks: (table) => pieces(lines(table)),
};

function* lines({ columns, rows }: Table): Generator<string> {
  yield `${columns.map(({ name }) => name).join(",")}\n`;
  for (const row of rows) yield `${row.map(field).join(",")}\n`;
}

function field(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell === "number") return String(cell);
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
