import type { PlainReader } from "./msgpack.js";

/**
 * Rows that are made when they are asked for: a trace of gigabytes has a hundred thousand, and as objects they take
 * more memory, and more time to make, than all that is counted of it.
 */
export interface Table<Row> extends Iterable<Row> {
  readonly length: number;
  /** Throws RangeError where there is none. */
  readonly row: (index: number) => Row;
}

/** Rows of `width` numbers, one behind the other. */
export interface NumberRows {
  readonly length: number;
  readonly width: number;
  readonly values: Float64Array;
}

/** Reads a list of rows of whole numbers that are not negative. Throws RangeError, as the reader does. */
export function readRows(reader: PlainReader, width: number): NumberRows {
  const length = reader.list(1 + width);
  const values = new Float64Array(length * width);
  for (let at = 0; at < values.length;) {
    if (reader.list(1) !== width) throw reader.wrong(`a row that is not of ${width} numbers`);
    for (const end = at + width; at < end; at++) values[at] = reader.count();
  }
  return { length, width, values };
}

export function tableOf<Row>(length: number, make: (index: number) => Row): Table<Row> {
  return {
    length,
    row(index) {
      if (!(index >= 0 && index < length)) throw new RangeError(`there is no row ${index} of ${length}`);
      return make(index);
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield make(index);
    },
  };
}

export const tableOfRows = <Row>(rows: readonly Row[]): Table<Row> =>
  tableOf(rows.length, (index) => rows[index]);
