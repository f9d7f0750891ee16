import { defaultCost } from "../../policies/defaults.js";
import type { Command } from "../command.js";

export const worstCase: Command = (yargs, run) =>
  yargs.command(
    "worst-case <policy>",
    "Build the guest that hurts a policy most, and say how much more it costs than eager and the oracle",
    (y) =>
      y
        .positional("policy", {
          type: "string",
          demandOption: true,
          describe: "A policy by name, or a .json or .yaml file",
        })
        .option("rate", {
          type: "number",
          nargs: 1,
          default: 1,
          describe: "Written windows a window at most, 0 to 1; for traps of every write, writes a window",
        })
        .option("against", {
          choices: ["eager", "oracle"] as const,
          nargs: 1,
          default: "eager" as const,
          describe: "Whose cost the guest of --output is the worst against",
        })
        .option("cost", {
          type: "string",
          nargs: 1,
          default: defaultCost,
          describe: "Cost profile by name (see `trapline costs`) or .json file",
        })
        .option("nesting", {
          type: "string",
          nargs: 1,
          default: "none",
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2 (a guest hypervisor's)",
        })
        .option("mode", {
          choices: ["vhe", "nvhe"] as const,
          nargs: 1,
          default: "vhe" as const,
          describe: "Where the kernel switches",
        })
        .option("kernel", {
          type: "string",
          nargs: 1,
          default: "6.12",
          describe: "Whose lists of registers hold: 6.8, 6.12 or 6.18",
        })
        .option("features", {
          type: "string",
          nargs: 1,
          default: "TCR2,S1PIE",
          describe: "The VM's features",
        })
        .option("output", {
          alias: "o",
          type: "string",
          nargs: 1,
          describe:
            "Write the guest as a trace (.trl), for `trapline replay` with the same --kernel and --features",
        })
        .option("json", { type: "boolean", default: false, describe: "Print JSON" })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          nargs: 1,
          default: "text" as const,
          describe: "Form of the result",
        }),
    (args) => run(async () => (await import("../actions/worst-case.js")).worstCaseCommand(args)),
  );
