import type { Command } from "../command.js";
import {
  withBatch,
  withConfig,
  withCorrupt,
  withCost,
  withEngine,
  withExits,
  withJson,
  withPolicies,
  withResult,
  withShards,
  withTraces,
  withWork,
} from "../options.js";

export const replay: Command = (yargs, run) =>
  yargs.command(
    "replay [trace..]",
    "Replay recorded guests under policies and count traps, saves and restores",
    (y) =>
      withEngine(
        withBatch(
          withExits(
            withShards(
              withResult(withCost(withPolicies(withConfig(withCorrupt(withWork(withTraces(withJson(y)))))))),
            ),
          ),
        ),
      )
        .option("shard", {
          type: "string",
          nargs: 1,
          describe: "Run slice i/n of the work only (i from 1) and write a part for `trapline merge`",
        })
        .option("plan", {
          type: "string",
          nargs: 1,
          describe: "A plan of `trapline plan`, instead of traces",
        })
        .option("interval", {
          type: "string",
          nargs: 1,
          describe: "Counts by interval: clock units (1e6), a time (10ms), a share (5%, 1/20) or windows=N",
        })
        .option("verify", {
          type: "boolean",
          default: false,
          describe:
            "Carry the values along instead, and find what a policy loses; takes unsound policies too",
        })
        .option("what-if", {
          type: "string",
          nargs: 1,
          describe: "With --verify: change the policies as `trapline verify --what-if` does",
        })
        .example("$0 replay guest.trl", "eager, dirty-pie and dirty-each, as recorded")
        .example(
          "$0 replay lab/ -o result.json --json --resume",
          "hours of work, gone on with if it was killed",
        )
        .example("$0 replay traces/ -p eager,mine.yaml --json", "a folder, with a policy of your own"),
    (args) => run(async (session) => (await import("../actions/replay.js")).replay(session, args)),
  );
