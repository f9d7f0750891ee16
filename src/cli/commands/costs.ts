import type { Command } from "../command.js";
import { withJson } from "../options.js";

export const costs: Command = (yargs, run) =>
  yargs.command(
    "costs [profile..]",
    "Show cost profiles: each price with its range, unit, basis and source",
    (y) =>
      withJson(y).positional("profile", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "Profiles by name, or .json files of your own; all if none",
      }),
    (args) => run(async () => (await import("../actions/costs.js")).costs(args)),
  );
