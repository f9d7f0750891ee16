import { TraplineError, errorRecord, type ErrorRecord } from "../errors.js";
import { importTrace, type ImportResult, type ImportTraceOptions } from "./import.js";

export interface ImportTask {
  readonly path: string;
  readonly output: string;
  readonly options: ImportTraceOptions;
  /** Bytes read so far and the size of the input, as two doubles, for whoever shows progress. */
  readonly progress: SharedArrayBuffer;
}

export type ImportAnswer =
  | { readonly done: true; readonly result: ImportResult }
  | { readonly done: false; readonly error: ErrorRecord };

export async function runImportTask(task: ImportTask): Promise<ImportAnswer> {
  const progress = new Float64Array(task.progress);
  try {
    const result = await importTrace(task.path, task.output, task.options, (read, size = 0) => {
      progress[0] = read;
      progress[1] = size;
    });
    return { done: true, result };
  } catch (error) {
    if (error instanceof TraplineError) return { done: false, error: errorRecord(error) };
    throw error;
  }
}
