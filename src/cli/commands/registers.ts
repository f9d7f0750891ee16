import type { Command } from "../command.js";
import { withJson } from "../options.js";

export const registers: Command = (yargs, run) =>
  yargs.command(
    "registers [name..]",
    "Show the register table: encodings, classes, trap bits, who else writes, sources",
    (y) =>
      withJson(y).positional("name", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: "Registers by name, EL12 name or generic name; all if none",
      }),
    (args) => run(async () => (await import("../actions/registers.js")).registers(args)),
  );
