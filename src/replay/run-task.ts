import { runReplayTask, type ReplayAnswer, type ReplayTask } from "./task.js";

/** Runs a task, also one of a trace that is elsewhere: what it reads is brought here before. */
export function runTask(task: ReplayTask): ReplayAnswer | Promise<ReplayAnswer> {
  const { copies } = task;
  if (copies === undefined) return runReplayTask(task);
  return import("../afar/run-task.js").then(({ runFetched }) => runFetched(task, copies));
}
