import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { TraplineError } from "../errors.js";
import { packageRoot } from "../package-root.js";
import type { AdviseResult } from "../report/advise.js";
import type { VerdictResult } from "../report/verdict.js";
import type { WorstCaseResult } from "../report/worst-case.js";
import type { ReplayResult } from "../replay/result.js";
import type { ValidateResult } from "../replay/validate.js";
import type { RecordedCosts } from "./recorded-costs.js";

/** What the commands print as JSON, by the name of its schema. */
interface Results {
  readonly "trapline.verdict/1": VerdictResult;
  readonly "trapline.replay/1": ReplayResult;
  readonly "trapline.validate/1": ValidateResult;
  readonly "trapline.advise/1": AdviseResult;
  readonly "trapline.worst-case/1": WorstCaseResult;
  readonly "trapline.recorded-costs/1": RecordedCosts;
}

/** Runs trapline's own commands, the very ones that the study prints: a reader who repeats one finds its figures. */
export interface Asker {
  /** The commands so far, without the program's name and without `--json`. */
  readonly commands: readonly (readonly string[])[];
  verdict(...args: readonly string[]): Promise<VerdictResult>;
  replay(...args: readonly string[]): Promise<ReplayResult>;
  validate(...args: readonly string[]): Promise<ValidateResult>;
  advise(...args: readonly string[]): Promise<AdviseResult>;
  worstCase(...args: readonly string[]): Promise<WorstCaseResult>;
  recordedCosts(...args: readonly string[]): Promise<RecordedCosts>;
}

// The program that users run: it starts faster than its modules one by one.
const program = fileURLToPath(new URL("dist/bundle/bin/trapline.js", packageRoot));
const run = promisify(execFile);

/** Runs a command of trapline in a folder and returns what it printed. Throws `input` with its message where it fails. */
export async function trapline(folder: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(process.execPath, [program, ...args], { cwd: folder, maxBuffer: 1 << 28 });
    return stdout;
  } catch (error) {
    const stderr = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    // `validate` says by its exit status that there are differences: that is an answer.
    if (error instanceof Error && stderr === "" && "stdout" in error && error.stdout !== "") {
      return String(error.stdout);
    }
    const why = stderr === "" ? String(error) : stderr;
    throw new TraplineError("input", `\`trapline ${args.join(" ")}\` failed: ${why}`);
  }
}

/** Asks in the folder of the recordings. `more` goes with each `verdict`: a test asks for fewer draws. */
export function createAsker(folder: string, more: readonly string[] = []): Asker {
  const commands: (readonly string[])[] = [];
  async function ask<S extends keyof Results>(schema: S, args: readonly string[]): Promise<Results[S]> {
    commands.push(args);
    // Our own output, of the same version: its form is held by the program that wrote it.
    const result: Results[S] & { readonly schema: string } = JSON.parse(
      await trapline(folder, [...args, "--json"]),
    );
    if (result.schema !== schema) throw new RangeError(`${args.join(" ")} gave ${result.schema}`);
    return result;
  }
  return {
    commands,
    verdict: (...args) => ask("trapline.verdict/1", ["verdict", ...args, ...more]),
    replay: (...args) => ask("trapline.replay/1", ["replay", ...args]),
    validate: (...args) => ask("trapline.validate/1", ["validate", ...args]),
    advise: (...args) => ask("trapline.advise/1", ["advise", ...args]),
    worstCase: (...args) => ask("trapline.worst-case/1", ["worst-case", ...args]),
    recordedCosts: (...args) => ask("trapline.recorded-costs/1", ["costs", "--recorded", ...args]),
  };
}
