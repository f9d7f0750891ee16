import { exportFormats } from "../../export/formats.js";
import type { Command } from "../command.js";
import { withOutput, withTraces, withWork } from "../options.js";

export const exportCommand: Command = (yargs, run) =>
  yargs.command(
    "export [trace..]",
    "Give a trace back as text: every event with its time and value",
    (y) =>
      withWork(withTraces(withOutput(y))).option("format", {
        choices: Object.keys(exportFormats),
        nargs: 1,
        default: "jsonl",
        describe: Object.entries(exportFormats)
          .map(([id, title]) => `${id}: ${title}`)
          .join("; "),
      }),
    (args) => run(async (session) => (await import("../actions/export.js")).exportTrace(session, args)),
  );
