import { TraplineError } from "../errors.js";
import type { Group, Policy } from "../policies/policy.js";
import { addCounts, cost, type Counts } from "../prices/cost.js";
import { priceValues } from "../prices/profile.js";
import { spread } from "../prices/range.js";
import type { ConfigChoice } from "../replay/config.js";
import type { ReplayOptions } from "../replay/replay.js";
import type { TraceHeader } from "../trace/header.js";
import { isIncomplete } from "../trace/damaged.js";
import { modelledText } from "../trace/modelled.js";
import { confidence, percent } from "../verdict/sentence.js";
import { candidateGroups, mayMerge, untrackable, type MergeRule, type Untrackable } from "./candidates.js";
import { measureGroups, readRecorded, type Measured } from "./measure.js";
import { mergeGroups, type Merged } from "./merge-groups.js";
import { shareOfAll } from "../verdict/share.js";
import type { DrawnQuestion } from "./questions.js";

/** What counts are worth against eager at the prices of a question, in the profile's unit; below 0 they cost less. */
export interface Worth {
  readonly likely: number;
  readonly p5: number;
  readonly p95: number;
  /** Share of the draws at which the sign is that at the likely prices. */
  readonly sameSign: number;
  /** Null where units do not fit. */
  readonly shareOfAll: number | null;
}

export interface AdvisedGroup {
  readonly group: Group;
  readonly traps: number;
  readonly windows: number;
  readonly savesElided: number;
  /** Of them, in the host's context. */
  readonly hostSavesElided: number;
  /** Traps that its parts would take as groups of their own; as `traps` for a group of one part. */
  readonly trapsApart: number;
  readonly worth: Worth;
  readonly recommended: boolean;
  /** Why it is recommended, or is not. */
  readonly reason: string;
}

/** What another question makes of the recommendation. */
export interface Elsewhere {
  readonly profile: string;
  readonly unit: string;
  readonly nesting: string;
  /** Of the recommended policy as it is. */
  readonly worth: Worth;
  /** Groups that the question would keep and leave out of it, and would add to it, by name. */
  readonly keeps: readonly string[];
  readonly drops: readonly string[];
  readonly adds: readonly string[];
}

export interface Advice {
  readonly profile: string;
  readonly unit: string;
  readonly nesting: string;
  readonly mode: readonly string[];
  readonly groups: readonly AdvisedGroup[];
  /** The recommended groups; as eager where there are none. */
  readonly policy: Policy;
  readonly worth: Worth;
  readonly untrackable: readonly Untrackable[];
  /** False where events of a trace are missing; absent otherwise. */
  readonly complete?: false;
  /** What of the traces was not recorded but modelled; absent for recordings. */
  readonly modelled?: string;
  /** One row a question, the first of which is the one that the advice is for. */
  readonly elsewhere: readonly Elsewhere[];
}

export interface AdviseOptions extends ReplayOptions {
  readonly choice: ConfigChoice;
  /** The first decides. */
  readonly questions: readonly DrawnQuestion[];
  /** The least share of draws, from 0 to 1, in which a recommended group costs less than eager. */
  readonly sure: number;
  readonly merge: MergeRule;
}

/** Which registers to trap, grouped how: counts what these traces did under each group and union, and prices it. */
export async function advise(paths: readonly string[], options: AdviseOptions): Promise<Advice> {
  try {
    return await adviceOn(paths, options);
  } catch (error) {
    throw withoutPolicy(error);
  }
}

