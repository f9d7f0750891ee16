import { TraplineError } from "../errors.js";
import type { ReplayResult } from "../replay/result.js";
import { replayCsv, replayMarkdown, replayText } from "../report/replay.js";
import { replayDrawing } from "../report/terminal/drawings.js";
import type { ResultArgs } from "./args.js";
import { emit, emitJson } from "./output.js";
import { withDrawing } from "./terminal.js";

/** Refuses two forms at once. */
export function checkFormat({ json, format }: Pick<ResultArgs, "json" | "format">): void {
  if (!json || format === "text" || format === "json") return;
  throw new TraplineError("usage", `--json and --format ${format} are two forms: name one`);
}

/** Prints the result of a replay in the form that was asked for. */
export function emitResult(
  result: ReplayResult,
  args: Pick<ResultArgs, "json" | "format" | "registers" | "output">,
): void {
  const { registers, output } = args;
  switch (args.json ? "json" : args.format) {
    case "json":
      emitJson(result, output);
      break;
    case "csv":
      emit(replayCsv(result), output);
      break;
    case "markdown":
      emit(replayMarkdown(result, { registers }), output);
      break;
    default:
      emit(
        withDrawing(replayText(result, { registers }), output, (terminal) => replayDrawing(result, terminal)),
        output,
      );
  }
}

/** The forms of a result that is no plain replay. */
export interface Forms<T> {
  readonly text: (result: T) => string;
  readonly markdown: (result: T) => string;
  readonly csv: (result: T) => string;
}

/** Prints a result in the form that was asked for. */
export function emitForm<T>(
  result: T,
  { text, markdown, csv }: Forms<T>,
  { json, format, output }: Pick<ResultArgs, "json" | "format" | "output">,
): void {
  switch (json ? "json" : format) {
    case "json":
      emitJson(result, output);
      break;
    case "csv":
      emit(csv(result), output);
      break;
    case "markdown":
      emit(markdown(result), output);
      break;
    default:
      emit(text(result), output);
  }
}
