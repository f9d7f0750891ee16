import { TraplineError } from "../../errors.js";
import { diffResults, type ResultDiff } from "../../replay/diff.js";
import { readResult } from "../../replay/result-file.js";
import { diffCsv, diffMarkdown, diffText } from "../../report/diff.js";
import { givenName } from "../arguments.js";
import type { JsonArgs, ResultArgs } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { checkFormat } from "../result.js";

export interface DiffArgs extends JsonArgs, Pick<ResultArgs, "format"> {
  readonly a: string;
  readonly b: string;
}

/** Returns the exit status: 1 where the results differ. */
export function diff(args: DiffArgs): number {
  try {
    return compare(args);
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    // 1 says "different", as diff(1) has it: whatever goes wrong ends with the status of wrong usage, 2.
    throw new TraplineError("usage", error.message, error.place, error.remedy);
  }
}

function compare(args: DiffArgs): number {
  checkFormat(args);
  const files = [args.a, args.b].map(givenName);
  if (files.every((file) => file === "-")) {
    throw new TraplineError("usage", "both results are to come from standard input");
  }
  checkOutput(args.output, files);
  const [a, b] = files.map((file) => ({ file, result: readResult(file) }));
  const result = diffResults(a, b);
  if (args.json || args.format === "json") emitJson(result, args.output);
  else emit(textOf(result, args.format), args.output);
  return result.equal ? 0 : 1;
}

function textOf(result: ResultDiff, format: "text" | "csv" | "markdown"): string {
  if (format === "csv") return diffCsv(result);
  return format === "markdown" ? diffMarkdown(result) : diffText(result);
}
