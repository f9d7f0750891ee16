import { shownUrl } from "../afar/shown.js";
import { TraplineError, errorRecord, type ErrorRecord } from "../errors.js";
import { checkIdentity } from "../replay/identity.js";
import { regionBytes } from "../replay/shard.js";
import { borrowTrace, returnTraces } from "../replay/prepare.js";
import { runReplayTask, type ReplayTask } from "../replay/task.js";
import { packRegion, type ShardAnswer } from "./job.js";

/** What a thread of a cluster's worker is told. It checks, opens and prepares the trace itself: none of that is for the thread that renews locks. */
export interface ShardTask extends Omit<ReplayTask, "region"> {
  readonly identity: string;
  /** What it is to take, in windows that are looked at once. */
  readonly work: number;
}

/** Works on a shard and packs what it gave; what is wrong is an answer, too. */
export async function runShardTask(task: ShardTask): Promise<ShardAnswer> {
  try {
    if (task.copies !== undefined) {
      const { fetchShard } = await import("../afar/fetch-shard.js");
      await fetchShard(task, task.copies, task.identity);
    }
    checkIdentity(task.path, task.identity);
    const region = new SharedArrayBuffer(
      regionBytes(borrowTrace(task.path, task.policies, task.choice), task.shard),
    );
    const answer = runReplayTask({ ...task, region });
    if (!answer.done) return await failed(task, answer.error);
    return answer.rows === undefined ? { region: packRegion(region) } : { rows: answer.rows };
  } catch (error) {
    if (error instanceof TraplineError) return failed(task, errorRecord(error));
    throw error;
  }
}

/** What was brought here of a trace may be what is wrong: another attempt reads it anew. */
async function failed({ path, copies }: ShardTask, error: ErrorRecord): Promise<ShardAnswer> {
  if (copies !== undefined) {
    returnTraces();
    (await import("../afar/copy.js")).dropCopy(path);
  }
  if (copies === undefined || error.place.file !== path) return { error };
  // Redis is told no more than it must be of what opens a URL.
  return { error: { ...error, place: { ...error.place, file: shownUrl(path) } } };
}
