import type { Command } from "../command.js";
import { withJson, withResult } from "../options.js";

export const merge: Command = (yargs, run) =>
  yargs.command(
    "merge <part..>",
    "Merge the parts of a replay that was run in shards",
    (y) =>
      withResult(withJson(y)).positional("part", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "Files written by `trapline replay --shard`",
      }),
    (args) => run(async (session) => (await import("../actions/merge.js")).merge(session, args)),
  );
