import { TraplineError, errorRecord } from "../errors.js";
import { returnTraces } from "../replay/prepare.js";
import { runReplayTask, type ReplayAnswer, type ReplayTask } from "../replay/task.js";

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a task on a trace by `http(s)://`: brings here what it reads, which takes its time, and reads it as any other.
 * One at a time in a thread: what one brought here may make room for the next.
 */
export function runFetched(task: ReplayTask, folder: string): Promise<ReplayAnswer> {
  const answer = last.then(() => attempts(task, folder));
  last = answer.catch(() => undefined);
  return answer;
}

async function attempts(task: ReplayTask, folder: string): Promise<ReplayAnswer> {
  const answer = await attempt(task, folder);
  if (answer.done || answer.error.code !== "corrupt") return answer;
  // Bytes may be changed on the way; if they are so again, they are where they come from.
  new Uint8Array(task.region).fill(0);
  return attempt(task, folder);
}

async function attempt(task: ReplayTask, folder: string): Promise<ReplayAnswer> {
  const { fetchShard } = await import("./fetch-shard.js");
  try {
    await fetchShard(task, folder, task.identity);
  } catch (error) {
    if (error instanceof TraplineError) return { done: false, error: errorRecord(error) };
    throw error;
  }
  const answer = runReplayTask(task);
  if (answer.done || answer.error.code !== "corrupt") return answer;
  returnTraces();
  await (await import("./copy.js")).fetchAnew(task.path).catch(() => undefined);
  return answer;
}
