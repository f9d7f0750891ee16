import type { Command } from "../command.js";

export const generate: Command = (yargs, run) =>
  yargs.command(
    "generate [profile]",
    "Make the trace of a guest that no machine ran: for scale tests and worst cases, marked as synthetic",
    (y) =>
      y
        .positional("profile", { type: "string", describe: "A profile by name; --list shows them" })
        .option("output", { alias: "o", type: "string", nargs: 1, describe: "The trace to write" })
        .option("like", {
          type: "string",
          nargs: 1,
          describe:
            "A trace or recording to fit the guest to, in place of a profile; the fit's error is printed",
        })
        .option("list", {
          type: "boolean",
          default: false,
          describe: "List the profiles, or the figures of one with their sources",
        })
        .option("windows", { type: "number", nargs: 1, describe: "Windows in all, load to put each" })
        .option("events", { type: "number", nargs: 1, describe: "At least so many events, in whole windows" })
        .option("seed", { type: "number", nargs: 1, default: 1, describe: "Of everything drawn at random" })
        .option("vcpus", { type: "number", nargs: 1, describe: "vCPUs" })
        .option("pcpus", { type: "number", nargs: 1, describe: "pCPUs" })
        .option("migration", { type: "number", nargs: 1, describe: "Share of loads on another pCPU" })
        .option("rate", {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: "NAME=SHARE: of windows with an activity, or with writes of registers A+B; repeated",
        })
        .option("burst", {
          type: "string",
          array: true,
          nargs: 1,
          default: [] as string[],
          describe: "NAME=WINDOWS: how many such windows follow each other on average; repeated",
        })
        .option("runs", { type: "number", nargs: 1, describe: "Runs of a window on average" })
        .option("guest-time", {
          type: "string",
          nargs: 1,
          describe: "Time in the guest of a window on average: clock units, or 50us",
        })
        .option("fresh", { type: "number", nargs: 1, describe: "Share of writes with a value that is new" })
        .option("mode", {
          choices: ["vhe", "nvhe"] as const,
          nargs: 1,
          describe: "Where a profile's host switches (vhe)",
        })
        .option("kernel", { type: "string", nargs: 1, describe: "Whose lists a profile's host has (6.18)" })
        .option("features", {
          type: "string",
          nargs: 1,
          describe: "The VM's features in a profile (TCR2,S1PIE,RAS)",
        })
        .option("json", { type: "boolean", default: false, describe: "Print JSON" })
        .option("threads", { alias: "j", type: "number", nargs: 1, describe: "Worker threads, for --like" })
        .option("progress", { type: "boolean", default: true, describe: "Show progress on a terminal" }),
    (args) => run(async (session) => (await import("../actions/generate.js")).generate(session, args)),
  );
