import { TraplineError, formatError } from "../../errors.js";
import { factorActions, type Nesting, type Profile } from "../../prices/profile.js";
import { assign } from "../../replay/config.js";
import { makePlan } from "../../replay/plan.js";
import { replayPlan } from "../../replay/replay.js";
import { sweepCsv, sweepMarkdown, sweepText, type SweepResult } from "../../report/sweep.js";
import { gridPoints, parseAxis, randomPoints, type Axis, type PricePoint } from "../../search/axes.js";
import { readRecorded } from "../../search/measure.js";
import { profilesFrom, profileSources } from "../../search/profiles.js";
import { nestingOf } from "../../prices/terms.js";
import { questionsOf } from "../../search/questions.js";
import { sweepCounts, type SweepRow, type SweptQuestion } from "../../search/sweep.js";
import { parseRule, policyVariants } from "../../search/variants.js";
import { tool } from "../../version.js";
import {
  choiceText,
  choicesOf,
  commas,
  filesOf,
  policiesOf,
  workOf,
  type ConfigsArgs,
  type JsonArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { openTraces, renamed, type TraceFile } from "../open.js";
import { checkOutput, emit, emitJson } from "../output.js";
import type { Session } from "../session.js";

export interface SweepArgs extends JsonArgs, ConfigsArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly set: readonly string[];
  readonly rule: readonly string[];
  readonly random: number | undefined;
  readonly seed: number;
  readonly format: "text" | "json" | "csv" | "markdown";
}

/** What still fits in memory as one text. */
const maxRows = 1_000_000;

export async function sweep(session: Session, args: SweepArgs): Promise<void> {
  const work = workOf(args);
  const asked = await policiesOf(args.policy);
  const [eager] = await policiesOf(["eager"]);
  const rules = args.rule.map(parseRule);
  const sources = profileSources(commas(args.cost));
  const axes = args.set.map(parseAxis);
  const levels = commas(args.nesting).map(nestingOf);
  const choices = choicesOf(args);
  const files = await filesOf(args);
  checkOutput(args.output, files);
  const opened = await openTraces(session, files, work);
  const profiles = await renamed(opened, () => profilesFrom(sources, opened));
  const questions = sweptQuestions(profiles, levels, axes, args);

  const rows: SweepRow[] = [];
  const refused: { what: string; why: string }[] = [];
  for (const file of opened) {
    for (const choice of choices) {
      const what = `${file.name}, ${choiceText(choice)}`;
      try {
        const { header, config } = readRecorded(file.path, choice);
        const policies = [eager];
        for (const policy of policyVariants(
          asked.filter(({ name }) => name !== "eager"),
          rules,
          config,
        )) {
          // One policy that cannot work here does not keep the others from their answers.
          try {
            assign(header, [policy], choice, file.path);
            policies.push(policy);
          } catch (error) {
            refused.push({ what, why: answerable(error, file) });
          }
        }
        if (policies.length === 1) continue;
        const plan = makePlan([file.path], { policies, choice });
        const { threads } = work;
        for await (const counts of replayPlan(plan, { threads, signal: session.signal })) {
          // One by one: a call does not take as many arguments as there may be rows.
          for (const row of sweepCounts({ ...counts, path: file.name }, questions)) rows.push(row);
          if (rows.length > maxRows) throw tooMany();
        }
      } catch (error) {
        refused.push({ what, why: answerable(error, file) });
      }
    }
  }
  if (rows.length === 0) {
    const why = refused.map((each) => `${each.what}: ${each.why}`).join("; ");
    throw new TraplineError("unsupported", why === "" ? "there is no policy beside eager" : why);
  }
  const points = questions.reduce((sum, each) => sum + each.points.length, 0);
  const result: SweepResult = {
    schema: "trapline.sweep/1",
    tool,
    seed: args.random === undefined ? null : args.seed,
    configurations: points * choices.length,
    rows,
    refused,
  };
  switch (args.json ? "json" : args.format) {
    case "json":
      emitJson(result, args.output);
      break;
    case "csv":
      emit(sweepCsv(result), args.output);
      break;
    case "markdown":
      emit(sweepMarkdown(result), args.output);
      break;
    default:
      emit(sweepText(result), args.output);
  }
}

function sweptQuestions(
  profiles: readonly Profile[],
  levels: readonly Nesting[],
  axes: readonly Axis[],
  { random, seed }: SweepArgs,
): SweptQuestion[] {
  const units = new Set(profiles.map(({ unit }) => unit));
  if (units.size > 1 && axes.some(({ action }) => !factorActions.includes(action))) {
    throw new TraplineError(
      "usage",
      `--set is in the profile's unit, and these profiles have ${[...units].join(" and ")}`,
      {},
      "Sweep them one by one",
    );
  }
  const sets = new Map<string, readonly PricePoint[]>();
  return questionsOf(profiles, levels).map((question) => {
    const { profile } = question;
    const points =
      sets.get(profile.name) ??
      (random === undefined ? gridPoints(axes) : randomPoints(axes, profile, random, seed));
    sets.set(profile.name, points);
    return { ...question, points };
  });
}

/** One configuration that cannot be answered does not keep the others from theirs; anything else ends the sweep. */
function answerable(error: unknown, { path, name }: TraceFile): string {
  if (!(error instanceof TraplineError) || !["unsupported", "usage"].includes(error.code)) throw error;
  if (error.message === tooManyRows) throw error;
  return formatError(error).replace(path, name);
}

const tooManyRows = `this sweep has more than ${maxRows} rows`;
const tooMany = (): TraplineError =>
  new TraplineError("usage", tooManyRows, {}, "Sweep fewer points, policies or traces at once");
