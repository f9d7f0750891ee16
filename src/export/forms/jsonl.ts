import type { Form } from "../form.js";
import { pieces } from "../pieces.js";
import type { Table } from "../table.js";

/** One object a line; keys that a row has nothing for are left out. */
export const jsonl: Form = {
  chunks: (table) => pieces(lines(table)),
};

function* lines({ columns, rows }: Table): Generator<string> {
  for (const row of rows) {
    yield `${JSON.stringify(Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])))}\n`;
  }
}
