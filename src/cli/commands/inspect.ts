import type { Command } from "../command.js";
import { withCorrupt, withExits, withJson, withTraces, withWork } from "../options.js";

export const inspect: Command = (yargs, run) =>
  yargs.command(
    "inspect [trace..]",
    "Show what a trace holds: contexts, windows, exits by reason, accesses, capabilities",
    (y) => withExits(withCorrupt(withWork(withTraces(withJson(y))))),
    (args) => run(async (session) => (await import("../actions/inspect.js")).inspect(session, args)),
  );
