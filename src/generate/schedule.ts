import { uniformOf } from "../prices/random.js";
import type { TraceWriter } from "../trace/writer.js";
import type { EventBuffer } from "./buffer.js";
import { createLane, type Lane } from "./lane.js";
import type { GuestModel, Size } from "./model.js";

/** How far it is. */
export interface Written {
  readonly windows: number;
  readonly events: number;
}

/** A window on its way to the file. */
interface Flight {
  readonly buffer: EventBuffer;
  readonly place: number;
}

/** Numbers of the scheduler's own come behind those of this many vCPUs. */
export const mostVcpus = 4096;

/**
 * Puts vCPUs on pCPUs and writes what they do in the order of time: who was ready first is loaded first, on its own
 * pCPU or, where it migrates, on another, as soon as nobody else is on it. What is in memory is a window of each vCPU.
 * Yields now and then.
 */
export function* schedule(
  writer: TraceWriter,
  model: GuestModel,
  seed: number,
  { windows = Infinity, events = Infinity }: Size,
): Generator<Written, Written> {
  const { vcpus, vcpuCount, pcpuCount, migration, capabilities } = model;
  const registerOf = (encoding: number): number => writer.register(encoding);
  const draw = uniformOf(seed, mostVcpus);
  const lanes = Array.from({ length: vcpuCount }, (_, vcpu): Lane =>
    createLane(vcpus[vcpu % vcpus.length], capabilities.loads, registerOf, uniformOf(seed, vcpu)),
  );
  const isEndless = windows < Infinity || events < Infinity;
  const ready = lanes.map(() => 0);
  const last = lanes.map((_, vcpu) => vcpu % pcpuCount);
  const free = Array.from({ length: pcpuCount }, () => 0);
  /** In the order in which they were begun, which is that of their first events. */
  let flights: Flight[] = [];
  let made = 0;
  let planned = 0;
  let written = 0;

  /** Writes everything before a time. */
  function flush(before: number): void {
    for (;;) {
      let first = -1;
      let time = before;
      let other = before;
      for (let at = 0; at < flights.length; at++) {
        const next = flights[at].buffer.next();
        // Of two at one time the one that was begun first comes first.
        if (next < time) {
          other = time;
          time = next;
          first = at;
        } else if (next < other) other = next;
      }
      if (first < 0) return;
      const { buffer, place } = flights[first];
      // At least the event at hand, and whatever else comes before all others.
      written += buffer.write(writer, place, Math.max(time + 1, other));
      if (buffer.next() === Infinity) {
        buffer.free();
        flights = flights.filter((_, at) => at !== first);
      }
    }
  }

  /**
   * Where a vCPU is loaded: on its own pCPU, or away from it for one load. Going and coming back are a migration each,
   * so that of the loads at home the share `away` leaves it.
   */
  const away = migration / (2 - migration);
  function pcpuOf(vcpu: number): number {
    const home = vcpu % pcpuCount;
    const leaves = pcpuCount > 1 && last[vcpu] === home && draw() < away;
    last[vcpu] = leaves ? (home + 1 + Math.floor(draw() * (pcpuCount - 1))) % pcpuCount : home;
    return last[vcpu];
  }

  for (;;) {
    let vcpu = 0;
    for (let at = 1; at < ready.length; at++) if (ready[at] < ready[vcpu]) vcpu = at;
    if (ready[vcpu] === Infinity || made >= windows || planned >= events) break;
    flush(ready[vcpu]);
    const pcpu = pcpuOf(vcpu);
    const buffer = lanes[vcpu].window(Math.max(ready[vcpu], free[pcpu]));
    flights.push({ buffer, place: writer.place(pcpu, vcpu) });
    planned += buffer.length();
    free[pcpu] = buffer.end() + 1;
    ready[vcpu] = !isEndless && lanes[vcpu].once() ? Infinity : buffer.end() + Math.max(1, lanes[vcpu].out());
    if (++made % 256 === 0) yield { windows: made, events: written };
  }
  flush(Infinity);
  return { windows: made, events: written };
}
