import type { Command } from "../command.js";
import { withConfig, withExits, withOutput, withPolicies, withTraces, withWork } from "../options.js";

export const report: Command = (yargs, run) =>
  yargs.command(
    "report [trace..]",
    "Write a page of traces, or of results as .json: verdict, charts, timelines, and where all of it comes from",
    (y) =>
      withExits(withPolicies(withConfig(withWork(withTraces(withOutput(y))))))
        .option("diff", {
          type: "boolean",
          default: false,
          describe: "Of two results of replay or of verdict, what changed from the first to the second",
        })
        .option("cost", {
          type: "string",
          array: true,
          // One at a time: a trace that follows is neither.
          nargs: 1,
          default: ["neoverse-n1"],
          describe: "Cost profiles by name (see `trapline costs`) or .json files; recorded",
        })
        .option("nesting", {
          type: "string",
          array: true,
          nargs: 1,
          default: ["none", "l2", "l2-nv2"],
          describe: "Whose switch code it is: none (the host's), l2 or l2-nv2 (a guest hypervisor's)",
        })
        .option("recorded", {
          type: "string",
          nargs: 1,
          default: "eager",
          describe: "The recorded kernel's own policy, which the model is compared with",
        })
        .option("samples", { type: "number", nargs: 1, default: 10_000, describe: "Draws of prices" })
        .option("resamples", {
          type: "number",
          nargs: 1,
          default: 1000,
          describe: "Bootstrap resamples of the windows, for intervals of rates; 0 for none",
        }),
    (args) => run(async (session) => (await import("../actions/report.js")).report(session, args)),
  );
