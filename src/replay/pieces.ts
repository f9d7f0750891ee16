import * as v from "valibot";
import type { CountRow } from "../model/counts.js";
import { segmentations } from "../trace/windows/segmentation.js";
import type { Shard } from "./plan.js";

/** What a shard gave, or neighbouring shards of windows, joined. */
export interface Piece {
  readonly shard: Shard;
  /** The region's bytes, little-endian, in base 64. */
  readonly region: string;
}

/** What a part holds of the oracles of a trace. */
export interface OraclePiece {
  readonly trace: number;
  readonly rows: readonly (readonly CountRow[])[];
}

export const wholeSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Whole 32-bit words in base 64. */
const words = v.pipe(
  v.string(),
  v.check((text) => Buffer.byteLength(text, "base64") % 4 === 0),
);
const countSchema = v.strictObject({
  context: v.picklist(["guest", "host"]),
  unit: wholeSchema,
  register: v.string(),
  traps: wholeSchema,
  saves: wholeSchema,
  elided: wholeSchema,
  restores: wholeSchema,
  changes: v.exactOptional(wholeSchema),
  untested: v.exactOptional(wholeSchema),
});
const shardSchema = v.strictObject({
  trace: wholeSchema,
  what: v.picklist(["windows", "groups"]),
  segmentation: v.pipe(wholeSchema, v.maxValue(segmentations.length - 1)),
  first: wholeSchema,
  end: wholeSchema,
});
export const pieceSchema = v.strictObject({ shard: shardSchema, region: words });
export const rowsSchema = v.array(v.array(countSchema));
export const oracleSchema = v.strictObject({ trace: wholeSchema, rows: rowsSchema });
