import { registerName } from "../registers/lookup.js";
import { traceEvents } from "../trace/events.js";
import { kindName } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";

/** An event as exports write it: nothing that the trace holds of it is left out. */
export interface EventFields {
  /** In clock units of its pCPU. */
  readonly time: number;
  /** The source's number of the pCPU. */
  readonly pcpu: number;
  /** Index in the trace's list of vCPUs; undefined for an event that is about no guest. */
  readonly vcpu: number | undefined;
  readonly kind: string;
  /** Undefined where there is none. */
  readonly register: string | undefined;
  /** 64 bits in hexadecimal with 0x; undefined where the recording does not give it. */
  readonly value: string | undefined;
}

/** Every event in the order of the trace. */
export function* eventFields(trace: Trace): Generator<EventFields> {
  const { places, pcpus, registers } = trace.header;
  const names = registers.map((encoding) => (encoding < 0 ? undefined : registerName(encoding)));
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    yield {
      time,
      pcpu: pcpus[places[2 * place]].pcpu,
      vcpu: vcpu < 0 ? undefined : vcpu,
      kind: kindName(kind),
      register: names[register],
      value: hasValue ? `0x${hex(hi)}${hex(lo)}` : undefined,
    };
  }
}

const hex = (half: number): string => half.toString(16).padStart(8, "0");

/** Pieces of about this many characters are written at once. */
const pieceLength = 1 << 16;

/** Lines joined to pieces. */
export function* pieces(lines: Iterable<string>): Generator<string> {
  let text = "";
  for (const line of lines) {
    text += line;
    if (text.length >= pieceLength) {
      yield text;
      text = "";
    }
  }
  if (text !== "") yield text;
}
