import { TraplineError } from "../errors.js";
import { fpsimdEncoding } from "../registers/table-fp.js";
import { registerByEncoding } from "../registers/lookup.js";
import { traceEvents } from "../trace/events.js";
import type { ModelledPart, TraceHeader } from "../trace/header.js";
import { accessKinds, Kind } from "../trace/kinds.js";
import { checkRecorded } from "../trace/modelled.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { createTraceWriter, type TraceWriter, type WriterOptions } from "../trace/writer.js";
import { tool } from "../version.js";

export interface GuestAloneOptions extends WriterOptions {
  readonly signal?: AbortSignal;
  /** Called with events read and events in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Events between two looks at whether the user says stop. */
const turn = 1 << 16;

/**
 * Writes at `output` what the guests of a recording did, as if nothing had been under them: each vCPU on a pCPU of
 * its own, whose clock counts the vCPU's time in the guest alone. All that the hypervisor did is left out, the
 * accesses that it emulated are not. So are first uses of FP/SIMD and of pointer authentication, which only show
 * where the recorded hypervisor happened to trap them. A recording without a hypervisor stays as it is, but for that.
 *
 * Throws TraplineError: "unsupported" for a trace that does not show all guest writes and all entries, or that is
 * modelled; "interrupted"; and as `openTrace` and the writer.
 */
export async function writeGuestAlone(
  path: string,
  output: string,
  { signal, onProgress, ...writing }: GuestAloneOptions = {},
): Promise<TraceHeader> {
  const trace = openTrace(path);
  try {
    const { header } = trace;
    checkWrites(header, path);
    const writer = createTraceWriter(output, writing);
    try {
      for (const done of copy(trace, writer)) {
        onProgress?.(done, header.events);
        // A signal is heard only while nothing runs.
        await new Promise(setImmediate);
        if (signal?.aborted === true) throw new TraplineError("interrupted", "interrupted");
      }
      return finish(writer, header);
    } finally {
      writer.abort();
    }
  } finally {
    trace.close();
  }
}

/** How a trace is marked whose writes come from such a copy. */
export const writesMark = (name: string, identity: string): ModelledPart => ({
  part: "writes",
  model: `of=${name}`,
  seed: null,
  from: { name, identity },
});

function checkWrites(header: TraceHeader, file: string): void {
  checkRecorded(header, file);
  const { guestWrites, entries } = header.capabilities;
  const refuse = (message: string): TraplineError =>
    new TraplineError("unsupported", message, { file }, "Take a recording of every access, such as Tarmac");
  if (guestWrites !== "all") throw refuse("does not show the guest's writes, of which only some trapped");
  if (entries === "full-only")
    throw refuse("does not show all guest entries, and so not the guest's own time");
  if (header.vcpus.length === 0) throw refuse("holds no guest");
}

/** Where a vCPU is: since when in its guest and on which pCPU, and its guest time until then. */
interface Own {
  inGuest: boolean;
  pcpu: number;
  since: number;
  spent: number;
}

function* copy(trace: Trace, writer: TraceWriter): Generator<number> {
  const { places, registers, vcpus, capabilities } = trace.header;
  const registerOf = registers.map((encoding, index) => (index === 0 ? 0 : writer.register(encoding)));
  const placeOf = vcpus.map((_, vcpu) => writer.place(vcpu, vcpu));
  const onlyIfTrapped = registers.map((encoding) => isUse(encoding));
  // A recording may begin inside a guest: what comes before the first entry was done there too.
  const all = vcpus.map((): Own => ({ inGuest: true, pcpu: -1, since: 0, spent: 0 }));
  const alone = capabilities.entries === "none";

  /** The vCPU's time in its guest until now. */
  function timeOf(own: Own, pcpu: number, time: number): number {
    if (alone) return time;
    if (!own.inGuest) return own.spent;
    if (own.pcpu !== pcpu) {
      // Its clock is another one: the time spent on the one before ends with the last event there.
      own.pcpu = pcpu;
      own.since = time;
    } else if (time > own.since) {
      own.spent += time - own.since;
      own.since = time;
    }
    return own.spent;
  }

  let done = 0;
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
    if (vcpu >= 0) {
      const own = all[vcpu];
      if (kind === Kind.entry) {
        own.inGuest = true;
        own.pcpu = pcpu;
        own.since = time;
      } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
        timeOf(own, pcpu, time);
        own.inGuest = false;
      } else if (accessKinds.has(kind) && !onlyIfTrapped[register]) {
        const at = timeOf(own, pcpu, time);
        writer.append(kind, registerOf[register], placeOf[vcpu], at, hasValue, lo, hi);
      }
    }
    if (++done % turn === 0) yield done;
  }
}

/** Registers whose accesses stand for the use of a feature. */
const isUse = (encoding: number): boolean =>
  encoding === fpsimdEncoding || registerByEncoding(encoding)?.class === "keys";

function finish(writer: TraceWriter, header: TraceHeader): TraceHeader {
  const { source, clock, vcpus, capabilities, passedOver, anomalies } = header;
  return writer.finish({
    tool,
    source,
    clock: capabilities.entries === "none" ? clock : { unit: clock.unit, perCpu: true },
    mode: "none",
    pcpus: vcpus.map((_, vcpu) => vcpu),
    vcpus,
    capabilities: {
      ...capabilities,
      entries: "none",
      runs: false,
      loads: false,
      switches: false,
      fpUse: "none",
      pauthUse: "none",
    },
    recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    passedOver,
    anomalies,
  });
}
