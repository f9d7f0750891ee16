import type { Command } from "../command.js";
import { withJson, withTraces } from "../options.js";

export const check: Command = (yargs, run) =>
  yargs.command(
    "check [trace..]",
    "Verify traces whole: checksums, counts, windows against events, capabilities, invariants",
    (y) =>
      withTraces(withJson(y), "Traces, folders of them, patterns")
        .option("threads", {
          alias: "j",
          type: "number",
          nargs: 1,
          defaultDescription: "one per core",
          describe: "Worker threads: a trace is one's work",
        })
        .option("progress", { type: "boolean", default: true, describe: "Show progress on a terminal" })
        .example("$0 check traces/", "every trace in a folder; exit status 1 if something is wrong with one"),
    (args) => run(async (session) => (await import("../actions/check.js")).check(session, args)),
  );
