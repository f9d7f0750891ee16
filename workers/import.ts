/** A worker of the import pool: reads one recording and writes its trace. */
export { runImportTask } from "../src/import/task.js";
