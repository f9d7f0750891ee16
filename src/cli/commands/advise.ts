import type { Command } from "../command.js";
import { withConfig, withCorrupt, withExits, withJson, withTraces, withWork } from "../options.js";

export const advise: Command = (yargs, run) =>
  yargs.command(
    "advise [trace..]",
    "Say which registers to trap, grouped how, and print the policy that does",
    (y) =>
      withExits(withConfig(withCorrupt(withWork(withTraces(withJson(y))))))
        .option("cost", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["neoverse-n1"],
          describe:
            "Cost profiles by name (see `trapline costs`) or .json files, or recorded; the first decides",
        })
        .option("nesting", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["none", "l2", "l2-nv2"],
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2; the first decides",
        })
        .option("sure", {
          type: "number",
          nargs: 1,
          default: 0.5,
          describe: "The least share of the draws of prices in which a recommended group costs less",
        })
        .option("merge", {
          choices: ["feature", "any", "none"] as const,
          nargs: 1,
          default: "feature" as const,
          describe: "Groups that may become one: of registers that the same VMs have, any, or none",
        })
        .option("policy-out", {
          type: "string",
          nargs: 1,
          describe: "Write the policy to a .yaml or .json file",
        })
        .option("samples", { type: "number", nargs: 1, default: 10_000, describe: "Draws of prices" })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          nargs: 1,
          default: "text" as const,
          describe: "Form of the result",
        }),
    (args) => run(async (session) => (await import("../actions/advise.js")).advise(session, args)),
  );
