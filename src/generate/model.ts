/**
 * A guest that no machine ran, as numbers: what `generate` draws from. Profiles and fits both become one of these.
 * Figures of a phase are totals over its windows, so that a fit keeps the recording's own counts. A window here is
 * the span from vcpu_load to vcpu_put, in both modes; where loads are not told, it is a run.
 */

import type { Clock, TraceHeader } from "../trace/header.js";
import type { HeaderFields } from "../trace/writer.js";

/**
 * A distribution of times in clock units: parts with their weight, mean, and how far draws may lie from it. `exact`:
 * weights are numbers of draws, which are not put back.
 */
export interface Times {
  readonly exact?: boolean;
  readonly parts: readonly { readonly weight: number; readonly mean: number; readonly width: number }[];
}

/** Values that are drawn without putting them back, each with its number. */
export type Pool = readonly (readonly [value: number, count: number])[];

/** What the values of a register's writes are like. All of them as two halves of 32 bits, low first. */
export interface ValueModel {
  /** Of the first writes, in order. */
  readonly opening: readonly (readonly [lo: number, hi: number])[];
  /** Share of writes with the value of the write before, and of those with one that came earlier. */
  readonly repeat: number;
  readonly known: number;
  /** Bits that all values share, and bits in which fresh ones differ. */
  readonly base: readonly [lo: number, hi: number];
  readonly vary: readonly [lo: number, hi: number];
}

/** An access that belongs to an activity: kind guestWrite or guestRead. */
export interface Access {
  readonly kind: number;
  /** Encoding of the register. */
  readonly encoding: number;
  /** How often in the phase; at least once in each run in which the activity is. */
  readonly times: number;
  /** Undefined where no value is known. */
  readonly values: ValueModel | undefined;
}

/** Accesses that come in the same windows: a context switch, a timer's interrupt, a boot's set-up. */
export interface Activity {
  readonly name: string;
  /** Windows in which it is, and rounds of them without a gap. */
  readonly windows: number;
  readonly bursts: number;
  readonly parts: readonly ActivityPart[];
  /** What comes only in windows in which this one is; their rounds are counted over these windows alone. */
  readonly within: readonly Activity[];
}

/** Accesses that also come in the same runs of these windows. */
export interface ActivityPart {
  /** Runs with an entry in which they are; at least one of each window. */
  readonly runs: number;
  readonly accesses: readonly Access[];
}

/** A way to leave the guest. */
export interface Exit {
  /** Of the trapped access, -1 for none. */
  readonly encoding: number;
  /** See `trace/exits.ts`; undefined where it is not known. */
  readonly value: readonly [lo: number, hi: number] | undefined;
  /** emulatedWrite or emulatedRead, where the hypervisor did the access; -1 for none. */
  readonly emulated: number;
}

/** Ways to leave with how often each came. */
export type Exits = readonly (readonly [exit: Exit, count: number])[];

/** A stretch of a vCPU's life whose figures are the same throughout. */
export interface Phase {
  readonly windows: number;
  /** Of these the ones in which the guest is entered, and all activities are; each with a run if it is not said. */
  readonly entered?: { readonly windows: number; readonly bursts: number };
  /** Runs in a window. */
  readonly runs: Pool;
  /** Runs without an entry, of all of them. */
  readonly emptyRuns: number;
  /** The exits of the last run of a window, and those of the others. */
  readonly lastExits: Exits;
  readonly innerExits: Exits;
  readonly fastExits: Exits;
  /** From an entry to the next exit; from a full exit to the next entry in the same window. */
  readonly guest: Times;
  readonly between: Times;
  /** From load to the first run, and from the last run to put, both of them together. */
  readonly edges: Times;
  /** From a put to the next load. */
  readonly out: Times;
  readonly activities: readonly Activity[];
}

export interface VcpuModel {
  readonly phases: readonly Phase[];
  /** Where a vCPU goes on when all phases are over. */
  readonly repeatFrom: number;
}

export interface GuestModel {
  /** As it was asked for: the profile or the recording, with all that was changed. */
  readonly name: string;
  readonly from: { readonly name: string; readonly identity: string } | null;
  readonly clock: Clock;
  readonly mode: TraceHeader["mode"];
  readonly capabilities: TraceHeader["capabilities"];
  readonly recorded: HeaderFields["recorded"];
  /** Encodings that the trace names whether the guest uses them or not. */
  readonly registers: readonly number[];
  /** vCPU i is like number i modulo their count. */
  readonly vcpus: readonly VcpuModel[];
  readonly vcpuCount: number;
  readonly pcpuCount: number;
  /** Share of loads that are on another pCPU than the vCPU's last one. */
  readonly migration: number;
}

/** How much is made: until so many windows or events are there, or each vCPU has been through its phases once. */
export interface Size {
  readonly windows?: number;
  readonly events?: number;
}
