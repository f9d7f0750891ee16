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
  if (files.every((file) => file === "-")) {
    throw new TraplineError("usage", "both results are to come from standard input");
  }
  checkOutput(args.output, files);
  const texts = files.map((file) => ({ file, text: readResultText(file) }));
  const isJson = args.json || args.format === "json";
  if (texts.every(({ text }) => looksLikeVerdict(text))) {
    const [a, b] = texts.map(({ file, text }) => ({ file, verdict: parseVerdict(text, file) }));
    const compared = compareVerdicts(a, b);
    if (isJson) emitJson(compared, args.output);
    else emit(verdictTextOf(compared, args.format), args.output);
    return compared.differ ? 1 : 0;
  }
  const [a, b] = texts.map(({ file, text }) => ({ file, result: parseResult(text, file) }));
  const result = diffResults(a, b);
  if (isJson) emitJson(result, args.output);
  else emit(textOf(result, args.format), args.output);
  return result.equal ? 0 : 1;
}

function verdictTextOf(result: VerdictDiff, format: "text" | "json" | "csv" | "markdown"): string {
  if (format === "csv") return compareCsv(result);
  return format === "markdown" ? compareMarkdown(result) : compareText(result);
}

function textOf(result: ResultDiff, format: "text" | "csv" | "markdown"): string {
  if (format === "csv") return diffCsv(result);
  return format === "markdown" ? diffMarkdown(result) : diffText(result);
}
