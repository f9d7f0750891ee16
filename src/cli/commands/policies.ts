import type { Command } from "../command.js";
import { withJson } from "../options.js";

export const policies: Command = (yargs, run) =>
  yargs.command(
    "policies",
    "List the policies that trapline knows, and how to write one",
    (y) => withJson(y),
    (args) => run(async () => (await import("../actions/policies.js")).policies(args)),
  );
