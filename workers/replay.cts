// Piscina takes a module by require(), and Node 20 aborts where a thread is ended while that loads a module of the
// other kind. So it is given one of its own kind, which imports.
import type { ReplayTask, ReplayAnswer } from "../src/replay/task.js" with { "resolution-mode": "import" };

const entry = import("./replay.js");
// The first task tells.
entry.catch(() => undefined);

module.exports = {
  runReplayTask: async (task: ReplayTask): Promise<ReplayAnswer> => (await entry).runReplayTask(task),
};
