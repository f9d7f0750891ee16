/** A worker of the replay pool: takes a task, runs it, returns. */
export { runTask as runReplayTask } from "../src/replay/run-task.js";
