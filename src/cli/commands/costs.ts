import type { Command } from "../command.js";
import { withCorrupt, withJson, withWork } from "../options.js";

export const costs: Command = (yargs, run) =>
  yargs.command(
    "costs [profile..]",
    "Show cost profiles: each price with its range, unit, basis and source",
    (y) =>
      withCorrupt(withWork(withJson(y)))
        .positional("profile", {
          type: "string",
          array: true,
          default: [] as string[],
          describe: "Profiles by name, or .json files of your own; all if none",
        })
        .option("recorded", {
          type: "string",
          nargs: 1,
          describe: "Show what this trace or recording itself shows, measured from its clock",
        }),
    (args) => run(async (session) => (await import("../actions/costs.js")).costs(session, args)),
  );
