import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { tool } from "../../version.js";
import type { Form } from "../form.js";
import type { Cell, Column, ColumnType, Table } from "../table.js";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** Some megabytes of columns at a time. */
const groupRows = 1 << 16;

/**
 * Apache Parquet: a row group for every 65,536 rows, columns compressed by Snappy. Integers are INT64, values of
 * registers UINT64, and all are optional.
 */
export const parquet: Form = { chunks };

const elements: Readonly<Record<ColumnType, Partial<SchemaElement>>> = {
  integer: { type: "INT64" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  bits: { type: "INT64", converted_type: "UINT_64" },
};

const elementOf = ({ name, type }: Column): SchemaElement => ({
  name,
  repetition_type: "OPTIONAL",
  ...elements[type],
});

/** 64-bit integers, signed or not, are BigInts there. */
const values: Readonly<Record<ColumnType, (cell: string | number) => string | bigint>> = {
  integer: BigInt,
  text: String,
  bits: BigInt,
};

function* chunks({ columns, rows }: Table): Generator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema: SchemaElement[] = [{ name: "root", num_children: columns.length }, ...columns.map(elementOf)];
  const writer = new ParquetWriter({ writer: bytes, schema, createdBy: tool });
  const taken = (): Uint8Array => {
    const piece = bytes.getBytes().slice();
    bytes.index = 0;
    return piece;
  };
  for (const group of groups(rows)) {
    // Into memory nothing is written later.
    void writer.write({
      columnData: columns.map(({ name, type }, at) => ({
        name,
        // The library orders them as signed, and a reader that believes its statistics would pass rows over.
        statistics: type !== "bits",
        data: group.map((row) => {
          const cell = row[at];
          return cell === undefined ? undefined : values[type](cell);
        }),
      })),
      rowGroupSize: groupRows,
    });
    yield taken();
  }
  void writer.finish();
  yield taken();
}

function* groups(rows: Iterable<readonly Cell[]>): Generator<(readonly Cell[])[]> {
  let group: (readonly Cell[])[] = [];
  for (const row of rows) {
    group.push(row);
    if (group.length < groupRows) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
