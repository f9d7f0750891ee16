/** A worker of the replay pool: takes a task, runs it, returns. */
export { runReplayTask } from "../src/replay/task.js";
