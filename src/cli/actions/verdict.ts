import { TraplineError, formatError } from "../../errors.js";
import { loadProfile } from "../../prices/load.js";
import type { Profile } from "../../prices/profile.js";
import { drawPrices, type PriceDraws } from "../../prices/range.js";
import { nestingOf } from "../../prices/terms.js";
import { makePlan } from "../../replay/plan.js";
import { replayPlan } from "../../replay/replay.js";
import { verdictCsv, verdictMarkdown, verdictText, type VerdictResult } from "../../report/verdict.js";
import { measuredActions, recordedName, recordedProfile } from "../../verdict/recorded-profile.js";
import { measureFile } from "../../verdict/recorded.js";
import { priceCounts, type VerdictRow } from "../../verdict/verdict.js";
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
import { openTraces, type TraceFile } from "../open.js";
import { checkOutput, emit, emitJson } from "../output.js";
import type { Session } from "../session.js";

export interface VerdictArgs extends JsonArgs, ConfigsArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly nesting: readonly string[];
  readonly seed: number;
  readonly samples: number;
  readonly format: "text" | "json" | "csv" | "markdown";
}

export async function verdict(session: Session, args: VerdictArgs): Promise<void> {
  const work = workOf(args);
  const asked = await policiesOf(args.policy);
  const eager = await policiesOf(["eager"]);
  const policies = [...eager, ...asked.filter(({ name }) => name !== "eager")];
  const costs = [...new Set(commas(args.cost))];
  const loaded = new Map(
    costs.filter((name) => name !== recordedName).map((name) => [name, loadProfile(name)]),
  );
  const levels = commas(args.nesting).map(nestingOf);
  const choices = choicesOf(args);
  const files = await filesOf(args);
  checkOutput(args.output, files);
  const opened = await openTraces(session, files, work);

  const draws = new Map<Profile, PriceDraws>();
  for (const profile of loaded.values()) draws.set(profile, drawPrices(profile, args.seed, args.samples));
  const rows: VerdictRow[] = [];
  const refused: { what: string; why: string }[] = [];
  for (const file of opened) {
    const profiles: Profile[] = [];
    for (const name of costs) {
      // The prices of a recording are its own: each has another profile of this name.
      await answer(`${file.name}, ${name}`, file, refused, () => {
        const profile = loaded.get(name) ?? recordedProfile(measureFile(file.path, file.name));
        if (!draws.has(profile)) draws.set(profile, drawPrices(profile, args.seed, args.samples));
        profiles.push(profile);
      });
    }
    if (profiles.length === 0) continue;
    for (const choice of choices) {
      const what = `${file.name}, ${choiceText(choice)}`;
      await answer(what, file, refused, async () => {
        const plan = makePlan([file.path], { policies, choice });
        const { threads } = work;
        for await (const counts of replayPlan(plan, { threads, signal: session.signal })) {
          for (const profile of profiles) {
            for (const nesting of levels) {
              await answer(`${what}, ${profile.name}, nesting ${nesting}`, file, refused, () => {
                const named = { ...counts, path: file.name };
                rows.push(...priceCounts(named, profile, nesting, draws.get(profile)!));
              });
            }
          }
        }
      });
    }
  }
  if (rows.length === 0) {
    throw new TraplineError("unsupported", refused.map(({ what, why }) => `${what}: ${why}`).join("; "));
  }
  const result: VerdictResult = {
    schema: "trapline.verdict/1",
    tool,
    seed: args.seed,
    samples: args.samples,
    notes: notesOn([...draws.keys()]),
    rows,
    refused,
  };
  switch (args.json ? "json" : args.format) {
    case "json":
      emitJson(result, args.output);
      break;
    case "csv":
      emit(verdictCsv(result), args.output);
      break;
    case "markdown":
      emit(verdictMarkdown(result), args.output);
      break;
    default:
      emit(verdictText(result), args.output);
  }
}

/** One configuration that cannot be answered does not keep the others from theirs; the result names it. */
async function answer(
  what: string,
  { path, name }: TraceFile,
  refused: { what: string; why: string }[],
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const answerable = error instanceof TraplineError && ["unsupported", "usage"].includes(error.code);
    if (!answerable) throw error;
    refused.push({ what, why: formatError(error).replace(path, name) });
  }
}

function notesOn(profiles: readonly Profile[]): string[] {
  const cycles = profiles.filter(({ unit }) => unit === "cycles").map(({ name }) => name);
  const notes = [
    "Negative: the policy costs less than eager. Prices and their sources: `trapline costs`.",
    "A dirty test is counted for each tracked register and save point, as in the posted patch.",
  ];
  if (cycles.length > 0) {
    notes.push("Shares of all executed take one instruction of the recording for one cycle.");
  }
  for (const profile of profiles.filter(({ name }) => name === recordedName)) {
    const own = measuredActions(profile).join(", ");
    notes.push(`${profile.summary} Its own: ${own}. See \`trapline costs --recorded\`.`);
  }
  if (profiles.some(({ name }) => name === recordedName)) {
    notes.push(
      "Recorded prices are the 10th percentile, median and 90th of what single traps and registers took: how these spread, not how sure their mean is, which totals follow.",
    );
  }
  return notes;
}
