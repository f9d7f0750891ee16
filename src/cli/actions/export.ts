import { TraplineError } from "../../errors.js";
import { perfetto } from "../../export/perfetto.js";
import { formOf } from "../../export/registry.js";
import { tarmac } from "../../export/tarmac.js";
import { withMark, type Table } from "../../export/table.js";
import { countTable } from "../../export/tables/counts.js";
import { eventTable } from "../../export/tables/events.js";
import { windowTable } from "../../export/tables/windows.js";
import { parseInterval } from "../../replay/interval-length.js";
import { makeIntervalResult, type TraceSeries } from "../../replay/interval-result.js";
import { countIntervals } from "../../replay/intervals.js";
import { refOf } from "../../replay/policy-ref.js";
import { parseResult, readResultText } from "../../replay/result-file.js";
import { openTrace, type Trace } from "../../trace/reader.js";
import { modelledText } from "../../trace/modelled.js";
import { tool } from "../../version.js";
import {
  choiceOf,
  filesOf,
  policiesOf,
  readsOf,
  refuseBeside,
  workOf,
  type ConfigArgs,
  type OutputArgs,
  type PolicyArgs,
  type TraceArgs,
  type WorkArgs,
} from "../args.js";
import { checkOutput, emitPieces, tell } from "../output.js";
import { openTraces, renamed } from "../open.js";
import type { Session } from "../session.js";

export interface ExportArgs extends OutputArgs, TraceArgs, WorkArgs, ConfigArgs, PolicyArgs {
  readonly format: string;
  readonly table: string | undefined;
  readonly interval: string;
}

/** Forms of a trace that are no tables. */
const wholeTraces: readonly string[] = ["perfetto", "tarmac"];

export async function exportTrace(session: Session, args: ExportArgs): Promise<void> {
  const files = await filesOf(args, { urls: true });
  if (files.length > 1) {
    throw new TraplineError("usage", "export gives one file back at a time", {}, "Export them one by one");
  }
  const isWhole = wholeTraces.includes(args.format);
  if (isWhole && args.table !== undefined) {
    throw new TraplineError("usage", `--format ${args.format} holds no rows, and --table names some`);
  }
  if (args.format !== "perfetto") {
    const { mode, kernel, features, policy } = args;
    refuseBeside(`--format ${args.format}`, [
      ["--policy", policy !== undefined],
      ["--mode", mode !== undefined],
      ["--kernel", kernel !== "recorded"],
      ["--features", features !== undefined],
    ]);
  }
  const [file] = files;
  checkOutput(args.output, readsOf(files, {}, args));
  const isResult = /\.json$/i.test(file);
  const table = args.table ?? (isResult ? "counts" : "events");
  const needsResult = !isWhole && table === "counts";
  if (needsResult !== isResult) {
    throw new TraplineError(
      "usage",
      needsResult
        ? "counts are those of a result, and this is a recording or a trace"
        : "is taken for a result, which holds counts and no more",
      { file },
      "`trapline replay --json -o result.json` makes a result, of which the name ends in .json",
    );
  }
  if (isResult) await emitTable(session, args, countTable(parseResult(readResultText(file), file)));
  else await exportEvents(session, args, file, table);
}

async function exportEvents(session: Session, args: ExportArgs, file: string, table: string): Promise<void> {
  const opened = await openTraces(session, [file], workOf(args));
  await renamed(opened, async () => {
    const [{ path }] = opened;
    const series = args.format === "perfetto" ? await seriesOf(session, args, path) : undefined;
    const trace = openTrace(path);
    try {
      if (args.format === "perfetto") await emitChunks(session, args, perfetto(trace, series));
      else if (args.format === "tarmac") await emitChunks(session, args, tarmac(trace));
      else await emitTable(session, args, tableOf(trace, table));
    } finally {
      trace.close();
    }
  });
}

const tableOf = (trace: Trace, table: string): Table =>
  withMark(table === "windows" ? windowTable(trace) : eventTable(trace), modelledText(trace.header));

async function emitTable(session: Session, args: ExportArgs, table: Table): Promise<void> {
  const form = await formOf(args.format);
  if (form === undefined) throw new TraplineError("usage", `there is no format ${args.format}`);
  await emitChunks(session, args, form.chunks(table));
}

const emitChunks = (
  { signal }: Session,
  { output }: ExportArgs,
  chunks: Iterable<string | Uint8Array>,
): Promise<void> =>
  emitPieces(chunks, output, () => {
    if (signal.aborted) throw new TraplineError("interrupted", "interrupted");
  });

/** The counters; a trace that cannot answer the usual policies is drawn without, policies that were named are refused. */
async function seriesOf(session: Session, args: ExportArgs, path: string): Promise<TraceSeries | undefined> {
  const policies = (await policiesOf(args.policy)).map(refOf);
  const length = parseInterval(args.interval);
  if (length.kind === "windows") {
    throw new TraplineError("usage", "a picture over time takes intervals of time, not of windows");
  }
  try {
    const { signal } = session;
    const counted = await countIntervals(path, policies, choiceOf(args), length, { signal });
    return makeIntervalResult([counted], args.interval, tool).traces[0];
  } catch (error) {
    const isRefused = error instanceof TraplineError && error.code === "unsupported";
    if (!isRefused || args.policy !== undefined) throw error;
    tell(`trapline: no counters of policies: ${error.message}`);
    return undefined;
  }
}
