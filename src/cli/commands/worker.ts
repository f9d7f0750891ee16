import type { Command } from "../command.js";
import { withWorker } from "../options.js";

export const worker: Command = (yargs, run) =>
  yargs.command(
    "worker",
    "Work on shards of `replay --engine bullmq`, until it is stopped",
    (y) =>
      withWorker(y).example("$0 worker --redis redis://lab:6379", "one on each machine that sees the traces"),
    (args) => run(async (session) => (await import("../actions/worker.js")).worker(session, args)),
  );
