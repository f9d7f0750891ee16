import type { Trace } from "../trace/reader.js";

/** A form in which a trace is given back: one file that exports one of these, and a line each in `formats.ts`
 * and `registry.ts`. */
export interface Exporter {
  /** The whole text in pieces of some tens of kilobytes, so that memory does not grow with the trace. */
  chunks(trace: Trace): Iterable<string>;
}
