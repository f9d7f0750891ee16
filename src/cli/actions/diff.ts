import { TraplineError } from "../../errors.js";
import { diffResults, type ResultDiff } from "../../replay/diff.js";
import { parseResult, readResultText } from "../../replay/result-file.js";
import { compareCsv, compareMarkdown, compareText } from "../../report/compare.js";
import { diffCsv, diffMarkdown, diffText } from "../../report/diff.js";
import { compareVerdicts, type VerdictDiff } from "../../verdict/compare.js";
import { looksLikeVerdict, parseVerdict } from "../../verdict/verdict-file.js";
import { givenName } from "../arguments.js";
import type { JsonArgs, ResultArgs } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { checkFormat } from "../result.js";

export interface DiffArgs extends JsonArgs, Pick<ResultArgs, "format"> {
  readonly a: string;
  readonly b: string;
}

/** Returns the exit status: 1 where the results differ, two verdicts by more than noise. */
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
  checkOutput(args.output, files);
  const result = diffParts(files);
  const isJson = args.json || args.format === "json";
  if (isJson) emitJson(result, args.output);
  else if (result.schema === "trapline.diff/1") emit(textOf(result, args.format), args.output);
  else emit(verdictTextOf(result, args.format), args.output);
  return (result.schema === "trapline.diff/1" ? result.equal : !result.differ) ? 0 : 1;
}

/** What changed from one file to another: counts of two replays, or rates of two verdicts. */
export function diffParts(files: readonly string[]): ResultDiff | VerdictDiff {
  if (files.every((file) => file === "-")) {
    throw new TraplineError("usage", "both results are to come from standard input");
  }
  const texts = files.map((file) => ({ file, text: readResultText(file) }));
  if (texts.every(({ text }) => looksLikeVerdict(text))) {
    const [a, b] = texts.map(({ file, text }) => ({ file, verdict: parseVerdict(text, file) }));
    return compareVerdicts(a, b);
  }
  const [a, b] = texts.map(({ file, text }) => ({ file, result: parseResult(text, file) }));
  return diffResults(a, b);
}

function verdictTextOf(result: VerdictDiff, format: DiffArgs["format"]): string {
  if (format === "csv") return compareCsv(result);
  return format === "markdown" ? compareMarkdown(result) : compareText(result);
}

function textOf(result: ResultDiff, format: DiffArgs["format"]): string {
  if (format === "csv") return diffCsv(result);
  return format === "markdown" ? diffMarkdown(result) : diffText(result);
}
