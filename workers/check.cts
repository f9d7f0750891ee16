// Piscina takes a module by require(), and Node 20 aborts where a thread is ended while that loads a module of the
// other kind. So it is given one of its own kind, which imports.
import type { CheckTask, CheckAnswer } from "../src/check/task.js" with { "resolution-mode": "import" };

const entry = import("./check.js");
// The first task tells.
entry.catch(() => undefined);

module.exports = {
  runCheckTask: async (task: CheckTask): Promise<CheckAnswer> => (await entry).runCheckTask(task),
};
