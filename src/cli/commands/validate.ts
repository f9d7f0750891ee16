import type { Command } from "../command.js";
import { withCorrupt, withJson, withWork } from "../options.js";

export const validate: Command = (yargs, run) =>
  yargs.command(
    "validate <trace>",
    "Compare the model with what the recorded kernel itself saved, restored and trapped",
    (y) =>
      withCorrupt(withWork(withJson(y)))
        .positional("trace", { type: "string", demandOption: true, describe: "A trace or a recording" })
        .option("policy", {
          alias: "p",
          type: "string",
          nargs: 1,
          default: "eager",
          describe: "The recorded kernel's own policy",
        })
        .option("all", { type: "boolean", default: false, describe: "Show rows that agree, too" }),
    (args) => run(async (session) => (await import("../actions/validate.js")).validate(session, args)),
  );
