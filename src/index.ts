/**
 * The library: import a recording, open a trace, replay it under policies.
 *
 *     import { importTrace, makePlan, replayPlan, findPolicy } from "trapline";
 *     await importTrace("boot.tarmac.zst", "boot.trl");
 *     const plan = makePlan(["boot.trl"], { policies: [findPolicy("eager")], choice: {} });
 *     for await (const counts of replayPlan(plan, { threads: 4 })) console.log(counts.policies);
 */
export { TraplineError, formatError, type ErrorCode, type Place } from "./errors.js";
export { importTrace, type ImportResult } from "./import/import.js";
export { layExits, type LayOptions } from "./modelled/lay.js";
export { exitModel } from "./modelled/registry.js";
export type { CountRow } from "./model/counts.js";
export { loadPolicyFile, parsePolicy } from "./policies/file.js";
export type { Group, Policy, PolicyDefinition } from "./policies/policy.js";
export { findPolicy } from "./policies/find.js";
export { builtinPolicies } from "./policies/registry.js";
export { registerByEncoding, registerByName, registerName, registers } from "./registers/lookup.js";
export type { Register } from "./registers/register.js";
export type { ConfigChoice } from "./replay/config.js";
export type { TraceCounts } from "./replay/merge.js";
export { mergeParts, runPart } from "./replay/part.js";
export { readPlan } from "./replay/plan-file.js";
export { makePlan, type PlanOptions } from "./replay/make-plan.js";
export type { Plan } from "./replay/plan.js";
export { diffResults, type ResultDiff } from "./replay/diff.js";
export { replayPlan, type ReplayOptions } from "./replay/replay.js";
export { makeResult, type ReplayResult } from "./replay/result.js";
export { parseInterval, type IntervalLength } from "./replay/interval-length.js";
export { makeIntervalResult, type IntervalResult } from "./replay/interval-result.js";
export { countIntervals, type IntervalOptions } from "./replay/intervals.js";
export { validateCounts, type ValidateResult } from "./replay/validate.js";
export { traceEvents, type TraceEvent } from "./trace/events.js";
export type { TraceHeader } from "./trace/header.js";
export { Kind, kindName } from "./trace/kinds.js";
export { openTrace, type Trace } from "./trace/reader.js";
export { createTraceWriter, type TraceWriter, type WriterOptions } from "./trace/writer.js";
export { loadProfile, profileNames } from "./prices/load.js";
export type { Profile } from "./prices/profile.js";
export { drawPrices } from "./prices/range.js";
export { sampleWindows, type Sampling } from "./verdict/sampling.js";
export { priceCounts } from "./verdict/verdict.js";
export type { VerdictRow } from "./verdict/verdict-row.js";
export { version } from "./version.js";
