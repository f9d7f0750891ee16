import type { Command } from "../command.js";
import { withCorrupt, withExits, withJson, withPolicies, withTraces, withWork } from "../options.js";

export const verdict: Command = (yargs, run) =>
  yargs.command(
    "verdict [trace..]",
    "Say what a policy is worth against eager at given prices, and how sure that is",
    (y) =>
      withExits(withPolicies(withCorrupt(withWork(withTraces(withJson(y))))))
        .option("cost", {
          type: "string",
          array: true,
          default: ["neoverse-n1"],
          describe:
            "Cost profiles by name (see `trapline costs`) or .json files; recorded: from each recording itself",
        })
        .option("mode", {
          type: "string",
          array: true,
          describe: "vhe, nvhe or both; as recorded if left out",
        })
        .option("kernel", {
          type: "string",
          array: true,
          default: ["recorded"],
          describe: "6.8, 6.12, 6.18, recorded, or several",
        })
        .option("nesting", {
          type: "string",
          array: true,
          default: ["none"],
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2 (a guest hypervisor's)",
        })
        .option("features", { type: "string", nargs: 1, describe: "The VM's features with a kernel version" })
        .option("samples", { type: "number", nargs: 1, default: 10_000, describe: "Draws of prices" })
        .option("resamples", {
          type: "number",
          nargs: 1,
          default: 1000,
          describe: "Bootstrap resamples of the windows, for intervals of rates; 0 for none",
        })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          default: "text" as const,
          describe: "Form of the result",
        })
        .option("table", {
          type: "boolean",
          default: false,
          describe:
            "Groups by nestings, a table for each profile, and the sentences of the first policy; text, csv, markdown",
        }),
    (args) => run(async (session) => (await import("../actions/verdict.js")).verdict(session, args)),
  );
