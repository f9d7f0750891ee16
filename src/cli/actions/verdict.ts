import { TraplineError } from "../../errors.js";
import type { Profile } from "../../prices/profile.js";
import { drawPrices, type PriceDraws } from "../../prices/range.js";
import { noCounts } from "../../prices/cost.js";
import { nestingFor, nestingOf } from "../../prices/terms.js";
import type { OraclePrices } from "../../policies/policy.js";
import type { TraceCounts } from "../../replay/merge.js";
import { oraclePass } from "../../replay/oracle.js";
import { verdictCsv, verdictMarkdown, verdictText, type VerdictResult } from "../../report/verdict.js";
import { writeRateNotes } from "../../report/write-rate.js";
import { verdictTableCsv, verdictTableMarkdown, verdictTableText } from "../../report/verdict-table.js";
import { profilesFrom, profileSources } from "../../search/profiles.js";
import type { Question } from "../../search/questions.js";
import { recordedName } from "../../verdict/recorded-profile.js";
import { damagedNotes } from "../../trace/damaged.js";
import { modelledNotes } from "../../trace/modelled.js";
import { oraclePrices } from "../../verdict/oracle-prices.js";
import { pooledRows } from "../../verdict/pooled.js";
import { priceNotes } from "../../verdict/price-notes.js";
import { countsOf, replayedFor } from "../../verdict/regret.js";
import { checkResamples, sampleWindows } from "../../verdict/sampling.js";
import { samplingNotes } from "../../verdict/sampling-notes.js";
import type { WriteRateRow } from "../../verdict/write-rate.js";
import { priceCounts, type VerdictRow } from "../../verdict/verdict.js";
import { tool } from "../../version.js";
import {
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
import { openTraces } from "../open.js";
import { checkOutput } from "../output.js";
import { createRefusals } from "../refusals.js";
import { emitForm } from "../result.js";
import type { Session } from "../session.js";
import { walkTraces } from "../walk.js";
import { lacksWrites, writeRatesOf } from "./verdict-write-rate.js";

export interface VerdictArgs extends JsonArgs, ExitsArgs, ConfigsArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly samples: number;
  readonly resamples: number;
  readonly format: "text" | "json" | "csv" | "markdown";
  readonly table: boolean;
}

const plain = { text: verdictText, markdown: verdictMarkdown, csv: verdictCsv } as const;
const table = { text: verdictTableText, markdown: verdictTableMarkdown, csv: verdictTableCsv } as const;

export async function verdict(session: Session, args: VerdictArgs): Promise<void> {
  const work = await openingOf(args);
  checkResamples(args.resamples);
  if (args.table && (args.json || args.format === "json")) {
    throw new TraplineError("usage", "--table is a form for people: JSON has all of its figures as rows");
  }
  // No interval is in the table.
  const resamples = args.table ? 0 : args.resamples;
  // Each profile and nesting has an oracle of its own: the prices of the name are none of these.
  const given = await policiesOf(args.policy, async () => unpriced);
  const eager = await policiesOf(["eager"]);
  const asked = [...eager, ...given.filter(({ name }) => name !== "eager")];
  const policies = replayedFor(asked);
  const sources = profileSources(commas(args.cost));
  const levels = commas(args.nesting).map(nestingOf);
  const choices = choicesOf(args);
  const files = await filesOf(args);
  checkOutput(args.output, readsOf(files, work));
  const opened = await openTraces(session, files, work);

  const draws = new Map<Profile, PriceDraws>();
  const drawsOf = (profile: Profile): PriceDraws => {
    const known = draws.get(profile) ?? drawPrices(profile, args.seed, args.samples);
    draws.set(profile, known);
    return known;
  };
  for (const source of sources) if (source !== recordedName) drawsOf(source);
  const rows: VerdictRow[] = [];
  const writeRates: WriteRateRow[] = [];
  const refusals = createRefusals();
  const modelled = new Set<string>();
  for (const file of opened) {
    const profiles: Profile[] = [];
    for (const source of sources) {
      // The prices of a recording are its own: each has another profile of this name.
      const name = source === recordedName ? source : source.name;
      await refusals.answer(`${file.name}, ${name}`, file, () => {
        profiles.push(...profilesFrom([source], [file]));
      });
    }
    if (profiles.length === 0) continue;
    const { threads } = work;
    if (lacksWrites(file.path)) {
      const questions = { policies: asked, choices, profiles, nestings: levels, drawsOf, refusals };
      writeRates.push(...(await writeRatesOf(file, { ...questions, threads, signal: session.signal })));
      continue;
    }
    const options = { choices, refusals, policies: () => policies, threads, signal: session.signal };
    await walkTraces([file], options, async (counts, { what }) => {
      for (const note of damagedNotes(counts.header)) modelled.add(note);
      for (const note of modelledNotes(counts.header)) modelled.add(note);
      const sampling = resamples === 0 ? undefined : sampleWindows(file.path, counts, resamples, args.seed);
      const questions: Question[] = [];
      for (const profile of profiles) {
        for (const nesting of levels) {
          await refusals.answer(`${what}, ${profile.name}, nesting ${nesting}`, file, () => {
            questions.push({ profile, nesting, terms: nestingFor(profile, nesting) });
          });
        }
      }
      const allPrices = questions.map(({ profile, terms }) => oraclePrices(profile, terms));
      const optimumAt = await oraclePass(counts, allPrices, session.signal);
      for (const [at, { profile, nesting }] of questions.entries()) {
        const named = (each: TraceCounts): TraceCounts => ({ ...each, path: file.name });
        const { counts: own, optimum } = countsOf(asked, named(counts), named(optimumAt(at)));
        rows.push(...priceCounts(own, profile, nesting, drawsOf(profile), sampling, optimum));
      }
    });
  }
  if (rows.length + writeRates.length === 0) throw refusals.nothing();
  const pooled = pooledRows(rows, resamples, args.seed);
  const result: VerdictResult = {
    schema: "trapline.verdict/1",
    tool,
    seed: args.seed,
    samples: args.samples,
    resamples,
    notes: [
      ...modelled,
      ...(writeRates.length === 0 ? [] : writeRateNotes),
      ...(rows.length === 0 ? [] : priceNotes([...draws.keys()])),
      ...samplingNotes(rows, pooled),
    ],
    rows,
    ...(writeRates.length === 0 ? {} : { writeRates }),
    pooled,
    refused: refusals.list,
  };
  emitForm(result, args.table ? table : plain, args);
}

const unpriced: OraclePrices = { profile: "", nesting: "", unitCosts: noCounts };
