#!/usr/bin/env node
import { setMaxListeners } from "node:events";
import yargs from "yargs";
import { TraplineError, formatError, messageOf, type ErrorCode } from "../errors.js";
import { version } from "../version.js";
import type { Run } from "./command.js";
import { completion } from "./commands/completion.js";
import { importCommand } from "./commands/import.js";
import { inspect } from "./commands/inspect.js";
import { merge } from "./commands/merge.js";
import { plan } from "./commands/plan.js";
import { policies } from "./commands/policies.js";
import { registers } from "./commands/registers.js";
import { replay } from "./commands/replay.js";
import { validate } from "./commands/validate.js";
import { ClosedPipe, tell } from "./output.js";
import { createSession } from "./session.js";

/** Every command, in the order of the help. */
const commands = [importCommand, inspect, replay, validate, policies, registers, plan, merge, completion];

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
    // The second one ends at once; either way the scratch folder goes.
    if (stop.signal.aborted) {
      session.scratch.remove();
      process.exit(status);
    }
    stoppedBy = status;
    stop.abort();
  });
}
// A reader that went away is no error: what it wanted, it has.
process.stdout.on("error", () => finish(Exit.ok));

function finish(status: number): never {
  session.scratch.remove();
  process.exit(status);
}

/** Runs a command to its exit status: whatever goes wrong is one line on standard error. */
const run: Run = async (work) => {
  try {
    const status = await work(session);
    finish(typeof status === "number" ? status : Exit.ok);
  } catch (error) {
    if (error instanceof ClosedPipe) finish(Exit.ok);
    if (stop.signal.aborted) {
      tell("trapline: interrupted");
      finish(stoppedBy);
    }
    if (error instanceof TraplineError) {
      tell(`trapline: ${formatError(error)}`);
      finish(exitOf(error.code));
    }
    // A fault of trapline's own: the stack is for whoever mends it.
    const detail =
      process.env["TRAPLINE_DEBUG"] === undefined ? "" : `\n${error instanceof Error ? error.stack : ""}`;
    tell(`trapline: internal error: ${messageOf(error)} (TRAPLINE_DEBUG=1 shows where)${detail}`);
    finish(Exit.failed);
  }
};

const parser = commands
  .reduce((built, command) => command(built, run), yargs(process.argv.slice(2)))
  .scriptName("trapline")
  .usage("$0 <command>\n\nReplays recorded arm64 guests under KVM's system register save and trap policies.")
  .version(version)
  .alias("h", "help")
  .demandCommand(1, "name a command")
  .strict()
  .completion("completion-yargs", false)
  .wrap(Math.min(110, process.stdout.columns ?? 100))
  .exitProcess(false)
  .fail((message, error) => {
    if (error instanceof TraplineError) throw error;
    throw new TraplineError("usage", message ?? messageOf(error), {}, "See `trapline --help`");
  });

try {
  await parser.parseAsync();
} catch (error) {
  if (error instanceof TraplineError) {
    tell(`trapline: ${formatError(error)}`);
    finish(exitOf(error.code));
  }
  tell(`trapline: ${messageOf(error)}`);
  finish(Exit.usage);
}
