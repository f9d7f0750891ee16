import { createPlainReader } from "./msgpack.js";
import { readRows, type NumberRows } from "./table.js";
import { readWindowLists, type WindowLists } from "./windows/window-index.js";

/** The index of a trace, read and not believed yet. */
export interface IndexLists {
  /** Of blocks of events. */
  readonly rows: NumberRows;
  /** Since version 2. */
  readonly windows: WindowLists | undefined;
}

/**
 * Reads an index. Throws RangeError for what is none.
 * @param maxItems - Of all lists together
 */
export function readIndex(bytes: Uint8Array, version: number, maxItems: number): IndexLists {
  const reader = createPlainReader(bytes, maxItems);
  if (version > 1 && reader.list(1) !== 5) throw reader.wrong("not the five lists of an index");
  const rows = readRows(reader, version === 1 ? 3 : 4);
  const windows = version === 1 ? undefined : readWindowLists(reader);
  reader.end();
  return { rows, windows };
}

/** What an index tells of beside blocks of events. The dictionaries may be in any order. */
export function othersOf({ windows }: IndexLists): NumberRows[] {
  if (windows === undefined) return [];
  const { values, width, length } = windows.dictionaries;
  const each = Array.from({ length }, (_, row): NumberRows => ({
    length: 1,
    width,
    values: values.subarray(row * width, (row + 1) * width),
  }));
  return [windows.blocks, ...each];
}
