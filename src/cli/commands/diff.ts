import type { Command } from "../command.js";
import { withJson } from "../options.js";

export const diff: Command = (yargs, run) =>
  yargs.command(
    "diff <a> <b>",
    "Compare two results of a replay, or rates of two verdicts; exit status 0 (equal), 1 (different), 2 (trouble)",
    (y) =>
      withJson(y)
        .positional("a", {
          type: "string",
          demandOption: true,
          describe: "A result of `trapline replay --json` or `verdict --json`, or - for standard input",
        })
        .positional("b", { type: "string", demandOption: true, describe: "Another" })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          nargs: 1,
          default: "text" as const,
          describe: "Form of the result",
        }),
    (args) => run(async () => (await import("../actions/diff.js")).diff(args)),
  );
