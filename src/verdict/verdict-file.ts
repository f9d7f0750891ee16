import * as v from "valibot";
import { TraplineError } from "../errors.js";

const number = v.pipe(v.number(), v.finite());
const interval = v.nullable(v.tuple([number, number]));
const rateFields = {
  mode: v.string(),
  kernel: v.string(),
  nesting: v.string(),
  profile: v.string(),
  unit: v.string(),
  policy: v.string(),
  group: v.nullable(v.string()),
  modelled: v.exactOptional(v.string()),
  writeShare: v.nullable(number),
  trapsPerGuestSecond: v.nullable(number),
  perGuestSecond: v.nullable(number),
  interval: v.nullable(
    v.object({ writeShare: interval, trapsPerGuestSecond: interval, perGuestSecond: interval }),
  ),
};

/** What else a verdict has is passed over. */
const verdictSchema = v.object({
  schema: v.literal("trapline.verdict/1"),
  tool: v.string(),
  rows: v.array(v.object({ trace: v.string(), ...rateFields })),
  pooled: v.array(v.object(rateFields)),
});

/** What a comparison reads of a result of `trapline verdict --json`. */
export type VerdictFile = v.InferOutput<typeof verdictSchema>;

/** A row of one recording, or with null for the trace of several together. */
export type ComparableRow = Omit<VerdictFile["rows"][number], "trace"> & { readonly trace: string | null };

/** Whether a text is a verdict's, going by its schema; it may still be damaged. */
export function looksLikeVerdict(content: string): boolean {
  try {
    const data: unknown = JSON.parse(content);
    return v.is(v.object({ schema: v.literal("trapline.verdict/1") }), data);
  } catch {
    return false;
  }
}

/** Throws TraplineError `input` for what is no verdict; `file` is for messages. */
export function parseVerdict(content: string, file: string): VerdictFile {
  const parsed = v.safeParse(verdictSchema, JSON.parse(content));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  const where = path === null ? "" : `${path}: `;
  throw new TraplineError(
    "input",
    `is no result of a verdict: ${where}${issue.message}`,
    { file },
    "Make it with `trapline verdict --json`",
  );
}
