import type { Command } from "../command.js";
import { withTraces, withWork } from "../options.js";

export const importCommand: Command = (yargs, run) =>
  yargs.command(
    "import [trace..]",
    "Make traces of recordings: Tarmac, kernel tracing text, trace.dat; plain, .gz or .zst",
    (y) =>
      withWork(withTraces(y, "Recordings, folders of them, patterns, or - for standard input"))
        .option("output", {
          alias: "o",
          type: "string",
          nargs: 1,
          describe: "The trace to write, or a folder for NAME.trl of each recording; default: beside it",
        })
        .option("compress", {
          type: "number",
          nargs: 1,
          describe: "zlib level of times and values, 0 to 9",
        })
        .option("together", {
          type: "boolean",
          default: false,
          describe: "The files are one recording: trace.dat of a host and of its guests",
        })
        .option("json", { type: "boolean", default: false, describe: "Print JSON" }),
    (args) => run(async (session) => (await import("../actions/import.js")).importRecordings(session, args)),
  );
