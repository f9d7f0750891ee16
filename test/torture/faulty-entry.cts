// As `workers/replay.cts`.
import type { ReplayAnswer, ReplayTask } from "#src/replay/task.js" with { "resolution-mode": "import" };

const entry = import("./faulty-worker.js");
entry.catch(() => undefined);

module.exports = {
  runReplayTask: async (task: ReplayTask): Promise<ReplayAnswer> => (await entry).runReplayTask(task),
};
