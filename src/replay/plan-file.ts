import * as v from "valibot";
import { TraplineError } from "../errors.js";
import { readBoundedFile } from "../small-file.js";
import { policyFromData } from "../policies/file.js";
import type { Policy } from "../policies/policy.js";
import type { CountName } from "../prices/terms.js";
import { segmentations } from "../trace/windows/segmentation.js";
import { tool } from "../version.js";
import { countShards, type Plan } from "./plan.js";

/** A plan as text; equal plans are equal texts. */
export const planText = (plan: Plan): string => JSON.stringify(plan);

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const bySegmentation = v.pipe(v.array(whole), v.length(segmentations.length));
const planSchema = v.strictObject({
  schema: v.literal("trapline.plan/2"),
  tool: v.string(),
  policies: v.array(v.unknown()),
  choice: v.strictObject({
    mode: v.exactOptional(v.picklist(["vhe", "nvhe"])),
    kernel: v.exactOptional(v.string()),
    features: v.exactOptional(v.array(v.string())),
  }),
  shardWindows: v.pipe(whole, v.minValue(1)),
  traces: v.array(
    v.strictObject({
      path: v.string(),
      events: whole,
      identity: v.string(),
      all: bySegmentation,
      windows: bySegmentation,
      groups: bySegmentation,
      together: v.pipe(v.array(v.pipe(whole, v.minValue(1))), v.length(segmentations.length)),
      interpreted: v.boolean(),
      memory: v.exactOptional(v.strictObject({ prepared: whole, answer: whole, merged: whole })),
    }),
  ),
  shards: whole,
});

const price = v.pipe(v.number(), v.finite(), v.minValue(0));
const oracleSchema = v.strictObject({
  name: v.string(),
  of: v.unknown(),
  prices: v.strictObject({
    profile: v.string(),
    nesting: v.string(),
    unitCosts: v.strictObject({
      fastTraps: price,
      fullTraps: price,
      saves: price,
      restores: price,
      trapRegisterUpdates: price,
      dirtyChecks: price,
      keySwitches: price,
      keySaves: price,
      mteSwitches: price,
      fpSaves: price,
      fpRestores: price,
    } satisfies Record<CountName, unknown>),
  }),
});

const plainRef = (ref: unknown, file: string): string | Policy =>
  typeof ref === "string" ? ref : policyFromData(ref, file).fixed!;

/** A plan from parsed JSON, checked; `file` is for messages. */
export function parsePlan(data: unknown, file: string): Plan {
  const parsed = v.safeParse(planSchema, data);
  if (parsed.success) {
    const { output } = parsed;
    // Shards by different versions might not be counted alike.
    if (output.tool !== tool) {
      throw new TraplineError("input", `is a plan of ${output.tool}, and this is ${tool}`, { file }, remake);
    }
    if (output.shards !== countShards(output.traces, output.shardWindows)) {
      throw new TraplineError(
        "input",
        "is no plan: its shards are not those of its traces",
        { file },
        remake,
      );
    }
    // A user's policy is checked as one from a file is.
    return {
      ...output,
      policies: output.policies.map((ref) => {
        const oracle = v.safeParse(oracleSchema, ref);
        if (!oracle.success) return plainRef(ref, file);
        return { ...oracle.output, of: plainRef(oracle.output.of, file) };
      }),
    };
  }
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? "";
  throw new TraplineError("input", `is no plan: ${where} ${issue.message}`, { file }, remake);
}

const remake = "Make it with `trapline plan`";

export function readPlan(file: string): Plan {
  return parsePlan(readJson(file, remake), file);
}

/** Parts are the largest: eight bytes a counter, in base 64. A string of JavaScript ends at 2^29. */
const maxJsonBytes = 2 ** 28;

/** A file as JSON; `remedy` is for messages. */
export function readJson(file: string, remedy: string): unknown {
  const text = readBoundedFile(file, maxJsonBytes);
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the file, which may be anything.
    throw new TraplineError("input", "is not JSON", { file }, remedy);
  }
}
