import type { Command } from "../command.js";
import { withCorrupt, withExits, withJson, withPolicies, withTraces, withWork } from "../options.js";

export const sweep: Command = (yargs, run) =>
  yargs.command(
    "sweep [trace..]",
    "Price policies at many points: every combination of prices, profiles, nestings, modes and kernels",
    (y) =>
      withExits(withPolicies(withCorrupt(withWork(withTraces(withJson(y))))))
        .option("cost", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["neoverse-n1"],
          describe: "Cost profiles by name (see `trapline costs`) or .json files, or recorded",
        })
        .option("mode", {
          type: "string",
          array: true,
          nargs: 1,
          describe: "vhe, nvhe or both; as recorded if left out",
        })
        .option("kernel", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["recorded"],
          describe: "6.8, 6.12, 6.18, recorded, or several",
        })
        .option("nesting", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["none"],
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2 (a guest hypervisor's)",
        })
        .option("features", { type: "string", nargs: 1, describe: "The VM's features with a kernel version" })
        .option("set", {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: "Prices to vary, in the profile's unit: ACTION=v1,v2,... or ACTION=from..to/steps",
        })
        .option("rule", {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe:
            "Policies to vary, in the rule of all their groups: WORD=v1,v2,... as host=eager,dirty-once, or traps, windows and eager of adaptive groups",
        })
        .option("random", {
          type: "number",
          nargs: 1,
          describe: "So many random points of what is set, or of the profile's ranges, in place of all",
        })
        .option("format", {
          choices: ["text", "json", "csv", "markdown"] as const,
          nargs: 1,
          default: "text" as const,
          describe: "Summaries as text or markdown; a row for each point and group as csv or json",
        }),
    (args) => run(async (session) => (await import("../actions/sweep.js")).sweep(session, args)),
  );
