import { uniformOf } from "../prices/random.js";
import type { TraceWriter } from "../trace/writer.js";
import type { EventBuffer } from "./buffer.js";
import { createHeap } from "./heap.js";
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
  /** Which window of all this is, in the order in which they were begun. */
  readonly number: number;
}

/** A vCPU that goes on, and from when on it may be loaded. */
interface Ready {
  readonly vcpu: number;
  time: number;
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
  // Of two at one time the one with the lower number is loaded first, and the one that was begun first is written first.
  const ready = createHeap<Ready>((a, b) => a.time < b.time || (a.time === b.time && a.vcpu < b.vcpu));
  lanes.forEach((_, vcpu) => ready.push({ vcpu, time: 0 }));
  const flights = createHeap<Flight>((a, b) => {
    const [own, other] = [a.buffer.next(), b.buffer.next()];
    return own < other || (own === other && a.number < b.number);
  });
  const last = lanes.map((_, vcpu) => vcpu % pcpuCount);
  const free = Array.from({ length: pcpuCount }, () => 0);
  let made = 0;
  let planned = 0;
  let written = 0;

  /** Writes everything before a time. */
  function flush(before: number): void {
    for (;;) {
      const flight = flights.first();
      if (flight === undefined || flight.buffer.next() >= before) return;
      flights.pop();
      const { buffer, place } = flight;
      const other = Math.min(before, flights.first()?.buffer.next() ?? Infinity);
      // At least the event at hand, and whatever else comes before all others.
      written += buffer.write(writer, place, Math.max(buffer.next() + 1, other));
      if (buffer.next() === Infinity) buffer.free();
      else flights.push(flight);
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
    const next = ready.first();
    if (next === undefined || made >= windows || planned >= events) break;
    flush(next.time);
    const { vcpu } = next;
    const pcpu = pcpuOf(vcpu);
    const buffer = lanes[vcpu].window(Math.max(next.time, free[pcpu]));
    flights.push({ buffer, place: writer.place(pcpu, vcpu), number: made });
    planned += buffer.length();
    free[pcpu] = buffer.end() + 1;
    if (!isEndless && lanes[vcpu].once()) {
      ready.pop();
    } else {
      next.time = buffer.end() + Math.max(1, lanes[vcpu].out());
      ready.settle();
    }
    if (++made % 256 === 0) yield { windows: made, events: written };
  }
  flush(Infinity);
  return { windows: made, events: written };
}
