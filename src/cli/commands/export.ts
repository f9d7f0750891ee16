import { exportFormats, exportTables } from "../../export/formats.js";
import type { Command } from "../command.js";
import { withConfig, withCorrupt, withOutput, withPolicies, withTraces, withWork } from "../options.js";

const listed = (all: Readonly<Record<string, string>>): string =>
  Object.entries(all)
    .map(([id, title]) => `${id}: ${title}`)
    .join("; ");

export const exportCommand: Command = (yargs, run) =>
  yargs.command(
    "export [trace..]",
    "Give a trace or a result back in another form: every event with its time and value, windows, counts",
    (y) =>
      withPolicies(
        withConfig(
          withCorrupt(
            withWork(
              withTraces(
                withOutput(y),
                "A trace, a recording, a result, or - for a recording from standard input",
              ),
            ),
          ),
        ),
      )
        .option("format", {
          choices: Object.keys(exportFormats),
          nargs: 1,
          default: "jsonl",
          describe: listed(exportFormats),
        })
        .option("table", {
          choices: Object.keys(exportTables),
          nargs: 1,
          defaultDescription: "events of a trace, counts of a result",
          describe: listed(exportTables),
        })
        .option("interval", {
          type: "string",
          nargs: 1,
          default: "0.5%",
          describe: "Of perfetto's counters: clock units (1e6), a time (10ms) or a share (5%, 1/20)",
        }),
    (args) => run(async (session) => (await import("../actions/export.js")).exportTrace(session, args)),
  );
