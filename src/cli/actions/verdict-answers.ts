import type { Profile } from "../../prices/profile.js";
import { drawPrices, type PriceDraws } from "../../prices/range.js";
import { nestingFor } from "../../prices/terms.js";
import type { Nesting } from "../../prices/profile.js";
import type { PolicyDefinition } from "../../policies/policy.js";
import { assign, type ConfigChoice } from "../../replay/config.js";
import type { TraceCounts } from "../../replay/merge.js";
import { oraclePass } from "../../replay/oracle.js";
import { profilesFrom, type ProfileSource } from "../../search/profiles.js";
import type { Question } from "../../search/questions.js";
import { recordedName } from "../../verdict/recorded-profile.js";
import { damagedNotes } from "../../trace/damaged.js";
import { modelledNotes } from "../../trace/modelled.js";
import { oraclePrices } from "../../verdict/oracle-prices.js";
import { countsOf, replayedFor } from "../../verdict/regret.js";
import { countingNotes } from "../../verdict/counting-notes.js";
import { sampleWindows } from "../../verdict/sampling.js";
import type { WriteRateRow } from "../../verdict/write-rate-row.js";
import { priceCounts } from "../../verdict/verdict.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import { headerOf, type TraceFile } from "../trace-file.js";
import { type Refusals } from "../refusals.js";
import type { Session } from "../session.js";
import { walkTraces, type Asked } from "../walk.js";
import { lacksWrites, writeRatesOf } from "./verdict-write-rate.js";

/** What is asked of traces, found before any of them is opened. */
export interface VerdictQuestion {
  readonly sources: readonly ProfileSource[];
  readonly levels: readonly Nesting[];
  readonly choices: readonly ConfigChoice[];
  readonly seed: number;
  readonly samples: number;
  readonly resamples: number;
  readonly threads: number;
  /** Traces without their guests' writes are asked for the rate of writes that a policy could bear, not counted. */
  readonly writeRates?: boolean;
}

/** What was answered, in the order in which it was asked. */
export interface Answers {
  readonly rows: readonly VerdictRow[];
  /** Of traces without their guests' writes. */
  readonly writeRates: readonly WriteRateRow[];
  readonly profiles: readonly Profile[];
  readonly notes: readonly string[];
}

/** Replays each trace and prices what it counted; `take` is handed the counts, under the names of the user. */
export async function answerVerdict(
  session: Session,
  opened: readonly TraceFile[],
  asked: (file: TraceFile) => readonly PolicyDefinition[],
  { sources, levels, choices, seed, samples, resamples, threads, ...question }: VerdictQuestion,
  refusals: Refusals,
  take: (counts: TraceCounts, file: TraceFile) => void = () => undefined,
): Promise<Answers> {
  const draws = new Map<Profile, PriceDraws>();
  const used = new Set<Profile>(sources.filter((source) => source !== recordedName));
  const drawsOf = (profile: Profile): PriceDraws => {
    const known = draws.get(profile) ?? drawPrices(profile, seed, samples);
    draws.set(profile, known);
    return known;
  };
  const rows: VerdictRow[] = [];
  const writeRates: WriteRateRow[] = [];
  const modelled = new Set<string>();
  const takeNotes = (counts: TraceCounts): void => {
    for (const note of countingNotes(counts)) modelled.add(note);
  };
  for (const file of opened) {
    const profiles: Profile[] = [];
    for (const source of sources) {
      // The prices of a recording are its own: each has another profile of this name.
      const name = source === recordedName ? source : source.name;
      await refusals.answer(`${file.name}, ${name}`, file, () => {
        profiles.push(...profilesFrom([source], [file]));
      });
    }
    // A recording's own prices were drawn for it alone.
    for (const profile of used) if (!sources.includes(profile)) draws.delete(profile);
    for (const profile of profiles) used.add(profile);
    if (profiles.length === 0) continue;
    if (question.writeRates === true && lacksWrites(file.path)) {
      const questions = {
        policies: asked(file),
        choices,
        profiles,
        nestings: levels,
        drawsOf,
        refusals,
        takeNotes,
      };
      writeRates.push(...(await writeRatesOf(file, { ...questions, threads, signal: session.signal })));
      continue;
    }
    const own = asked(file);
    const policies = replayedFor(own);
    const options = {
      choices,
      refusals,
      policies: async (each: Asked) => answerable(each, policies, refusals),
      threads,
      signal: session.signal,
    };
    await walkTraces([file], options, async (counts, { what }) => {
      for (const note of damagedNotes(counts.header)) modelled.add(note);
      for (const note of modelledNotes(counts.header)) modelled.add(note);
      takeNotes(counts);
      const named = (each: TraceCounts): TraceCounts => ({ ...each, path: file.name });
      take(named(counts), file);
      const sampling = resamples === 0 ? undefined : sampleWindows(file.path, counts, resamples, seed);
      const questions: Question[] = [];
      for (const profile of profiles) {
        for (const nesting of levels) {
          await refusals.answer(`${what}, ${profile.name}, nesting ${nesting}`, file, () => {
            questions.push({ profile, nesting, terms: nestingFor(profile, nesting) });
          });
        }
      }
      const replayed = new Set(counts.policies.map(({ policy }) => policy));
      const counted = own.filter(({ name, oracle }) => replayed.has(oracle?.of.name ?? name));
      const allPrices = questions.map(({ profile, terms }) => oraclePrices(profile, terms));
      const optimumAt = await oraclePass(counts, allPrices, session.signal);
      for (const [at, { profile, nesting }] of questions.entries()) {
        const { counts: priced, optimum } = countsOf(counted, named(counts), named(optimumAt(at)));
        rows.push(...priceCounts(priced, profile, nesting, drawsOf(profile), sampling, optimum));
      }
    });
  }
  return { rows, writeRates, profiles: [...used], notes: [...modelled] };
}

/** The policies that a trace can answer, eager first: one that it cannot does not keep the others from their answers. */
async function answerable(
  { file, choice, what }: Asked,
  [eager, ...others]: readonly PolicyDefinition[],
  refusals: Refusals,
): Promise<PolicyDefinition[]> {
  const header = headerOf(file.path);
  const found: PolicyDefinition[] = [];
  for (const policy of others) {
    await refusals.answer(`${what}, ${policy.name}`, file, () => {
      // What eager switches of the policy's registers has to be seen, too: the policy's own needs are said first.
      for (const asked of [[policy], [eager, policy]]) assign(header, asked, choice, file.path);
      found.push(policy);
    });
  }
  return found.length === 0 ? [] : [eager, ...found];
}
