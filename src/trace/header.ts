import type { Capabilities } from "./capabilities.js";

/** Version of the container written by this code; readers accept 1 to this. */
export const formatVersion = 2;

/** Where events came from. No path, date or host name: the same input gives the same file. */
export interface Source {
  /** Importer, such as `tarmac`. */
  readonly format: string;
  readonly dialect: string;
  /** File name without folder, `-` for standard input. */
  readonly name: string;
  /** Decompressed bytes and lines read. */
  readonly bytes: number;
  readonly lines: number;
}

export interface Clock {
  /** `instructions`, `ns`, `ps`, `us`, `cycles` or `ticks`. */
  readonly unit: string;
  /** Times of different pCPUs cannot be compared. */
  readonly perCpu: boolean;
  /** Seconds that were taken off all times; absent for 0. */
  readonly origin?: number;
}

export interface Vcpu {
  /** VMID of VTTBR_EL2; -1 for a guest without a hypervisor, and where the recording does not tell. */
  readonly vm: number;
  /**
   * VMPIDR_EL2, low half; 0, which it cannot be, where the recording does not tell. With `thread` it is what KVM gives
   * a vCPU of that number, unless its VMM set another.
   */
  readonly mpidr: number;
  /** The host's thread that runs it, where that is how the recording tells vCPUs apart. */
  readonly thread?: number;
  /** The process of that thread, where it is known: one VM is one process. */
  readonly process?: number;
  /** The thread's name, where it is known. */
  readonly name?: string;
  /** The guest's name, where a recording of it was made together with that of the host. */
  readonly guest?: string;
  /** How often the guest's own kernel was seen to go from one thread to another on this vCPU, in such a recording. */
  readonly guestSwitches?: number;
}

/** Times of a pCPU's first and last event in the order of the file, 0 where it has none. */
export interface PcpuTimes {
  readonly pcpu: number;
  readonly first: number;
  readonly last: number;
}

/** Registers of one class, by dictionary index, in the order in which the recorded kernel switched them. */
export interface RecordedLists {
  readonly guestSave: readonly number[];
  readonly guestRestore: readonly number[];
  readonly hostSave: readonly number[];
  readonly hostRestore: readonly number[];
}

/** How often an event (kind, register) came at a place. */
export type TallyRow = readonly [kind: number, register: number, place: number, count: number];

/**
 * How often a guest left at a place for a reason (see `exits.ts`); for a trapped access also the register and
 * whether it was a write.
 */
export type ExitRow = readonly [
  place: number,
  fast: 0 | 1,
  reason: number,
  register: number,
  write: 0 | 1,
  count: number,
];

/** A part of a trace that no machine did and a model made up. */
export interface ModelledPart {
  /**
   * What of the trace: `exits` are loads, puts, runs, entries and exits; `uses`, the first uses of a trapped feature;
   * `synthetic`, all of it.
   */
  readonly part: string;
  /** The model, as it is asked for: `every=100000,put=3`. */
  readonly model: string;
  /** Of its random numbers; null for a model that draws none. */
  readonly seed: number | null;
  /** The trace that it took them from: name without folder, and what changes with its content. */
  readonly from: { readonly name: string; readonly identity: string } | null;
}

/** An invariant of recordings that this one breaks: how often, and where first. */
export interface Breach {
  /** Of `invariants/rules.ts`. */
  readonly rule: string;
  readonly count: number;
  /** Of the first time: number of the event in the trace and of its block, from 0; pCPU and vCPU index, -1 for none. */
  readonly event: number;
  readonly block: number;
  readonly time: number;
  readonly pcpu: number;
  readonly vcpu: number;
}

/** What could not be read of a damaged trace when this one was made of the rest. */
export interface DamagedPart {
  /** `index`, `dictionary`, `windows`, `events`. */
  readonly part: string;
  /** What was wrong with it. */
  readonly what: string;
  /** Block of events; absent for other parts. */
  readonly block?: number;
  /** Where it was in the damaged file. */
  readonly offset: number;
  readonly bytes: number;
  /** Events that are not in this trace for it; absent where it is not known how many they were. */
  readonly lost?: number;
}

/** Everything about a trace that is not an event. */
export interface TraceHeader {
  readonly tool: string;
  readonly source: Source;
  readonly clock: Clock;
  /** `none`: no hypervisor was recorded. */
  readonly mode: "vhe" | "nvhe" | "none";
  readonly events: number;
  readonly pcpus: readonly PcpuTimes[];
  readonly vcpus: readonly Vcpu[];
  /** Clock units spent in the guest, by vCPU: from each entry to its exit on the same pCPU. */
  readonly guestTime: readonly number[];
  /** (pCPU index, vCPU index) pairs, flattened; an event's place is an index here. vCPU -1: none. */
  readonly places: readonly number[];
  /** Encodings, see `registers/register.ts`. Index 0 is no register. */
  readonly registers: readonly number[];
  readonly capabilities: Capabilities;
  readonly recorded: RecordedLists;
  readonly tally: readonly TallyRow[];
  readonly exits: readonly ExitRow[];
  /** Lines passed over, by kind, and what the importer found odd, by name; counts. */
  readonly passedOver: Readonly<Record<string, number>>;
  readonly anomalies: Readonly<Record<string, number>>;
  /** What a model made up, one part or more; absent where everything was recorded. */
  readonly modelled?: readonly ModelledPart[];
  /** Invariants that the recording breaks; absent where it breaks none. */
  readonly breaches?: readonly Breach[];
  /** What of the trace that this one was made of was damaged; absent where all of it was whole. */
  readonly damaged?: readonly DamagedPart[];
}

/** One block of events in the file. */
export interface BlockRow {
  /** Byte offset of the block in the file, and its length. */
  readonly offset: number;
  readonly bytes: number;
  readonly events: number;
  /** CRC-32 at the end of the block's head, which covers those of its columns; version 1 does not have it here. */
  readonly crc?: number;
}
