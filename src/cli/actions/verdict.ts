import { TraplineError, formatError } from "../../errors.js";
import { loadProfile } from "../../prices/load.js";
import type { Nesting, Profile } from "../../prices/profile.js";
import { drawPrices } from "../../prices/range.js";
import type { ConfigChoice } from "../../replay/config.js";
import { makePlan } from "../../replay/plan.js";
import { replayPlan } from "../../replay/replay.js";
import { verdictCsv, verdictMarkdown, verdictText, type VerdictResult } from "../../report/verdict.js";
import { priceCounts, type VerdictRow } from "../../verdict/verdict.js";
import { tool } from "../../version.js";
import {
  commas,
  filesOf,
  policiesOf,
  workOf,
  type JsonArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { openTraces, type TraceFile } from "../open.js";
import { emit, emitJson } from "../output.js";
import type { Session } from "../session.js";

export interface VerdictArgs extends JsonArgs, TraceArgs, WorkArgs, PolicyArgs {
  readonly cost: readonly string[];
  readonly mode: readonly string[] | undefined;
  readonly kernel: readonly string[];
  readonly nesting: readonly string[];
  readonly features: string | undefined;
  readonly seed: number;
  readonly samples: number;
  readonly format: "text" | "json" | "csv" | "markdown";
}

const nestings: readonly Nesting[] = ["none", "l2", "l2-nv2"];

export async function verdict(session: Session, args: VerdictArgs): Promise<void> {
  const work = workOf(args);
  const asked = await policiesOf(args.policy);
  const eager = await policiesOf(["eager"]);
  const policies = [...eager, ...asked.filter(({ name }) => name !== "eager")];
  const profiles = commas(args.cost).map(loadProfile);
  const levels = commas(args.nesting).map(nestingOf);
  const choices = choicesOf(args);
  const opened = await openTraces(session, await filesOf(args), work);

  const draws = new Map(profiles.map((profile) => [profile, drawPrices(profile, args.seed, args.samples)]));
  const rows: VerdictRow[] = [];
  const refused: { what: string; why: string }[] = [];
  for (const file of opened) {
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
    notes: notesOn(profiles),
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

function choicesOf({ mode, kernel, features }: VerdictArgs): ConfigChoice[] {
  const modes = mode === undefined ? [undefined] : commas(mode).map(modeOf);
  return modes.flatMap((each) =>
    commas(kernel).map((version) => ({
      kernel: version,
      ...(each === undefined ? {} : { mode: each }),
      ...(features === undefined ? {} : { features: commas([features]) }),
    })),
  );
}

const choiceText = ({ mode, kernel }: ConfigChoice): string =>
  `mode ${mode ?? "as recorded"}, kernel ${kernel ?? "recorded"}`;

function modeOf(text: string): "vhe" | "nvhe" {
  if (text === "vhe" || text === "nvhe") return text;
  throw new TraplineError("usage", `--mode takes vhe and nvhe, not "${text}"`);
}

function nestingOf(text: string): Nesting {
  const found = nestings.find((each) => each === text);
  if (found === undefined)
    throw new TraplineError("usage", `--nesting takes ${nestings.join(", ")}, not "${text}"`);
  return found;
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
  return notes;
}