/** What a trace lacks for a policy that nobody asked for is what it lacks for the advice. */
function withoutPolicy(error: unknown): unknown {
  if (!(error instanceof TraplineError) || error.code !== "unsupported") return error;
  const [, needs] = /^policy "(?:eager|candidate-\d+)"[^"]*? (needs .*)$/s.exec(error.message) ?? [];
  if (needs === undefined) return error;
  return new TraplineError(
    error.code,
    `advice ${needs}`,
    error.place,
    "Record again with what it needs; without the guest's writes, `trapline verdict` gives the rate of writes that a policy could bear",
  );
}

async function adviceOn(paths: readonly string[], options: AdviseOptions): Promise<Advice> {
  const { choice, questions, merge } = options;
  const recorded = paths.map((path) => readRecorded(path, choice));
  const configs = recorded.map(({ config }) => config);
  const headers = recorded.map(({ header }) => header);
  const groups = candidateGroups(configs);
  const measure = async (lists: readonly (readonly Group[])[]): Promise<Measured[][]> =>
    lists.length === 0 ? [] : measureGroups(lists, paths, choice, options);

  const [question] = questions;
  const values = priceValues(question.profile);
  const merged = await mergeGroups((await measure([groups])).flat(), {
    price: ({ difference }) => cost(difference, values, question.terms),
    mayMerge: mayMerge(merge, configs),
    measure: async (unions) => (await measure(unions.map((group) => [group]))).flat(),
  });
  return {
    ...recommend(merged, headers, options),
    mode: [...new Set(configs.map(({ mode }) => mode))],
    untrackable: untrackable(configs, groups),
    ...(headers.some(isIncomplete) ? { complete: false } : {}),
    ...modelledIn(headers),
  };
}

function modelledIn(headers: readonly TraceHeader[]): { readonly modelled?: string } {
  const models = new Set(headers.map(modelledText).filter((text) => text !== undefined));
  return models.size === 0 ? {} : { modelled: [...models].join("; ") };
}

/** The advice on groups that are counted: a group is recommended by itself, as groups do not touch each other. */
export function recommend(
  merged: readonly Merged[],
  headers: readonly TraceHeader[],
  { questions, sure }: Pick<AdviseOptions, "questions" | "sure">,
): Omit<Advice, "mode" | "untrackable" | "modelled" | "complete"> {
  const [question] = questions;
  const groups = merged
    .map((each) => advised(each, headers, question, sure))
    .toSorted((a, b) => Number(b.recommended) - Number(a.recommended) || a.worth.likely - b.worth.likely);
  const names = new Set(groups.filter(({ recommended }) => recommended).map(({ group }) => group.name));
  const chosen = merged.filter(({ measured }) => names.has(measured.group.name));
  const total = addCounts(...chosen.map(({ measured }) => measured.difference));
  return {
    profile: question.profile.name,
    unit: question.profile.unit,
    nesting: question.nesting,
    groups,
    policy: {
      name: "advised",
      groups: groups.filter(({ recommended }) => recommended).map(({ group }) => group),
      assumeNotHardwareWritten: [],
    },
    worth: worthOf(total, headers, question),
    elsewhere: questions.map((each): Elsewhere => {
      const wanted = merged
        .filter(({ measured }) => isWanted(worthOf(measured.difference, headers, each), sure))
        .map(({ measured }) => measured.group.name);
      return {
        profile: each.profile.name,
        unit: each.profile.unit,
        nesting: each.nesting,
        worth: worthOf(total, headers, each),
        keeps: [...names].filter((name) => wanted.includes(name)),
        drops: [...names].filter((name) => !wanted.includes(name)),
        adds: wanted.filter((name) => !names.has(name)),
      };
    }),
  };
}

const isWanted = ({ likely, sameSign }: Worth, sure: number): boolean => likely < 0 && sameSign >= sure;

function advised(
  { measured, parts }: Merged,
  headers: readonly TraceHeader[],
  question: DrawnQuestion,
  sure: number,
): AdvisedGroup {
  const { group, difference, traps, windows, savesElided, hostSavesElided } = measured;
  const worth = worthOf(difference, headers, question);
  const trapsApart = parts.reduce((sum, part) => sum + part.traps, 0);
  return {
    group,
    traps,
    windows,
    savesElided,
    hostSavesElided,
    trapsApart,
    worth,
    recommended: isWanted(worth, sure),
    reason: reasonOf(worth, sure, {
      traps,
      windows,
      trapsApart,
      parts: parts.length,
      untrapped: cost({ ...difference, ...noTraps }, priceValues(question.profile), question.terms),
    }),
  };
}

/** What comes with traps alone. */
const noTraps = { fastTraps: 0, fullTraps: 0, trapRegisterUpdates: 0, keySwitches: 0 } as const;

function reasonOf(
  { likely, sameSign }: Worth,
  sure: number,
  counted: {
    readonly traps: number;
    readonly windows: number;
    readonly trapsApart: number;
    readonly parts: number;
    /** The cost against eager if no trap had come, with all else as it is. */
    readonly untrapped: number;
  },
): string {
  const { traps, windows, trapsApart, parts, untrapped } = counted;
  if (windows === 0) return "never saved in these windows, so nothing is elided";
  const rate = percent(traps / windows);
  if (untrapped >= 0)
    return `traps in ${rate} of its windows; were traps free, its dirty tests would cost what it elides`;
  if (likely >= 0) return `traps in ${rate} of its windows, and costs no less than it wins`;
  if (sameSign < sure) return `cheaper in ${confidence(sameSign)} of the draws only`;
  if (traps === 0) return "never written here: that the guest writes it at all is not shown";
  return parts === 1
    ? `written in ${rate} of its windows`
    : `written together: ${traps} traps, apart ${trapsApart}`;
}

function worthOf(difference: Counts, headers: readonly TraceHeader[], question: DrawnQuestion): Worth {
  const { profile, terms, draws } = question;
  const { likely, sameSign, quantiles } = spread(difference, profile, draws, terms, [0.05, 0.95]);
  const [p5, p95] = quantiles.map(({ value }) => value);
  return { likely, p5, p95, sameSign, shareOfAll: shareOfAll(headers, profile, likely) };
}
