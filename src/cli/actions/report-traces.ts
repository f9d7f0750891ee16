import { TraplineError } from "../../errors.js";
import type { Assignment } from "../../model/assignment.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import { assign, type ConfigChoice } from "../../replay/config.js";
import { makePlan } from "../../replay/make-plan.js";
import { replayPlan } from "../../replay/replay.js";
import { makeResult, type ReplayResult } from "../../replay/result.js";
import { isTrace } from "../../replay/trace-file.js";
import { validateCounts, type ValidateResult } from "../../replay/validate.js";
import { measureExits } from "../../report/exit-times.js";
import type { TraceExitTimes } from "../../report/html/exit-times-section.js";
import type { ReportData } from "../../report/html/report-data.js";
import { collectTimeline, type Timeline } from "../../report/html/timeline/collect.js";
import { traceSource } from "../../report/html/trace-source.js";
import { exitCounts } from "../../report/inspect.js";
import { modelledField } from "../../trace/modelled.js";
import { openTrace } from "../../trace/reader.js";
import { Kind } from "../../trace/kinds.js";
import type { TraceHeader } from "../../trace/header.js";
import { tool } from "../../version.js";
import {
  choiceOf,
  filesOf,
  openingOf,
  onePolicyOf,
  readsOf,
  type ConfigArgs,
  type ExitsArgs,
  type OutputArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { fileOf } from "../checksum.js";
import { openTraces, renamed } from "../open.js";
import { headerOf, type TraceFile } from "../trace-file.js";
import { checkOutput } from "../output.js";
import { createProgress } from "../progress.js";
import { createRefusals, type Refusals } from "../refusals.js";
import type { Session } from "../session.js";
import { bringUrls, shownName } from "../urls.js";
import { questionOf, verdictPolicies, verdictResult } from "./verdict.js";
import { answerVerdict, type Answers, type VerdictQuestion } from "./verdict-answers.js";
import { lacksWrites } from "./verdict-write-rate.js";

export interface ReportArgs extends OutputArgs, TraceArgs, WorkArgs, ConfigArgs, PolicyArgs, ExitsArgs {
  readonly diff: boolean;
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly recorded: string;
  readonly samples: number;
  readonly resamples: number;
}

/** Everything that a report says of traces: the same functions that verdict, replay, validate and inspect call. */
export async function reportOfTraces(session: Session, args: ReportArgs): Promise<ReportData> {
  const opening = await openingOf(args);
  const question = questionOf({
    ...args,
    mode: args.mode === undefined ? undefined : [args.mode],
    kernel: [args.kernel],
  });
  const policies = await verdictPolicies(args.policy);
  const recorded = await onePolicyOf(args.recorded, "--recorded");
  const choice = choiceOf(args);
  const files = await filesOf(args, { urls: true });
  checkOutput(
    args.output,
    readsOf(files, opening, { ...args, policy: [...(args.policy ?? []), args.recorded] }),
  );
  const brought = await bringUrls(session, files, args.progress, 0);
  const inputs = readsOf(files, opening).map((name) => {
    const here = brought.get(name);
    return here === undefined
      ? fileOf(name, isTrace(name) ? "trace" : "recording")
      : { ...fileOf(here, "trace"), name: shownName(name) };
  });
  const opened = await openTraces(session, files, opening);
  return renamed(opened, async () => {
    const refusals = createRefusals();
    const headers = new Map(opened.map((file) => [file, headerOf(file.path)]));
    const answerable = new Map<TraceFile, PolicyDefinition[]>();
    // Of a recording without its guests' writes no policy is judged: what is asked of it needs eager alone.
    const unseen = new Set(opened.filter(({ path }) => lacksWrites(path)));
    for (const file of opened) {
      const wanted = unseen.has(file) ? policies.slice(0, 1) : policies;
      answerable.set(file, await answerableBy(file, wanted, choice, refusals));
    }
    const able = opened.filter((file) => (answerable.get(file) ?? []).length > 0);
    const replays: ReplayResult[] = [];
    const answers = await answerVerdict(
      session,
      able,
      (file) => (unseen.has(file) ? policies : (answerable.get(file) ?? [])),
      { ...question, writeRates: true },
      refusals,
      (counts) => void replays.push(makeResult([counts], tool, true)),
    );
    const timelines: Timeline[] = [];
    const validations: ValidateResult[] = [];
    const exitTimes: TraceExitTimes[] = [];
    const missing = [...unseen].map(({ name }) => ({
      section: `Policies compared, break-even map and registers of ${name}`,
      why: "it does not show its guests' writes, which these are counted from",
    }));
    for (const file of opened) {
      const header = headers.get(file);
      if (header === undefined) continue;
      timelines.push(
        ...(await timelineOf(
          session,
          file,
          header,
          unseen.has(file) ? [] : (answerable.get(file) ?? []),
          choice,
          args.progress,
        )),
      );
      if (header.capabilities.entries === "full-only") exitTimes.push(exitTimesOf(file, header));
      const checked = await validated(session, file, recorded, question.threads);
      if (typeof checked === "string")
        missing.push({ section: `Recorded kernel of ${file.name}`, why: checked });
      else validations.push(checked);
    }
    return {
      tool,
      verdict: verdictOf(answers, question, refusals),
      replays,
      timelines,
      validations,
      exits: opened.flatMap((file) => {
        const header = headers.get(file);
        return header === undefined
          ? []
          : [
              {
                trace: file.name,
                exits: exitCounts(header),
                fastUnseen: header.capabilities.entries === "full-only",
                ...modelledField(header),
              },
            ];
      }),
      exitTimes,
      provenance: {
        files: inputs,
        traces: opened.flatMap((file) => {
          const header = headers.get(file);
          return header === undefined ? [] : [traceSource(file.name, header)];
        }),
        profiles: answers.profiles,
        refused: refusals.list,
      },
      missing,
    };
  });
}

function verdictOf(answers: Answers, question: VerdictQuestion, refusals: Refusals): ReportData["verdict"] {
  if (answers.rows.length + answers.writeRates.length === 0) return undefined;
  // Intervals of the windows are those of counts.
  const resamples = answers.rows.length === 0 ? 0 : question.resamples;
  return verdictResult(answers, { ...question, resamples }, refusals);
}

function exitTimesOf({ path, name }: TraceFile, header: TraceHeader): TraceExitTimes {
  const trace = openTrace(path);
  try {
    return { trace: name, header, times: measureExits(trace), ...modelledField(header) };
  } finally {
    trace.close();
  }
}

/** Those of the policies that a trace can answer, each asked by itself: one that it cannot does not keep the others. */
async function answerableBy(
  file: TraceFile,
  policies: readonly PolicyDefinition[],
  choice: ConfigChoice,
  refusals: Refusals,
): Promise<PolicyDefinition[]> {
  const [eager, ...rest] = policies;
  const found: PolicyDefinition[] = [];
  await refusals.answer(file.name, file, () => {
    makePlan([file.path], { policies: [eager], choice });
    found.push(eager);
  });
  if (found.length === 0) return [];
  for (const policy of rest) {
    await refusals.answer(`${file.name}, ${policy.name}`, file, () => {
      makePlan([file.path], { policies: [eager, policy.oracle?.of ?? policy], choice });
      found.push(policy);
    });
  }
  return found;
}

/** None where no vCPU has a window. */
async function timelineOf(
  session: Session,
  { path, name }: TraceFile,
  header: TraceHeader,
  policies: readonly PolicyDefinition[],
  choice: ConfigChoice,
  progress: boolean,
): Promise<Timeline[]> {
  if (!header.tally.some(([kind]) => kind === Kind.load || kind === Kind.runStart)) return [];
  const plain = policies.filter(({ oracle }) => oracle === undefined);
  const assigned: { mode: "vhe" | "nvhe"; assignments: readonly Assignment[] } | undefined =
    plain.length === 0 ? undefined : assignedTo(header, plain, choice, path);
  const bar = createProgress(`timeline of ${name}`, progress);
  try {
    const timeline = await collectTimeline(path, name, assigned?.mode, assigned?.assignments ?? [], {
      signal: session.signal,
      onProgress: bar.update,
    });
    return timeline.vcpus.some(({ windows }) => windows > 0) ? [timeline] : [];
  } finally {
    bar.end();
  }
}

function assignedTo(
  header: TraceHeader,
  policies: readonly PolicyDefinition[],
  choice: ConfigChoice,
  path: string,
): { mode: "vhe" | "nvhe"; assignments: readonly Assignment[] } {
  const { config, assignments } = assign(header, policies, choice, path);
  return { mode: config.mode, assignments };
}

/** The comparison with what the recorded kernel did, or why there is none. */
async function validated(
  session: Session,
  { path, name }: TraceFile,
  policy: PolicyDefinition,
  threads: number,
): Promise<ValidateResult | string> {
  try {
    const plan = makePlan([path], { policies: [policy], choice: {} });
    for await (const counts of replayPlan(plan, { threads, signal: session.signal })) {
      return validateCounts({ ...counts, path: name });
    }
    return "it holds nothing";
  } catch (error) {
    if (error instanceof TraplineError && ["unsupported", "usage"].includes(error.code)) return error.message;
    throw error;
  }
}
