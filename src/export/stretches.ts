import { traceEvents } from "../trace/events.js";
import { exitReason, reasonName } from "../trace/exits.js";
import { Kind } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";

/** Time that a vCPU spent loaded on a pCPU, or in one run. */
export interface Stretch {
  readonly what: "load" | "run";
  readonly vcpu: number;
  /** Index in the trace's list of pCPUs. */
  readonly pcpu: number;
  /** Clock units of the pCPU; undefined where the recording began or ended within, or lost it. */
  begin: number | undefined;
  end: number | undefined;
  /** When the vCPU was last seen in it. */
  seen: number;
  /** Its end was lost in the middle of the recording. */
  isLost: boolean;
  entries: number;
  exits: number;
  /** That retired. */
  writes: number;
  emulatedWrites: number;
  /** Of the last exit that ended a run; empty where there was none. */
  reason: string;
}

/**
 * The stretches of a trace, each when it ends, so that memory holds only those that are open: at most two a vCPU. One
 * whose end was lost comes when the vCPU's next begins; those that the end of the recording cuts come last.
 */
export function* traceStretches(trace: Trace): Generator<Stretch> {
  const { places } = trace.header;
  const open = { load: new Map<number, Stretch>(), run: new Map<number, Stretch>() };

  const make = (what: "load" | "run", vcpu: number, pcpu: number, begin: number | undefined): Stretch => ({
    what,
    vcpu,
    pcpu,
    begin,
    end: undefined,
    seen: begin ?? 0,
    isLost: false,
    entries: 0,
    exits: 0,
    writes: 0,
    emulatedWrites: 0,
    reason: "",
  });
  function* begin(what: "load" | "run", vcpu: number, pcpu: number, time: number): Generator<Stretch> {
    const unended = open[what].get(vcpu);
    if (unended !== undefined) {
      unended.isLost = true;
      yield unended;
    }
    open[what].set(vcpu, make(what, vcpu, pcpu, time));
  }
  function* end(what: "load" | "run", vcpu: number, pcpu: number, time: number): Generator<Stretch> {
    const ended = open[what].get(vcpu) ?? make(what, vcpu, pcpu, undefined);
    open[what].delete(vcpu);
    ended.end = time;
    yield ended;
  }

  for (const { kind, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
    if (vcpu < 0) continue;
    if (kind === Kind.load) yield* begin("load", vcpu, pcpu, time);
    else if (kind === Kind.put) yield* end("load", vcpu, pcpu, time);
    else if (kind === Kind.runStart) yield* begin("run", vcpu, pcpu, time);
    else if (kind === Kind.runEnd) yield* end("run", vcpu, pcpu, time);
    else {
      for (const each of [open.load.get(vcpu), open.run.get(vcpu)]) {
        if (each === undefined) continue;
        each.seen = time;
        if (kind === Kind.entry) each.entries++;
        else if (kind === Kind.guestWrite) each.writes++;
        else if (kind === Kind.emulatedWrite) each.emulatedWrites++;
        else if (kind === Kind.fastExit || kind === Kind.fullExit) each.exits++;
        if (kind === Kind.fullExit) each.reason = reasonName(exitReason(hasValue, lo, hi));
      }
    }
  }
  yield* open.run.values();
  yield* open.load.values();
}
