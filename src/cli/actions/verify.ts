import { basename } from "node:path";
import { TraplineError } from "../../errors.js";
import { builtinPolicies } from "../../policies/registry.js";
import { nestingOf } from "../../prices/terms.js";
import {
  makeVerifyResult,
  verifyCsv,
  verifyMarkdown,
  verifyText,
  type VerifyResult,
} from "../../report/verify.js";
import { shortestOf } from "../../verify/shortest.js";
import { isSound, verify, type Verified } from "../../verify/verify.js";
import { whatIfNamed, whatIfs } from "../../verify/what-if.js";
import { tool } from "../../version.js";
import { choicesOf, commas, policiesOf, readsOf } from "../args.js";
import { checkOutput, tell } from "../output.js";
import { createProgress } from "../progress.js";
import { checkFormat, emitForm } from "../result.js";
import type { Session } from "../session.js";

export interface VerifyArgs {
  readonly policy: readonly string[];
  readonly whatIf: readonly string[] | undefined;
  readonly mode: readonly string[];
  readonly kernel: readonly string[];
  readonly nesting: readonly string[];
  readonly features: string | undefined;
  readonly output: string | undefined;
  readonly json: boolean;
  readonly format: "text" | "json" | "csv" | "markdown";
  readonly progress: boolean;
}

/** Returns the exit status: 1 when a policy is not sound. */
export async function verifyCommand({ signal }: Session, args: VerifyArgs): Promise<number> {
  checkFormat(args);
  const { output, policy, features } = args;
  const asked = commas(args.whatIf ?? []);
  const policies = policy.length === 0 ? builtinPolicies : await policiesOf(policy);
  checkOutput(output, readsOf([], {}, { policy }));
  const choices = choicesOf({ mode: args.mode, kernel: args.kernel, features });
  const bar = createProgress("verifying", args.progress);
  let rows: Verified[];
  try {
    rows = await verify(
      {
        policies,
        modes: [...new Set(choices.flatMap(({ mode }) => (mode === undefined ? [] : [mode])))],
        kernels: commas(args.kernel),
        nestings: commas(args.nesting).map(nestingOf),
        ...(features === undefined ? {} : { features: commas([features]) }),
        whatIfs: asked.includes("all") ? whatIfs : asked.map(whatIfNamed),
      },
      { signal, onProgress: bar.update },
    );
  } finally {
    bar.end();
  }
  if (rows.length === 0) {
    throw new TraplineError("usage", "no policy has what these what-ifs are about");
  }
  const result = makeVerifyResult(rows, tool, await traceOf(rows, output));
  const names = commas(policy);
  const given = new Map(policies.map(({ name }, at) => [name, names[at] ?? name]));
  const text = (each: VerifyResult): string => verifyText(each, (name) => given.get(name) ?? name);
  const forms = { text, markdown: verifyMarkdown, csv: verifyCsv };
  emitForm(result, forms, { json: args.json, format: args.format, output: undefined });
  return result.sound ? 0 : 1;
}

async function traceOf(
  rows: readonly Verified[],
  output: string | undefined,
): Promise<VerifyResult["trace"]> {
  if (output === undefined) return null;
  const row = rows.findIndex((each) => !isSound(each));
  if (row < 0) {
    tell(`trapline: ${output} is not written: nothing is lost`);
    return null;
  }
  const shown = shortestOf(rows[row]);
  if (shown === undefined) return null;
  const { writeCounterexample } = await import("../../verify/trace.js");
  const { world, finding } = shown;
  return { path: output, row, events: writeCounterexample(output, world, finding, basename(output)) };
}
