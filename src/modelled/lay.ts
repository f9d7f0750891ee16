import { TraplineError } from "../errors.js";
import { traceEvents } from "../trace/events.js";
import type { ModelledPart, TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { createTraceWriter, type TraceWriter, type WriterOptions } from "../trace/writer.js";
import { tool } from "../version.js";
import { copyTables, fieldsOf } from "./copy.js";
import type { Exits, ExitModel, Leaving, Stretch } from "./model.js";
import { byMpidr, checkBare } from "./vcpus.js";

export interface LayOptions extends WriterOptions {
  /** Where the trace is that the model takes its exits from, if not under its name. */
  readonly other?: string;
  /** What else of the trace is a model's: marked before the exits. */
  readonly marks?: readonly ModelledPart[];
  readonly signal?: AbortSignal;
  /** Called with events read and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Some gigabytes of events, and counts that are far from 2^32. */
const mostExits = 2 ** 26;

/** Events and exits between two looks at whether the user says stop. */
const turn = 1 << 14;

/**
 * Lays a model's exits over a trace without a hypervisor and writes the result at `output`. The guest's events
 * stand as they are, in order and at their times. Throws TraplineError: "unsupported" for a trace that has a
 * hypervisor and for a model that does not fit it, "interrupted", and as `openTrace` and the writer.
 */
export async function layExits(
  path: string,
  output: string,
  model: ExitModel,
  { other, marks = [], signal, onProgress, ...writing }: LayOptions = {},
): Promise<TraceHeader> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    checkBare(header, path);
    const exits = model.open(header, other);
    try {
      checkCount(header, exits, path);
      const writer = createTraceWriter(output, writing);
      try {
        for (const done of lay(trace, writer, exits)) {
          onProgress?.(done, header.events);
          // A signal is heard only while nothing runs.
          await new Promise(setImmediate);
          if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
        }
        return finish(writer, header, exits, marks);
      } finally {
        writer.abort();
      }
    } finally {
      exits.close();
    }
  } finally {
    trace.close();
  }
}

/** Refuses, before anything is written, what would fill the disk. */
function checkCount({ vcpus, places, pcpus }: TraceHeader, exits: Exits, path: string): void {
  let count = 0;
  for (const [ordinal, vcpu] of byMpidr(vcpus).entries()) {
    const place = places.findIndex((each, at) => at % 2 === 1 && each === vcpu);
    if (place < 0) continue;
    const { first, last } = pcpus[places[place - 1]];
    count += (last - first) / exits.mean(ordinal);
  }
  if (count <= mostExits) return;
  throw new TraplineError(
    "usage",
    `--exits would lay ${Math.round(count)} exits over it, and ${mostExits} are the most`,
    { file: path },
    "Lay them farther apart",
  );
}

/** Where a vCPU is: in its guest, since the last exit. */
interface Running {
  readonly place: number;
  readonly stretches: Iterator<Stretch>;
  stretch: Stretch;
  /** When the stretch is over. */
  due: number;
  /** The last time of its clock. */
  now: number;
}

/**
 * Writes all events. A vCPU is loaded and entered at its first event, and leaves for good at its last; an exit
 * that is due at a time comes before the first event of that time or later. Yields the events read, every now and
 * then.
 */
function* lay(trace: Trace, writer: TraceWriter, exits: Exits): Generator<number> {
  const { places, vcpus } = trace.header;
  const { registerOf, placeOf } = copyTables(trace.header, writer);
  const ordinals = new Map(byMpidr(vcpus).map((vcpu, ordinal) => [vcpu, ordinal]));
  const all: (Running | undefined)[] = [];

  const point = (kind: number, { place }: Pick<Running, "place">, time: number): void => {
    writer.append(kind, 0, place, time, false, 0, 0);
  };
  const nextOf = (stretches: Iterator<Stretch>): Stretch => {
    const { value, done } = stretches.next();
    if (done === true) throw new RangeError("the model has come to an end");
    return value;
  };

  function begin(vcpu: number, place: number, time: number): Running {
    const stretches = exits.stretches(ordinals.get(vcpu) ?? 0)[Symbol.iterator]();
    const stretch = nextOf(stretches);
    const running = { place, stretches, stretch, due: time + stretch.length, now: time };
    all[vcpu] = running;
    if (exits.loads) point(Kind.load, running, time);
    point(Kind.runStart, running, time);
    point(Kind.entry, running, time);
    return running;
  }

  function leave(running: Running): void {
    const { place, due } = running;
    const { kind, encoding, value = [0, 0], between }: Leaving = running.stretch.leaving;
    const [lo, hi] = value;
    const hasValue = running.stretch.leaving.value !== undefined;
    const register = encoding < 0 ? 0 : writer.register(encoding);
    writer.append(kind, register, place, due, hasValue, lo, hi);
    for (const each of between) point(each, running, due);
    point(Kind.entry, running, due);
    running.stretch = nextOf(running.stretches);
    running.due += running.stretch.length;
  }

  let written = 0;
  for (const [done, { kind, register, place, time, hasValue, lo, hi }] of counted(traceEvents(trace))) {
    const vcpu = places[2 * place + 1];
    if (vcpu >= 0) {
      const running = all[vcpu] ?? begin(vcpu, placeOf[place], time);
      while (running.due <= time) {
        leave(running);
        if (++written % turn === 0) yield done;
      }
      running.now = Math.max(running.now, time);
    }
    writer.append(kind, registerOf[register], placeOf[place], time, hasValue, lo, hi);
    if (++written % turn === 0) yield done;
  }
  for (const running of all) {
    if (running === undefined) continue;
    for (const kind of [Kind.fullExit, Kind.runEnd]) point(kind, running, running.now);
    if (exits.loads) point(Kind.put, running, running.now);
  }
}

function* counted<T>(list: Iterable<T>): Generator<[count: number, each: T]> {
  let count = 0;
  for (const each of list) yield [++count, each];
}

function finish(
  writer: TraceWriter,
  header: TraceHeader,
  exits: Exits,
  marks: readonly ModelledPart[],
): TraceHeader {
  const { entries, loads, mode, recorded, mark } = exits;
  return writer.finish({
    ...fieldsOf(header),
    tool,
    mode,
    capabilities: { ...header.capabilities, entries, runs: true, loads, switches: false },
    recorded,
    modelled: [...marks, mark],
  });
}
