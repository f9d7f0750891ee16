import { TraplineError, errorRecord } from "../errors.js";
import { returnTraces } from "../replay/prepare.js";
import { runReplayTask, type ReplayAnswer, type ReplayTask } from "../replay/task.js";

/** Runs a task on a trace by `http(s)://`: brings here what it reads, which takes its time, and reads it as any other. */
export async function runFetched(task: ReplayTask, folder: string): Promise<ReplayAnswer> {
  const { fetchShard } = await import("./fetch-shard.js");
  try {
    await fetchShard(task, folder, task.identity);
    const { checkIdentity } = await import("../replay/identity.js");
    if (task.identity !== undefined) checkIdentity(task.path, task.identity);
  } catch (error) {
    if (error instanceof TraplineError) return { done: false, error: errorRecord(error) };
    throw error;
  }
  const answer = runReplayTask(task);
  if (answer.done) return answer;
  returnTraces();
  (await import("./copy.js")).dropCopy(task.path);
  return answer;
}
