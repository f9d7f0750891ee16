import { TraplineError } from "../../errors.js";
import { runWorker } from "../../cluster/worker.js";
import { defaultThreads } from "../../replay/pool.js";
import { positiveInteger } from "../args.js";
import { redisOf } from "../engine.js";
import { tell } from "../output.js";
import type { Session } from "../session.js";

export interface WorkerArgs {
  readonly redis: string | undefined;
  readonly threads: number | undefined;
  readonly lock: number;
}

/** Half a day: more than a shard can take. */
const mostLock = 43_200;

export async function worker({ signal, scratch }: Session, args: WorkerArgs): Promise<void> {
  const { threads = defaultThreads(), lock } = args;
  positiveInteger(threads, "--threads");
  if (!(lock >= 1 && lock <= mostLock)) {
    throw new TraplineError("usage", `--lock takes seconds, from 1 to ${mostLock}`);
  }
  const copies = (): string => scratch.folder();
  await runWorker({ redis: redisOf(args), threads, lock, signal, tell, copies });
}
