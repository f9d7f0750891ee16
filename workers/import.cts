// Piscina takes a module by require(), and Node 20 aborts where a thread is ended while that loads a module of the
// other kind. So it is given one of its own kind, which imports.
import type { ImportTask, ImportAnswer } from "../src/import/task.js" with { "resolution-mode": "import" };

const entry = import("./import.js");
// The first task tells.
entry.catch(() => undefined);

module.exports = {
  runImportTask: async (task: ImportTask): Promise<ImportAnswer> => (await entry).runImportTask(task),
};
