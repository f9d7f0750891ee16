import type { Kind } from "../trace/kinds.js";
import type { Capabilities } from "../trace/capabilities.js";
import type { ModelledPart, TraceHeader } from "../trace/header.js";
import type { HeaderFields } from "../trace/writer.js";

/** How a guest left, and what its hypervisor did before it entered the guest again. */
export interface Leaving {
  readonly kind: typeof Kind.fullExit | typeof Kind.fastExit;
  /** Encoding of the register of a trapped access; -1 for none. */
  readonly encoding: number;
  /** See `trace/exits.ts`; undefined where the model has no reason. */
  readonly value: readonly [lo: number, hi: number] | undefined;
  /** Kinds of runEnd, put, load and runStart, in order: none for a fast exit, else runEnd first, runStart last. */
  readonly between: readonly number[];
}

/** A stretch of a guest's time, from an entry to an exit. */
export interface Stretch {
  /** Clock units, a whole number from 0. */
  readonly length: number;
  readonly leaving: Leaving;
}

/** What a model lays over a trace. */
export interface Exits {
  /**
   * A vCPU's stretches, one after the other and without end. `ordinal`: its place among the trace's vCPUs in the
   * order of VMID and MPIDR. vCPUs depend on nothing but the model, the seed and their ordinal.
   */
  stretches(ordinal: number): Iterable<Stretch>;
  /** Clock units of a stretch on average. */
  mean(ordinal: number): number;
  readonly entries: Exclude<Capabilities["entries"], "none">;
  readonly loads: boolean;
  readonly mode: TraceHeader["mode"];
  readonly recorded: HeaderFields["recorded"];
  readonly mark: ModelledPart;
  close(): void;
}

/** A model as it was asked for, checked. */
export interface ExitModel {
  /** The trace that the model takes its exits from, if it does. */
  readonly other?: string;
  /**
   * Makes it ready for a trace. `other`: where that trace is now, if not under its name. Throws TraplineError
   * "unsupported" where the model does not fit the trace.
   */
  open(header: TraceHeader, other?: string): Exits;
}

/** A kind of model. */
export interface ExitModelKind {
  readonly name: string;
  /** How it is written, for messages and help. */
  readonly usage: string;
  /** `value`: what stands behind `NAME=`. Throws TraplineError "usage". */
  parse(value: string, seed: number): ExitModel;
}

/** Lists of a kernel that nobody saw. */
export const nothingRecorded: Exits["recorded"] = {
  guestSave: [],
  guestRestore: [],
  hostSave: [],
  hostRestore: [],
};
