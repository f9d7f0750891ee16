import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { TraplineError } from "../../errors.js";
import { isTrace, traceName } from "../../replay/trace-file.js";
import { importText } from "../../report/import.js";
import { filesOf, readsOf, workOf, type JsonArgs, type TraceArgs, type WorkArgs } from "../args.js";
import { checkOutput, emit, emitJson, isFolder } from "../output.js";
import { importAll } from "../open.js";
import type { Session } from "../session.js";

export interface ImportArgs extends JsonArgs, TraceArgs, WorkArgs {
  readonly compress: number | undefined;
  readonly together: boolean;
}

export async function importRecordings(session: Session, args: ImportArgs): Promise<void> {
  const files = await filesOf(args, { want: "recordings" });
  if (args.together) return importTogether(session, args, files);
  const outputOf = namingOf(files, args.output);
  const jobs = files.map((path) => ({ path, output: outputOf(path) }));
  for (const { path, output } of jobs) {
    checkOutput(output, readsOf(files, {}, args));
    checkJob(path, output, jobs);
  }
  const results = await importAll(session, jobs, workOf(args), levelOf(args.compress));
  const imports = results.map((result, at) => ({ ...jobs[at], ...result }));
  if (args.json) emitJson({ schema: "trapline.import/1", imports });
  else emit(importText(imports));
}

/** What the trace of each recording is called. */
function namingOf(files: readonly string[], output: string | undefined): (path: string) => string {
  const intoFolder = output !== undefined && isFolder(output);
  if (files.includes("-") && (output === undefined || intoFolder)) {
    throw new TraplineError("usage", "a recording from standard input needs -o FILE");
  }
  if (output === undefined) return traceName;
  if (intoFolder) return (path) => join(output, basename(traceName(path)));
  if (files.length > 1) {
    throw new TraplineError(
      "usage",
      "-o takes a folder for several recordings",
      {},
      `Make a folder ${output}`,
    );
  }
  return () => output;
}

/** Files of one recording as one trace. */
async function importTogether(session: Session, args: ImportArgs, files: readonly string[]): Promise<void> {
  if (files.length < 2) throw new TraplineError("usage", "--together takes a host's file and its guests'");
  if (args.output === undefined) throw new TraplineError("usage", "--together needs -o FILE");
  const { output } = args;
  checkOutput(output, readsOf(files, {}, args));
  for (const path of files) checkJob(path, output, [{ output }]);
  const [path, ...together] = files;
  const options = { ...levelOf(args.compress), together };
  const [result] = await importAll(session, [{ path, output }], workOf(args), options);
  const line = { path: files.join(" + "), output, ...result };
  if (args.json) emitJson({ schema: "trapline.import/1", imports: [line] });
  else emit(importText([line]));
}

function levelOf(compress: number | undefined): { readonly level?: number } {
  if (compress === undefined) return {};
  if (Number.isInteger(compress) && compress >= 0 && compress <= 9) return { level: compress };
  throw new TraplineError("usage", "--compress takes 0 to 9");
}

function checkJob(path: string, output: string, jobs: readonly { readonly output: string }[]): void {
  if (jobs.filter((job) => job.output === output).length > 1) {
    throw new TraplineError(
      "usage",
      `two recordings would become ${output}`,
      { file: path },
      "Import one of them by itself, with -o",
    );
  }
  if (isTrace(path)) throw new TraplineError("input", "is a trace already", { file: path });
  const there = statSync(output, { throwIfNoEntry: false });
  if (there?.isFile() === false) {
    throw new TraplineError("output", "is not a file, and a trace cannot be piped", { file: output });
  }
}
