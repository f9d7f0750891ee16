/** A worker of the check pool: reads one trace whole and says what is wrong with it. */
export { runCheckTask } from "../src/check/task.js";
