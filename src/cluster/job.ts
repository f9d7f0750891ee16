import * as v from "valibot";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { shownUrl } from "../afar/shown.js";
import { TraplineError, type ErrorRecord } from "../errors.js";
import { isUrl } from "../trace/copies.js";
import { rowsSchema, wholeSchema } from "../replay/pieces.js";
import type { Outcome } from "../replay/executor.js";
import type { Shard } from "../replay/plan.js";
import { errorFromRecord } from "../errors.js";

/** A shard as a job: the plan, under the run's key, says the rest. */
export interface ShardJob {
  readonly run: string;
  readonly shard: Shard;
}

/** What a worker answers, under the shard's identity. */
export type ShardAnswer =
  /** The region's bytes, deflated, in base 64. */
  { readonly region: string } | { readonly rows: unknown } | { readonly error: ErrorRecord };

/** The identity of a shard in its run: its result is kept under it, however often the job is delivered. */
export const shardKey = ({ trace, what, segmentation, first, end }: Shard): string =>
  `${trace}-${what}-${segmentation}-${first}-${end}`;

const shardSchema = v.strictObject({
  trace: wholeSchema,
  what: v.picklist(["windows", "groups", "oracles"]),
  segmentation: wholeSchema,
  first: wholeSchema,
  end: wholeSchema,
});
const jobSchema = v.strictObject({ run: v.string(), shard: shardSchema });

export function parseJob(data: unknown): ShardJob {
  const parsed = v.safeParse(jobSchema, data);
  if (parsed.success) return parsed.output;
  throw new TraplineError("input", "a job on Redis is none of trapline's");
}

const place = v.strictObject({
  file: v.exactOptional(v.string()),
  line: v.exactOptional(v.number()),
  offset: v.exactOptional(v.number()),
  block: v.exactOptional(v.number()),
});
const answerSchema = v.union([
  v.strictObject({ region: v.string() }),
  v.strictObject({ rows: rowsSchema }),
  v.strictObject({
    error: v.strictObject({
      code: v.picklist(["usage", "input", "corrupt", "unsupported", "output", "worker", "interrupted"]),
      message: v.string(),
      place,
      remedy: v.optional(v.string()),
    }),
  }),
]);

export const packRegion = (region: ArrayBufferLike): string =>
  // A copy: zlib does not take shared memory.
  deflateRawSync(Uint8Array.from(new Uint8Array(region)), { level: 1 }).toString("base64");

/** An answer as an outcome; the region has to have `bytes`. Errors about `theirs` are about `ours`. */
export function outcomeOf(text: string, bytes: number, [theirs, ours]: readonly [string, string]): Outcome {
  const wrong = new TraplineError("corrupt", "a result on Redis is not as a worker writes it");
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return { ok: false, error: wrong };
  }
  const parsed = v.safeParse(answerSchema, data);
  if (!parsed.success) return { ok: false, error: wrong };
  const answer = parsed.output;
  if ("error" in answer) {
    const { code, message, place: where, remedy } = answer.error;
    const isTheirs = where.file === theirs || (isUrl(theirs) && where.file === shownUrl(theirs));
    const named = isTheirs ? { ...where, file: ours } : where;
    return { ok: false, error: errorFromRecord({ code, message, place: named, remedy }) };
  }
  if ("rows" in answer) return { ok: true, region: new ArrayBuffer(bytes), rows: answer.rows };
  try {
    const region = inflateRawSync(Buffer.from(answer.region, "base64"), {
      maxOutputLength: Math.max(1, bytes),
    });
    if (region.length !== bytes) return { ok: false, error: wrong };
    return { ok: true, region: Uint8Array.from(region).buffer, rows: undefined };
  } catch {
    return { ok: false, error: wrong };
  }
}
