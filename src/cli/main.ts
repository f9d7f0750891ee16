#!/usr/bin/env node
import { setMaxListeners } from "node:events";
import yargs from "yargs";
import { TraplineError, formatError, messageOf, type ErrorCode } from "../errors.js";
import { version } from "../version.js";
import { badSwitch, givenTwice, onceNamed, plainWords } from "./arguments.js";
import type { Command, Run } from "./command.js";
import { advise } from "./commands/advise.js";
import { check } from "./commands/check.js";
import { completion } from "./commands/completion.js";
import { costs } from "./commands/costs.js";
import { diff } from "./commands/diff.js";
import { exportCommand } from "./commands/export.js";
import { generate } from "./commands/generate.js";
import { importCommand } from "./commands/import.js";
import { inspect } from "./commands/inspect.js";
import { join } from "./commands/join.js";
import { merge } from "./commands/merge.js";
import { plan } from "./commands/plan.js";
import { policies } from "./commands/policies.js";
import { registers } from "./commands/registers.js";
import { replay } from "./commands/replay.js";
import { report } from "./commands/report.js";
import { sweep } from "./commands/sweep.js";
import { validate } from "./commands/validate.js";
import { verdict } from "./commands/verdict.js";
import { verify } from "./commands/verify.js";
import { worker } from "./commands/worker.js";
import { worstCase } from "./commands/worst-case.js";
import { ClosedPipe, tell } from "./output.js";
import { createSession } from "./session.js";

/** Every command by its name, in the order of the help. */
const commands: Readonly<Record<string, Command>> = {
  import: importCommand,
  inspect,
  check,
  replay,
  verdict,
  advise,
  sweep,
  "worst-case": worstCase,
  report,
  diff,
  validate,
  generate,
  verify,
  export: exportCommand,
  policies,
  registers,
  costs,
  join,
  plan,
  merge,
  worker,
  completion,
};

const Exit = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

const exitOf = (code: ErrorCode): number =>
  code === "usage" ? Exit.usage : code === "interrupted" ? Exit.interrupted : Exit.failed;

const stop = new AbortController();
setMaxListeners(0, stop.signal);
let stoppedBy: number = Exit.interrupted;
const session = createSession(stop.signal);

for (const [signal, status] of [
  ["SIGINT", Exit.interrupted],
  ["SIGTERM", Exit.terminated],
] as const) {
  process.on(signal, () => {
    // The second one ends at once; either way the scratch folders go.
    if (stop.signal.aborted) finish(status);
    stoppedBy = status;
    stop.abort();
  });
}
// A reader that went away is no error: what it wanted, it has.
process.stdout.on("error", () => finish(Exit.ok));

function finish(status: number): never {
  try {
    session.scratch.remove();
  } catch (error) {
    tell(`trapline: a temporary folder is left: ${messageOf(error)}`);
  }
  process.exit(status);
}

/** Says what went wrong as one line, whatever a file is called. */
function fail(error: TraplineError): never {
  const line = formatError(error).replace(/\s*[\r\n]\s*/g, " ");
  tell(`trapline: ${line.replace(/\p{Cc}/gu, "?")}`);
  finish(exitOf(error.code));
}

type Work = Parameters<Run>[0];

/** The work of the command that was named. */
let named: Work | undefined;
/** Yargs makes up a command's help, for 20 ms, as soon as its handler returns: so it does not return. */
const handedOver = new Error("the work is done outside yargs");
const run: Run = (work) => {
  named = work;
  throw handedOver;
};

/** Runs a command to its exit status: whatever goes wrong is one line on standard error. */
async function finishWork(work: Work): Promise<void> {
  try {
    const status = await work(session);
    finish(typeof status === "number" ? status : Exit.ok);
  } catch (error) {
    if (error instanceof ClosedPipe) finish(Exit.ok);
    if (stop.signal.aborted) {
      tell(
        `trapline: ${error instanceof TraplineError && error.code === "interrupted" ? error.message : "interrupted"}`,
      );
      finish(stoppedBy);
    }
    if (error instanceof TraplineError) fail(error);
    // A fault of trapline's own: the stack is for whoever mends it.
    const detail =
      process.env["TRAPLINE_DEBUG"] === undefined ? "" : `\n${error instanceof Error ? error.stack : ""}`;
    tell(`trapline: internal error: ${messageOf(error)} (TRAPLINE_DEBUG=1 shows where)${detail}`);
    finish(Exit.failed);
  }
}

const words = plainWords(process.argv.slice(2));

/** The command that was named: no option comes before it that takes a value. */
const command = words.find((word) => !word.startsWith("-"));

function usageError(message: string): TraplineError {
  const isKnown = command !== undefined && Object.hasOwn(commands, command);
  const what = command === undefined || isKnown ? message : `there is no command "${command}"`;
  const help = isKnown ? `trapline ${command} --help` : "trapline --help";
  return new TraplineError("usage", what, {}, `See \`${help}\``);
}

const parser = Object.values(commands)
  .reduce((built, each) => each(built, run), yargs(words))
  .scriptName("trapline")
  .usage("$0 <command>\n\nReplays recorded arm64 guests under KVM's system register save and trap policies.")
  // One language, whatever that of the terminal is: the rest of the text has no other.
  .locale("en")
  .updateStrings({
    "Invalid values:": "Invalid value:",
    "Argument: %s, Given: %s, Choices: %s": "%s is %s, and can be %s",
  })
  .version(version)
  .alias("h", "help")
  .demandCommand(1, "name a command")
  .strict()
  .check((values) => {
    const twice = givenTwice(values, command);
    if (twice !== undefined) throw usageError(`--${twice} is given twice`);
    const bad = badSwitch(words);
    if (bad !== undefined) throw usageError(`${bad}: it is on or off, and takes no value`);
    return true;
  })
  .completion("completion-yargs", false)
  .wrap(Math.min(110, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    if (error instanceof TraplineError || error === handedOver) throw error;
    throw usageError(onceNamed(message ?? messageOf(error)));
  });

try {
  await parser.parseAsync();
} catch (error) {
  if (error !== handedOver) fail(error instanceof TraplineError ? error : usageError(messageOf(error)));
}
if (named !== undefined) await finishWork(named);
