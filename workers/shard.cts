// Piscina takes a module by require(), and Node 20 aborts where a thread is ended while that loads a module of the
// other kind. So it is given one of its own kind, which imports.
import type { ShardAnswer } from "../src/cluster/job.js" with { "resolution-mode": "import" };
import type { ShardTask } from "../src/cluster/shard-task.js" with { "resolution-mode": "import" };

const entry = import("./shard.js");
// The first task tells.
entry.catch(() => undefined);

module.exports = {
  runShardTask: async (task: ShardTask): Promise<ShardAnswer> => (await entry).runShardTask(task),
};
