import { TraplineError, errorRecord, type ErrorRecord } from "../errors.js";
import type { CountRow } from "../model/counts.js";
import type { ConfigChoice } from "./config.js";
import type { Shard } from "./plan.js";
import type { PolicyRef } from "./policy-ref.js";
import { borrowTrace } from "./prepare.js";
import { runGroups, runOracles, runWindows } from "./shard.js";

/** What a worker is told. Only paths and numbers cross; it reads its windows itself. */
export interface ReplayTask {
  readonly path: string;
  /** A folder for what is read of a trace by `http(s)://`. */
  readonly copies?: string;
  /** What the trace is to be: a worker that outlives a run may hold what once was under the path. */
  readonly identity?: string;
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

export function runReplayTask(task: ReplayTask): ReplayAnswer {
  const { what, segmentation, first, end } = task.shard;
  try {
    const prepared = borrowTrace(task.path, task.policies, task.choice);
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
