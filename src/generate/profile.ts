/** A profile: a guest of a kind, as a table of figures with a source or a reason beside each. */

/** A number, and where it comes from or why it was chosen. */
export type Figure = readonly [value: number, source: string];

/** Ways to leave, by the names of `trace/exits.ts`; a trapped access with its register and direction. */
export interface ProfileExit {
  readonly reason: "IRQ" | "WFx" | "DABT_LOW" | "HVC64" | "FP_ASIMD" | "SYS64";
  readonly register?: string;
  /** Of the last exits before a put, and of the others: weights. */
  readonly last: number;
  readonly inner: number;
}

export interface ProfileActivity {
  readonly name: string;
  /** Registers written, each so many times in a run in which the activity is. */
  readonly writes: Readonly<Record<string, number>>;
  readonly reads?: Readonly<Record<string, number>>;
  /** Share of windows with it, and windows in a row. */
  readonly share: Figure;
  readonly burst: Figure;
  /** Of the runs with an entry of such a window beyond the first, the share that has it too. */
  readonly spread: Figure;
  /** Share of writes with the value of the write before, and of those with an earlier one; the rest is new. */
  readonly repeat: Figure;
  readonly known: Figure;
  /** Values of the first writes of a register, in order. */
  readonly opening?: Readonly<Record<string, readonly (readonly [lo: number, hi: number])[]>>;
}

export interface ProfilePhase {
  readonly name: string;
  /** Windows until the phase is over; the last phase of a profile goes on for ever. */
  readonly windows: Figure;
  /** Runs of a window and the share of them without an entry. */
  readonly runs: Figure;
  readonly emptyRuns: Figure;
  /** Fast exits of a run: FP_ASIMD, the first use of vector registers. */
  readonly fastExits: Figure;
  /** Means of exponential distributions, in ns. */
  readonly guest: Figure;
  readonly between: Figure;
  readonly edges: Figure;
  readonly out: Figure;
  readonly exits: readonly ProfileExit[];
  readonly exitSource: string;
  readonly activities: readonly ProfileActivity[];
}

export interface Profile {
  readonly name: string;
  readonly summary: string;
  readonly vcpus: Figure;
  readonly pcpus: Figure;
  /** Share of loads on another pCPU than the vCPU's last one. */
  readonly migration: Figure;
  readonly phases: readonly ProfilePhase[];
}
