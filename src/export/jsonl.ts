import type { Trace } from "../trace/reader.js";
import { eventFields, pieces } from "./event-fields.js";
import type { Exporter } from "./exporter.js";

/** Keys that an event does not have are left out. */
export const jsonl: Exporter = {
  chunks: (trace) => pieces(lines(trace)),
};

function* lines(trace: Trace): Generator<string> {
  for (const event of eventFields(trace)) yield `${JSON.stringify(event)}\n`;
}
