import { TraplineError } from "../../errors.js";
import { loadProfile, profileNames } from "../../prices/load.js";
import type { Profile } from "../../prices/profile.js";
import { diffHtml } from "../../report/html/diff-report.js";
import type { ReportData, InputFile } from "../../report/html/report-data.js";
import { reportHtml } from "../../report/html/report.js";
import { parseResultPart, type ResultPart } from "../../report/html/results.js";
import { readResultText } from "../../replay/result-file.js";
import { tool } from "../../version.js";
import { givenName } from "../arguments.js";
import { fileOf } from "../checksum.js";
import { checkOutput, emit } from "../output.js";
import type { Session } from "../session.js";
import { diffParts } from "./diff.js";
import { reportOfTraces, type ReportArgs } from "./report-traces.js";

/** A result is told by its name: a trace and a recording are called otherwise. */
const isResult = (name: string): boolean => /\.json$/i.test(name);

export async function report(session: Session, args: ReportArgs): Promise<void> {
  if ((args.output === undefined || args.output === "-") && process.stdout.isTTY) {
    throw new TraplineError("usage", "a page is not for a terminal", {}, "Name a file: -o report.html");
  }
  const given = args.trace.map(givenName);
  if (args.diff) {
    if (given.length !== 2 || args.manifest !== undefined) {
      throw new TraplineError("usage", "--diff takes two results, the one before and the one after");
    }
    checkOutput(args.output, given);
    const files = given.map((name) => fileOf(name, "result"));
    emit(diffHtml(diffParts(given), files, tool), args.output);
    return;
  }
  const results = given.filter(isResult);
  const traces = args.trace.filter((name) => !isResult(givenName(name)));
  checkOutput(args.output, results);
  const parts = results.map((name) => ({ name, part: parseResultPart(readResultText(name), name) }));
  const isAlone = traces.length === 0 && args.manifest === undefined && parts.length > 0;
  const data = isAlone ? empty : await reportOfTraces(session, { ...args, trace: traces });
  emit(reportHtml(parts.length === 0 ? data : withResults(data, parts)), args.output);
}

const empty: ReportData = {
  tool,
  verdict: undefined,
  replays: [],
  timelines: [],
  validations: [],
  exits: [],
  exitTimes: [],
  provenance: { files: [], traces: [], profiles: [], refused: [] },
  missing: [],
};

interface NamedPart {
  readonly name: string;
  readonly part: ResultPart;
}

/** What results give beside what traces gave. */
function withResults(data: ReportData, parts: readonly NamedPart[]): ReportData {
  const verdicts = parts.flatMap(({ part }) => (part.kind === "verdict" ? [part.verdict] : []));
  const all = [...(data.verdict === undefined ? [] : [data.verdict]), ...verdicts];
  const [first] = all;
  const replays = [
    ...data.replays,
    ...parts.flatMap(({ part }) => (part.kind === "replay" ? [part.replay] : [])),
  ];
  const validations = [
    ...data.validations,
    ...parts.flatMap(({ part }) => (part.kind === "validate" ? [part.validation] : [])),
  ];
  const exits = [...data.exits, ...parts.flatMap(({ part }) => (part.kind === "inspect" ? part.exits : []))];
  const files: InputFile[] = parts.map(({ name, part }) => fileOf(name, `result of ${part.kind}`));
  const lacks = (section: string, isThere: boolean, command: string): ReportData["missing"] =>
    isThere
      ? []
      : [
          {
            section,
            why: `these results do not hold it; give the trace itself, or the result of \`${command}\``,
          },
        ];
  return {
    ...data,
    verdict:
      first === undefined
        ? undefined
        : {
            ...first,
            rows: all.flatMap(({ rows }) => rows),
            writeRates: all.flatMap(({ writeRates = [] }) => writeRates),
            pooled: all.flatMap(({ pooled }) => pooled),
            notes: [...new Set(all.flatMap(({ notes }) => notes))],
            refused: all.flatMap(({ refused }) => refused),
          },
    replays,
    validations,
    exits,
    provenance: {
      ...data.provenance,
      files: [...data.provenance.files, ...files],
      profiles: [...data.provenance.profiles, ...namedProfiles(verdicts, data.provenance.profiles)],
      refused: [...data.provenance.refused, ...verdicts.flatMap(({ refused }) => refused)],
    },
    missing: [
      ...data.missing,
      ...lacks("Costs and break-even map", first !== undefined, "trapline verdict --json"),
      ...lacks("Registers", replays.length > 0, "trapline replay --json"),
      ...lacks("Recorded kernel", validations.length > 0, "trapline validate --json"),
      ...lacks("Exit reasons", exits.length > 0, "trapline inspect --json"),
      ...(data.timelines.length > 0
        ? []
        : [{ section: "Timeline", why: "it is made of a trace's events; give the trace itself" }]),
    ],
  };
}

/** A verdict names its profiles; those that are installed are shown with their prices. */
function namedProfiles(
  verdicts: readonly Pick<NonNullable<ReportData["verdict"]>, "rows" | "writeRates">[],
  known: readonly Profile[],
): Profile[] {
  const names = new Set(
    verdicts.flatMap(({ rows, writeRates = [] }) => [...rows, ...writeRates].map(({ profile }) => profile)),
  );
  const installed = profileNames();
  return [...names]
    .filter((name) => installed.includes(name) && known.every((profile) => profile.name !== name))
    .map(loadProfile);
}
