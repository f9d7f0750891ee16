import { TraplineError, errorRecord, type ErrorRecord } from "../errors.js";
import { checkTrace } from "./check-trace.js";
import type { TraceCheck } from "./finding.js";

export interface CheckTask {
  readonly path: string;
  /** Blocks done and blocks in all, as two doubles, for whoever shows progress. */
  readonly progress: SharedArrayBuffer;
}

/** Errors are returned: classes do not survive the way back. */
export type CheckAnswer =
  | { readonly done: true; readonly result: TraceCheck }
  | { readonly done: false; readonly error: ErrorRecord };

export function runCheckTask({ path, progress }: CheckTask): CheckAnswer {
  const shown = new Float64Array(progress);
  try {
    return {
      done: true,
      result: checkTrace(path, (done, total) => {
        shown[0] = done;
        shown[1] = total;
      }),
    };
  } catch (error) {
    if (error instanceof TraplineError) return { done: false, error: errorRecord(error) };
    throw error;
  }
}
