import { TraplineError } from "../../errors.js";
import { noCounts } from "../../prices/cost.js";
import { nestingOf } from "../../prices/terms.js";
import type { OraclePrices, PolicyDefinition } from "../../policies/policy.js";
import { verdictCsv, verdictMarkdown, verdictText, type VerdictResult } from "../../report/verdict.js";
import { writeRateNotes } from "../../report/write-rate.js";
import { verdictTableCsv, verdictTableMarkdown, verdictTableText } from "../../report/verdict-table.js";
import { verdictDrawing } from "../../report/terminal/drawings.js";
import { profileSources } from "../../search/profiles.js";
import { pooledRows } from "../../verdict/pooled.js";
import { priceNotes } from "../../verdict/price-notes.js";
import { checkResamples } from "../../verdict/sampling.js";
import { samplingNotes } from "../../verdict/sampling-notes.js";
import { tool } from "../../version.js";
import {
  checkBesideEager,
  choicesOf,
  commas,
  filesOf,
  openingOf,
  policiesOf,
  readsOf,
  workOf,
  type ConfigsArgs,
  type ExitsArgs,
  type JsonArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { openTraces, renamed } from "../open.js";
import { checkOutput } from "../output.js";
import { createRefusals, type Refusals } from "../refusals.js";
import { emitForm } from "../result.js";
import type { Session } from "../session.js";
import { withDrawing } from "../terminal.js";
import { answerVerdict, type Answers, type VerdictQuestion } from "./verdict-answers.js";

export interface VerdictArgs extends JsonArgs, ExitsArgs, ConfigsArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly samples: number;
  readonly resamples: number;
  readonly format: "text" | "json" | "csv" | "markdown";
  readonly table: boolean;
}

const plain = { markdown: verdictMarkdown, csv: verdictCsv } as const;
const table = { text: verdictTableText, markdown: verdictTableMarkdown, csv: verdictTableCsv } as const;

export function questionOf(args: Omit<VerdictArgs, "format" | "table" | "json">): VerdictQuestion {
  checkResamples(args.resamples);
  const { threads } = workOf(args);
  return {
    sources: profileSources(commas(args.cost)),
    levels: commas(args.nesting).map(nestingOf),
    choices: choicesOf(args),
    seed: args.seed,
    samples: args.samples,
    resamples: args.resamples,
    threads,
  };
}

/** The policies of a verdict by name, eager first. Each profile and nesting has an oracle of its own: the prices of the name are none of these. */
export async function verdictPolicies(names: readonly string[] | undefined): Promise<PolicyDefinition[]> {
  const given = await policiesOf(names, async () => unpriced);
  return [...(await policiesOf(["eager"])), ...given.filter(({ name }) => name !== "eager")];
}

export function verdictResult(
  { rows, writeRates, profiles, notes }: Answers,
  { seed, samples, resamples }: VerdictQuestion,
  refusals: Refusals,
): VerdictResult {
  const pooled = pooledRows(rows, resamples, seed);
  return {
    schema: "trapline.verdict/1",
    tool,
    seed,
    samples,
    resamples,
    complete: [...rows, ...writeRates].every(({ complete }) => complete !== false),
    notes: [
      ...notes,
      ...(writeRates.length === 0 ? [] : writeRateNotes),
      ...(rows.length === 0 ? [] : priceNotes(profiles)),
      ...samplingNotes(rows, pooled),
    ],
    rows,
    ...(writeRates.length === 0 ? {} : { writeRates }),
    pooled,
    refused: refusals.list,
  };
}

export async function verdict(session: Session, args: VerdictArgs): Promise<void> {
  const work = await openingOf(args);
  checkResamples(args.resamples);
  if (args.table && (args.json || args.format === "json")) {
    throw new TraplineError("usage", "--table is a form for people: JSON has all of its figures as rows");
  }
  // No interval is in the table.
  const resamples = args.table ? 0 : args.resamples;
  const policies = await verdictPolicies(args.policy);
  checkBesideEager(policies);
  const question = { ...questionOf({ ...args, resamples }), writeRates: true };
  const files = await filesOf(args, { urls: true });
  checkOutput(args.output, readsOf(files, work, args));
  const opened = await openTraces(session, files, work);
  const refusals = createRefusals();
  const answers = await renamed(opened, () =>
    answerVerdict(session, opened, () => policies, question, refusals),
  );
  if (answers.rows.length + answers.writeRates.length === 0) throw refusals.nothing();
  const text = (result: VerdictResult): string =>
    withDrawing(verdictText(result), args.output, (terminal) => verdictDrawing(result, terminal));
  emitForm(verdictResult(answers, question, refusals), args.table ? table : { ...plain, text }, args);
}

const unpriced: OraclePrices = { profile: "", nesting: "", unitCosts: noCounts };
