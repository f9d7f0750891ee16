import type { TraceHeader } from "../trace/header.js";
import { openTrace } from "../trace/reader.js";
/** A file to replay, and the name by which the user knows it. */
export interface TraceFile {
  readonly path: string;
  readonly name: string;
  /** It was made on the fly, and goes with the session. */
  readonly made: boolean;
}

/** What a trace says of itself. Throws as `openTrace`. */
export function headerOf(path: string): TraceHeader {
  const trace = openTrace(path);
  trace.close();
  return trace.header;
}
