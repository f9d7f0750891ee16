import { basename } from "node:path";
import { TraplineError } from "../../errors.js";
import {
  adviceSummary,
  adviseCsv,
  adviseMarkdown,
  adviseText,
  type AdviseResult,
} from "../../report/advise.js";
import { advise as adviseOn } from "../../search/advise.js";
import type { MergeRule } from "../../search/candidates.js";
import { policyText } from "../../search/policy-text.js";
import { profilesFrom, profileSources } from "../../search/profiles.js";
import { nestingOf } from "../../prices/terms.js";
import { drawQuestions, questionsOf } from "../../search/questions.js";
import { tool } from "../../version.js";
import {
  choiceOf,
  commas,
  filesOf,
  openingOf,
  readsOf,
  type ConfigArgs,
  type ExitsArgs,
  type JsonArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { damagedOf, openTraces, renamed } from "../open.js";
import { checkApart, checkOutput, emit } from "../output.js";
import { emitForm } from "../result.js";
import type { Session } from "../session.js";

export interface AdviseArgs extends JsonArgs, ExitsArgs, TraceArgs, WorkArgs, ConfigArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly sure: number;
  readonly merge: MergeRule;
  readonly policyOut: string | undefined;
  readonly samples: number;
  readonly format: "text" | "json" | "csv" | "markdown";
}

export async function advise(session: Session, args: AdviseArgs): Promise<void> {
  const work = await openingOf(args);
  const choice = choiceOf(args);
  const { sure, merge, policyOut, seed, samples } = args;
  if (!(sure >= 0 && sure <= 1)) throw new TraplineError("usage", "--sure takes a share from 0 to 1");
  if (policyOut !== undefined && !/\.(?:json|ya?ml)$/i.test(policyOut)) {
    throw new TraplineError("usage", "--policy-out takes a .yaml or .json file, as --policy does");
  }
  const sources = profileSources(commas(args.cost));
  const levels = commas(args.nesting).map(nestingOf);
  if (levels.length === 0) throw new TraplineError("usage", "--nesting names nothing");
  const files = await filesOf(args, { urls: true });
  const reads = readsOf(files, work, args);
  checkApart(["--policy-out", policyOut], ["-o", args.output]);
  checkOutput(policyOut, reads);
  checkOutput(args.output, reads);
  const opened = await openTraces(session, files, work);

  const advice = await renamed(opened, () => {
    const questions = drawQuestions(questionsOf(profilesFrom(sources, opened), levels), seed, samples);
    return adviseOn(
      opened.map(({ path }) => path),
      { choice, questions, sure, merge, threads: work.threads, signal: session.signal },
    );
  });
  const traces = opened.map(({ name }) => basename(name));
  const words = {
    summary: adviceSummary(advice),
    source: `trapline advise on ${traces.join(", ")}, ${advice.profile} prices, nesting ${advice.nesting}${advice.modelled === undefined ? "" : `; modelled: ${advice.modelled}`}`,
  };
  const damaged = await damagedOf(opened, args);
  const result: AdviseResult = {
    schema: "trapline.advise/1",
    tool,
    traces: opened.map(({ name }) => name),
    seed,
    samples,
    sure,
    merge,
    complete: advice.complete !== false,
    ...damaged,
    advice,
    policyFile: policyText(advice.policy, words),
  };
  if (policyOut !== undefined) {
    emit(policyText(advice.policy, words, /\.json$/i.test(policyOut) ? "json" : "yaml"), policyOut);
  }
  emitForm(result, { text: adviseText, markdown: adviseMarkdown, csv: adviseCsv }, args);
}
