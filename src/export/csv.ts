import type { Trace } from "../trace/reader.js";
import { eventFields, pieces } from "./event-fields.js";
import type { Exporter } from "./exporter.js";

/** Names of registers and kinds need no quotes. */
export const csv: Exporter = {
  chunks: (trace) => pieces(lines(trace)),
};

function* lines(trace: Trace): Generator<string> {
  yield "time,pcpu,vcpu,kind,register,value\n";
  for (const { time, pcpu, vcpu, kind, register, value } of eventFields(trace)) {
    yield `${time},${pcpu},${vcpu ?? ""},${kind},${register ?? ""},${value ?? ""}\n`;
  }
}
