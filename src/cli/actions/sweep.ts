import { TraplineError } from "../../errors.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import { factorActions, type Nesting, type Profile } from "../../prices/profile.js";
import { assign } from "../../replay/config.js";
import { sweepCsv, sweepMarkdown, sweepText, type SweepResult } from "../../report/sweep.js";
import { gridPoints, parseAxis, randomPoints, type Axis, type PricePoint } from "../../search/axes.js";
import { readRecorded } from "../../search/measure.js";
import { profilesFrom, profileSources } from "../../search/profiles.js";
import { nestingOf } from "../../prices/terms.js";
import { questionsOf } from "../../search/questions.js";
import { sweepCounts, type SweepRow, type SweptQuestion } from "../../search/sweep.js";
import { isOfRule, parseRule, policyVariants } from "../../search/variants.js";
import { tool } from "../../version.js";
import {
  checkBesideEager,
  choicesOf,
  commas,
  filesOf,
  openingOf,
  policiesOf,
  readsOf,
  type ConfigsArgs,
  type ExitsArgs,
  type JsonArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { damagedOf, openTraces, renamed } from "../open.js";
import { checkOutput } from "../output.js";
import { createRefusals } from "../refusals.js";
import { emitForm } from "../result.js";
import type { Session } from "../session.js";
import { walkTraces } from "../walk.js";

export interface SweepArgs extends JsonArgs, ExitsArgs, ConfigsArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly set: readonly string[];
  readonly rule: readonly string[];
  readonly random: number | undefined;
  readonly format: "text" | "json" | "csv" | "markdown";
}

/** What still fits in memory as one text. */
const maxRows = 1_000_000;

export async function sweep(session: Session, args: SweepArgs): Promise<void> {
  const work = await openingOf(args);
  const asked = await policiesOf(args.policy);
  checkBesideEager(asked);
  const [eager] = await policiesOf(["eager"]);
  const rules = args.rule.map(parseRule);
  const sources = profileSources(commas(args.cost));
  const axes = args.set.map(parseAxis);
  const levels = commas(args.nesting).map(nestingOf);
  const choices = choicesOf(args);
  const files = await filesOf(args, { urls: true });
  checkOutput(args.output, readsOf(files, work, args));
  const opened = await openTraces(session, files, work);
  const profiles = await renamed(opened, () => profilesFrom(sources, opened));
  const questions = sweptQuestions(profiles, levels, axes, args);

  const rows: SweepRow[] = [];
  // More rows than fit end the sweep: the next part would have no room either. A rule is wrong for all parts.
  const refusals = createRefusals(({ message, place }) => message === tooManyRows || isOfRule(place));
  const walk = walkTraces(
    opened,
    {
      choices,
      refusals,
      threads: work.threads,
      signal: session.signal,
      async policies({ file, choice, what }) {
        const { header, config } = readRecorded(file.path, choice);
        const varied = policyVariants(
          asked.filter(({ name }) => name !== "eager"),
          rules,
          config,
          (error) => refusals.passOver(what, error),
        );
        const able: PolicyDefinition[] = [];
        for (const policy of varied) {
          // One policy that cannot work here does not keep the others from their answers.
          await refusals.answer(what, file, () => {
            assign(header, [policy], choice, file.path);
            able.push(policy);
          });
        }
        return able.length === 0 ? [] : [eager, ...able];
      },
    },
    (counts, { file }) => {
      // One by one: a call does not take as many arguments as there may be rows.
      for (const row of sweepCounts({ ...counts, path: file.name }, questions)) rows.push(row);
      if (rows.length > maxRows) throw tooMany();
    },
  );
  await renamed(opened, () => walk);
  if (rows.length === 0) throw refusals.nothing();
  const points = questions.reduce((sum, each) => sum + each.points.length, 0);
  const damaged = await damagedOf(opened, args);
  const result: SweepResult = {
    schema: "trapline.sweep/1",
    tool,
    seed: args.random === undefined ? null : args.seed,
    configurations: points * choices.length,
    complete: rows.every(({ complete }) => complete !== false),
    ...damaged,
    rows,
    refused: refusals.list,
  };
  emitForm(result, { text: sweepText, markdown: sweepMarkdown, csv: sweepCsv }, args);
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

const tooManyRows = `this sweep has more than ${maxRows} rows`;
const tooMany = (): TraplineError =>
  new TraplineError("usage", tooManyRows, {}, "Sweep fewer points, policies or traces at once");
