import { traceEvents } from "../src/trace/events.js";
import { openTrace } from "../src/trace/reader.js";
import { createTraceWriter } from "../src/trace/writer.js";

/**
 * Writes a trace that is another one over and over, until it holds `events` events. Times go on from repetition
 * to repetition, so that the clock never runs back. Returns the number of events.
 */
export function repeatTrace(path: string, output: string, events: number): number {
  const trace = openTrace(path);
  const { header } = trace;
  const writer = createTraceWriter(output, { level: 0 });
  try {
    for (const encoding of header.registers.slice(1)) writer.register(encoding);
    for (let at = 0; at < header.places.length; at += 2)
      writer.place(header.places[at], header.places[at + 1]);
    const span = Math.max(...header.pcpus.map(({ first, last }) => last - first)) + 1;
    let written = 0;
    for (let round = 0; written < events; round++) {
      for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
        writer.append(kind, register, place, time + round * span, hasValue, lo, hi);
        written++;
      }
    }
    const list = (indices: readonly number[]): number[] => indices.map((index) => header.registers[index]);
    const { recorded } = header;
    writer.finish({
      ...header,
      pcpus: header.pcpus.map(({ pcpu }) => pcpu),
      recorded: {
        guestSave: list(recorded.guestSave),
        guestRestore: list(recorded.guestRestore),
        hostSave: list(recorded.hostSave),
        hostRestore: list(recorded.hostRestore),
      },
    });
    return written;
  } finally {
    writer.abort();
    trace.close();
  }
}
