import type { Command } from "../command.js";

export const verify: Command = (yargs, run) =>
  yargs.command(
    "verify [policy..]",
    "Prove that policies lose nothing, or show the shortest way in which one does",
    (y) =>
      y
        .positional("policy", {
          type: "string",
          array: true,
          default: [] as string[],
          defaultDescription: "all built-in ones",
          describe: "Policies by name, or .json and .yaml files",
        })
        .option("what-if", {
          type: "string",
          array: true,
          nargs: 1,
          describe: "Also ask what a policy would do otherwise, or in a harsher world: names, or all",
        })
        .option("mode", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["vhe", "nvhe"],
          describe: "Where the kernel switches",
        })
        .option("kernel", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["6.8", "6.12", "6.18"],
          describe: "Whose lists of registers hold",
        })
        .option("nesting", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["none", "l2", "l2-nv2"],
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2 (a guest hypervisor's)",
        })
        .option("features", {
          type: "string",
          nargs: 1,
          defaultDescription: "all that are known",
          describe: "The VM's features, such as TCR2,S1PIE",
        })
        .option("output", {
          alias: "o",
          type: "string",
          nargs: 1,
          describe: "Write the first counterexample as a trace (.trl), for `trapline replay --verify`",
        })
        .option("json", { type: "boolean", default: false, describe: "Print JSON" })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          nargs: 1,
          default: "text" as const,
          describe: "Form of the result",
        })
        .option("progress", { type: "boolean", default: true, describe: "Show progress on a terminal" })
        .example("$0 verify mine.yaml -o lost.trl", "a policy of your own, and a trace of what it loses")
        .example("$0 verify dirty-pie --what-if all", "what it rests on"),
    (args) => run(async (session) => (await import("../actions/verify.js")).verifyCommand(session, args)),
  );
