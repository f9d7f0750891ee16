import { readFileSync } from "node:fs";
import * as v from "valibot";
import { TraplineError } from "../errors.js";
import { systemError } from "../system-error.js";
import { policyFromData } from "../policies/file.js";
import { tool } from "../version.js";
import { countShards, refOf, type Plan } from "./plan.js";

/** A plan as text; equal plans are equal texts. */
export const planText = (plan: Plan): string => JSON.stringify(plan);

const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const planSchema = v.strictObject({
  schema: v.literal("trapline.plan/1"),
  tool: v.string(),
  policies: v.array(v.unknown()),
  choice: v.strictObject({
    mode: v.exactOptional(v.picklist(["vhe", "nvhe"])),
    kernel: v.exactOptional(v.string()),
    features: v.exactOptional(v.array(v.string())),
  }),
  shardEvents: v.pipe(whole, v.minValue(1)),
  traces: v.array(
    v.strictObject({ path: v.string(), events: whole, identity: v.string(), interpreted: v.boolean() }),
  ),
  shards: whole,
});

/** A plan from parsed JSON, checked; `file` is for messages. */
export function parsePlan(data: unknown, file: string): Plan {
  const parsed = v.safeParse(planSchema, data);
  if (parsed.success) {
    const { output } = parsed;
    // Shards by different versions might not be counted alike.
    if (output.tool !== tool) {
      throw new TraplineError("input", `is a plan of ${output.tool}, and this is ${tool}`, { file }, remake);
    }
    if (output.shards !== countShards(output.traces, output.shardEvents)) {
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
      policies: output.policies.map((ref) =>
        typeof ref === "string" ? ref : refOf(policyFromData(ref, file)),
      ),
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

/** A file as JSON; `remedy` is for messages. */
export function readJson(file: string, remedy: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw systemError(error, file);
  }
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says quotes the file, which may be anything.
    throw new TraplineError("input", "is not JSON", { file }, remedy);
  }
}
