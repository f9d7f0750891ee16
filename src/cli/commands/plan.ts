import type { Command } from "../command.js";
import { withConfig, withCost, withOutput, withPolicies, withShards, withTraces } from "../options.js";

export const plan: Command = (yargs, run) =>
  yargs.command(
    "plan [trace..]",
    "Plan a replay whose shards run elsewhere: `replay --plan P --shard i/n`, then `merge`",
    (y) => withShards(withCost(withPolicies(withConfig(withTraces(withOutput(y)))))),
    (args) => run(async () => (await import("../actions/plan.js")).plan(args)),
  );
