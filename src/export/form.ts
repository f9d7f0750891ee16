import type { Table } from "./table.js";

/** A form that any table can take: one file, and a line each in `formats.ts` and `registry.ts`. */
export interface Form {
  /** The whole in pieces, made as they are asked for: memory does not grow with the table. */
  chunks(table: Table): Iterable<string | Uint8Array>;
}
