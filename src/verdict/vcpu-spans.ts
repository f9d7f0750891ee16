import { traceEvents } from "../trace/events.js";
import { openTrace } from "../trace/reader.js";

/**
 * By vCPU: clock units from its first event to its last, on the pCPU on which that is longest where each has a clock
 * of its own. Reads all events once. Throws as the reader of traces.
 */
export function vcpuSpans(path: string): number[] {
  const trace = openTrace(path);
  try {
    const { places, vcpus, clock } = trace.header;
    const first = new Map<number, number>();
    const last = new Map<number, number>();
    // Times of one clock are those of the vCPU, wherever it is.
    const keyOf = (place: number): number => (clock.perCpu ? place : -1 - places[2 * place + 1]);
    for (const { place, time } of traceEvents(trace)) {
      if (places[2 * place + 1] < 0) continue;
      const key = keyOf(place);
      first.set(key, Math.min(first.get(key) ?? time, time));
      last.set(key, Math.max(last.get(key) ?? time, time));
    }
    const spans = vcpus.map(() => 0);
    for (let place = 0; 2 * place < places.length; place++) {
      const vcpu = places[2 * place + 1];
      const key = keyOf(place);
      if (vcpu >= 0) spans[vcpu] = Math.max(spans[vcpu], (last.get(key) ?? 0) - (first.get(key) ?? 0));
    }
    return spans;
  } finally {
    trace.close();
  }
}
