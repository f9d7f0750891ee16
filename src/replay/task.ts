import { TraplineError, errorRecord, type ErrorRecord } from "../errors.js";
import type { CountRow } from "../model/counts.js";
import type { ConfigChoice } from "./config.js";
import type { Shard } from "./plan.js";
import type { PolicyRef } from "./policy-ref.js";
import { borrowed, prepareTrace, returnTrace, type PreparedTrace } from "./prepare.js";
import { runGroups, runOracles, runWindows } from "./shard.js";

/** What a worker is told. Only paths and numbers cross; it reads its windows itself. */
export interface ReplayTask {
  readonly path: string;
  readonly policies: readonly PolicyRef[];
  readonly choice: ConfigChoice;
  readonly shard: Shard;
  /** Where the counts go: u32 for windows, doubles for groups. Its own for each attempt. */
  readonly region: SharedArrayBuffer;
}

/** Errors are returned: classes do not survive the way back. */
export type ReplayAnswer =
  | { readonly done: true; readonly rows: CountRow[][] | undefined }
  | { readonly done: false; readonly error: ErrorRecord };

/** The trace that this thread worked on last: consecutive tasks are mostly of one trace. */
let held: { readonly key: string; readonly prepared: PreparedTrace } | undefined;

function prepare({ path, policies, choice }: ReplayTask): PreparedTrace {
  const known = borrowed(path, policies, choice);
  if (known !== undefined) return known;
  const key = JSON.stringify([path, policies, choice]);
  if (held?.key !== key) {
    held?.prepared.trace.close();
    held = undefined;
    held = { key, prepared: prepareTrace(path, policies, choice) };
  }
  return held.prepared;
}

/** Lets go of the open trace. */
export function releaseTask(): void {
  held?.prepared.trace.close();
  held = undefined;
  returnTrace();
}

export function runReplayTask(task: ReplayTask): ReplayAnswer {
  const { what, segmentation, first, end } = task.shard;
  try {
    const prepared = prepare(task);
    if (what === "oracles") return { done: true, rows: runOracles(prepared) };
    if (what === "windows") {
      runWindows(prepared, segmentation, first, end, new Uint32Array(task.region));
    } else runGroups(prepared, segmentation, first, end, new Float64Array(task.region));
    return { done: true, rows: undefined };
  } catch (error) {
    if (error instanceof TraplineError) return { done: false, error: errorRecord(error) };
    throw error;
  }
}
