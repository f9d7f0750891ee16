import { registerName } from "#src/registers/lookup.js";
import { kindName } from "#src/trace/kinds.js";
import type { TraceWriter } from "#src/trace/writer.js";

/** One event as it reached the writer. */
export interface Collected {
  readonly kind: string;
  /** "" for none. */
  readonly register: string;
  readonly pcpu: number;
  readonly vcpu: number;
  readonly time: number;
  /** Hexadecimal, "-" for none. */
  readonly value: string;
}

export interface Collector {
  readonly writer: TraceWriter;
  readonly events: readonly Collected[];
}

/** A writer that keeps events in memory. */
export function collector(): Collector {
  const events: Collected[] = [];
  const encodings = [-1];
  const places: { pcpu: number; vcpu: number }[] = [];
  const indexOf = <T>(list: T[], same: (each: T) => boolean, made: () => T): number => {
    const index = list.findIndex(same);
    return index < 0 ? list.push(made()) - 1 : index;
  };
  const writer: TraceWriter = {
    register: (encoding) =>
      indexOf(
        encodings,
        (each) => each === encoding,
        () => encoding,
      ),
    place: (pcpu, vcpu) =>
      indexOf(
        places,
        (each) => each.pcpu === pcpu && each.vcpu === vcpu,
        () => ({ pcpu, vcpu }),
      ),
    append(kind, register, place, time, hasValue, lo, hi) {
      const value = hasValue ? ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16) : "-";
      events.push({
        kind: kindName(kind),
        register: register === 0 ? "" : nameOf(encodings[register]),
        ...places[place],
        time,
        value,
      });
    },
    restart() {
      events.length = 0;
      encodings.length = 1;
      places.length = 0;
    },
    finish() {
      throw new Error("nothing is written");
    },
    abort() {},
  };
  return { writer, events };
}

const nameOf = (encoding: number): string => (encoding === 0x10000 ? "FPSIMD" : registerName(encoding));
