import { loadProfile } from "../prices/load.js";
import { tool } from "../version.js";
import { createAsker, trapline, type Asker } from "./ask.js";
import type { Answered, Question } from "./question.js";
import { recordingNames, traceOf } from "./recordings.js";

/** A recording as its trace describes itself. */
export interface StudiedRecording {
  readonly name: string;
  readonly mode: string;
  readonly lines: number;
  readonly events: number;
  readonly vcpus: number;
  readonly guestExits: number;
  readonly windows: number;
}

export interface Study {
  readonly tool: string;
  /** Whether the recordings are whole, or the cuts that come with the source. */
  readonly whole: boolean;
  readonly recordings: readonly StudiedRecording[];
  /** The prices that are asked for: name, hardware, and what of it was measured. */
  readonly prices: readonly { readonly name: string; readonly summary: string; readonly measured: string }[];
  readonly answers: readonly Answered[];
}

interface Inspection {
  readonly traces: readonly {
    readonly mode: string;
    readonly events: number;
    readonly vcpus: readonly unknown[];
    readonly source: { readonly lines: number };
  }[];
}

export interface StudyOptions {
  readonly whole: boolean;
  /** Goes with each `verdict`. */
  readonly more?: readonly string[];
  /** Told each question before it is asked. */
  readonly progress?: (title: string) => void;
}

/** Asks each question in a folder with the recordings as traces. Answers depend on them alone. */
export async function makeStudy(
  folder: string,
  questions: readonly Question[],
  { whole, more = [], progress = () => undefined }: StudyOptions,
): Promise<Study> {
  const recordings = await describe(folder);
  const answers: Answered[] = [];
  const rest = questions.entries();
  // Two at a time: beginning and end of each command have work for one core alone.
  await Promise.all(
    [0, 1].map(async () => {
      for (const [at, question] of rest) {
        progress(question.title);
        answers[at] = await answered(question, createAsker(folder, more));
      }
    }),
  );
  return { tool, whole, recordings, prices: pricesOf(answers), answers };
}

async function answered(question: Question, ask: Asker): Promise<Answered> {
  const answer = await question.answer(ask);
  const { id, title, raised } = question;
  const words = ask.commands.flat();
  return {
    id,
    title,
    raised,
    recordings: recordingNames.filter((name) => words.includes(traceOf(name))),
    commands: ask.commands.map((args) => `trapline ${args.join(" ")}`),
    ...answer,
  };
}

async function describe(folder: string): Promise<StudiedRecording[]> {
  const traces = recordingNames.map(traceOf);
  const inspected: Inspection = JSON.parse(await trapline(folder, ["inspect", ...traces, "--json"]));
  const all: StudiedRecording[] = [];
  for (const [at, name] of recordingNames.entries()) {
    const { mode, events, vcpus, source } = inspected.traces[at];
    // Traces of two modes have no counts together.
    const replayed = await createAsker(folder).replay(traceOf(name), "-p", "eager");
    const [{ guestExits, windows }] = replayed.traces;
    all.push({ name, mode, lines: source.lines, events, vcpus: vcpus.length, guestExits, windows });
  }
  return all;
}

function pricesOf(answers: readonly Answered[]): Study["prices"] {
  const asked = answers.flatMap(({ commands }) =>
    commands.flatMap((command) => {
      const [, names = "neoverse-n1"] = / --cost (\S+)/.exec(command) ?? [];
      return names.split(",");
    }),
  );
  return [...new Set(asked)]
    .filter((name) => name !== "recorded")
    .map((name) => {
      const { summary, prices } = loadProfile(name);
      const all = Object.values(prices);
      const measured = all.filter(({ basis }) => basis === "measured").length;
      return { name, summary, measured: `${measured} of ${all.length}` };
    });
}
