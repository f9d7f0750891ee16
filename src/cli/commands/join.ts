import type { Command } from "../command.js";
import { withWork } from "../options.js";

export const join: Command = (yargs, run) =>
  yargs.command(
    "join",
    "Lay the exits, loads and puts of one recorded host over the writes of another's guest",
    (y) =>
      withWork(y)
        .option("writes", {
          type: "string",
          nargs: 1,
          demandOption: true,
          describe: "A trace or recording that shows every access of the guest",
        })
        .option("exits", {
          type: "string",
          nargs: 1,
          demandOption: true,
          describe:
            "A trace or recording of the host whose exits, loads and puts are taken, such as a KVM trace",
        })
        .option("output", {
          alias: "o",
          type: "string",
          nargs: 1,
          demandOption: true,
          describe: "The trace to write, marked as modelled",
        })
        .option("scale", {
          type: "string",
          nargs: 1,
          default: "fit",
          describe:
            "Clock units of the writes for one of the exits', or fit: both guests took as long in all",
        })
        .option("put", {
          type: "number",
          nargs: 1,
          describe: "A put and load at each so many full exits, where the host does not show its own",
        })
        .option("json", { type: "boolean", default: false, describe: "Print JSON" }),
    (args) => run(async (session) => (await import("../actions/join.js")).join(session, args)),
  );
