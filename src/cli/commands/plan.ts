import type { Command } from "../command.js";
import { withConfig, withCost, withJson, withPolicies, withShards, withTraces } from "../options.js";

export const plan: Command = (yargs, run) =>
  yargs.command(
    "plan [trace..]",
    "Plan a replay whose shards run elsewhere: `replay --plan P --shard i/n`, then `merge`",
    (y) =>
      withShards(
        withCost(withPolicies(withConfig(withTraces(withJson(y), "Traces, folders of them, patterns")))),
      )
        .option("estimate", {
          type: "boolean",
          default: false,
          describe:
            "Instead, say what it would take on 1 to 10,000 workers, up to 1e12 events, and what holds it up",
        })
        .option("disk", {
          type: "string",
          nargs: 1,
          describe: "With --estimate: what the shared disk gives all workers a second, such as 2G",
        })
        .option("network", {
          type: "string",
          nargs: 1,
          describe: "With --estimate: what goes to and from Redis a second, such as 1G",
        }),
    (args) => run(async (session) => (await import("../actions/plan.js")).plan(session, args)),
  );
