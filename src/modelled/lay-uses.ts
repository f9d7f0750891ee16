import { TraplineError } from "../errors.js";
import { registerByEncoding } from "../registers/lookup.js";
import { keyRegisters } from "../registers/table-keys.js";
import { traceEvents } from "../trace/events.js";
import { exceptionClass } from "../trace/exits.js";
import type { TraceHeader } from "../trace/header.js";
import { accessKinds, Kind } from "../trace/kinds.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { createTraceWriter, type TraceWriter, type WriterOptions } from "../trace/writer.js";
import { tool } from "../version.js";
import { copyTables, fieldsOf } from "./copy.js";
import type { UseModel } from "./uses.js";

export interface LayUsesOptions extends WriterOptions {
  readonly signal?: AbortSignal;
  /** Called with events read and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Events between two looks at whether the user says stop. */
const turn = 1 << 16;

/**
 * Lays a model's first uses of pointer authentication over a trace and writes the result at `output`: a read of
 * APIAKEYLO_EL1, which stands for any of the ten keys and the instructions that use them. All else stands as it was.
 * Throws TraplineError: "unsupported" for a trace that shows such use itself, or not where the model lays it;
 * "interrupted"; and as `openTrace` and the writer.
 */
export async function layUses(
  path: string,
  output: string,
  model: UseModel,
  { signal, onProgress, ...writing }: LayUsesOptions = {},
): Promise<TraceHeader> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    checkUnused(header, model, path);
    const writer = createTraceWriter(output, writing);
    try {
      for (const done of lay(trace, writer, model)) {
        onProgress?.(done, header.events);
        // A signal is heard only while nothing runs.
        await new Promise(setImmediate);
        if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      }
      return finish(writer, header, model);
    } finally {
      writer.abort();
    }
  } finally {
    trace.close();
  }
}

const isKey = (encoding: number): boolean => registerByEncoding(encoding)?.class === "keys";

/** Kinds of the guest's accesses that its hypervisor made for it. */
const emulated: ReadonlySet<number> = new Set([Kind.emulatedWrite, Kind.emulatedRead]);

function checkUnused(
  { capabilities, registers, tally, exits, modelled }: TraceHeader,
  model: UseModel,
  file: string,
): void {
  const refuse = (message: string): TraplineError => new TraplineError("unsupported", message, { file });
  if (modelled?.some(({ part }) => part === "uses") === true) throw refuse("already has modelled uses");
  // Where nothing trapped them, a guest's own accesses to keys say little of its use: instructions that use keys come
  // without any, and are not recorded. They stay where they are, and are uses as those of the model.
  const kinds = capabilities.pauthUse === "trapped" ? accessKinds : emulated;
  if (
    tally.some(([kind, register]) => kinds.has(kind) && isKey(registers[register])) ||
    exits.some(([, , reason]) => reason === exceptionClass.pac)
  ) {
    throw refuse(
      "shows its guest's use of pointer authentication, which its hypervisor trapped: --uses is for one that does not",
    );
  }
  const { entries, loads, runs } = capabilities;
  if (entries !== "all") throw refuse("does not show all guest entries, after which --uses lays uses");
  if (model.after === Kind.load && !loads) {
    throw refuse("does not show vcpu_load, after which --uses pauth=load lays uses");
  }
  if (model.after === Kind.runStart && !runs) {
    throw refuse("does not show runs, at the start of which --uses pauth=run lays uses");
  }
}

/** Writes all events. Yields the events read, every now and then. */
function* lay(trace: Trace, writer: TraceWriter, { after, every }: UseModel): Generator<number> {
  const { places, vcpus } = trace.header;
  const { registerOf, placeOf } = copyTables(trace.header, writer);
  const [{ encoding }] = keyRegisters;
  const points = vcpus.map(() => 0);
  const due = vcpus.map(() => false);
  const pass = (vcpu: number): void => {
    due[vcpu] = ++points[vcpu] % every === 0;
  };
  let done = 0;
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    writer.append(kind, registerOf[register], placeOf[place], time, hasValue, lo, hi);
    if (vcpu >= 0) {
      // Who is entered first was loaded before the recording began.
      if (kind === after || (kind === Kind.entry && points[vcpu] === 0)) pass(vcpu);
      if (kind === Kind.entry && due[vcpu]) {
        due[vcpu] = false;
        writer.append(Kind.guestRead, writer.register(encoding), placeOf[place], time, false, 0, 0);
      }
    }
    if (++done % turn === 0) yield done;
  }
}

function finish(writer: TraceWriter, header: TraceHeader, { text }: UseModel): TraceHeader {
  const { capabilities, modelled = [] } = header;
  return writer.finish({
    ...fieldsOf(header),
    tool,
    capabilities: { ...capabilities, pauthUse: "modelled" },
    modelled: [...modelled, { part: "uses", model: text, seed: null, from: null }],
  });
}
