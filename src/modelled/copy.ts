import type { RecordedLists, TraceHeader } from "../trace/header.js";
import type { HeaderFields, TraceWriter } from "../trace/writer.js";

/** What a trace's numbers of registers and places become in a trace that is written after it. */
export interface Copied {
  readonly registerOf: readonly number[];
  readonly placeOf: readonly number[];
}

/** Enters a trace's registers and places in its own order, so that its dictionary keeps its numbers. */
export function copyTables({ registers, places }: TraceHeader, writer: TraceWriter): Copied {
  return {
    registerOf: registers.map((encoding, index) => (index === 0 ? 0 : writer.register(encoding))),
    placeOf: Array.from({ length: places.length / 2 }, (_, at) =>
      writer.place(places[2 * at], places[2 * at + 1]),
    ),
  };
}

/** What a trace says of its source, as a writer takes it, for another one made of it. */
export function fieldsOf(header: TraceHeader): HeaderFields {
  const { tool, source, clock, mode, pcpus, vcpus, capabilities, passedOver, anomalies, modelled } = header;
  return {
    tool,
    source,
    clock,
    mode,
    pcpus: pcpus.map(({ pcpu }) => pcpu),
    vcpus,
    capabilities,
    recorded: encodingsOf(header),
    passedOver,
    anomalies,
    ...(modelled === undefined ? {} : { modelled }),
  };
}

/** The recorded lists as a writer takes them. */
export function encodingsOf({ registers, recorded }: TraceHeader): HeaderFields["recorded"] {
  const list = (name: keyof RecordedLists): number[] => recorded[name].map((index) => registers[index]);
  return {
    guestSave: list("guestSave"),
    guestRestore: list("guestRestore"),
    hostSave: list("hostSave"),
    hostRestore: list("hostRestore"),
  };
}
