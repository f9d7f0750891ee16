/** What one policy did to one register of one context: a guest's (by vCPU index) or the host's (by pCPU index). */
export interface CountRow {
  readonly context: "guest" | "host";
  readonly unit: number;
  readonly register: string;
  readonly traps: number;
  readonly saves: number;
  /** Save points of the register at which it was not saved. */
  readonly elided: number;
  readonly restores: number;
  /**
   * How often an adaptive group, or an oracle's, went from trapping to eager or back; on the row of the group's
   * first register, and only where it is above 0.
   */
  readonly changes?: number;
  /** Of the saves of a tracked group, those that an oracle made without a test; only where above 0. */
  readonly untested?: number;
}

/** The dictionary and the places of a trace, as the model wants them. */
export interface Naming {
  /** Register names by dictionary index; index 0 is unused. */
  readonly registers: readonly string[];
  /** (pCPU index, vCPU index) pairs, flattened. */
  readonly places: readonly number[];
  readonly vcpus: number;
  readonly pcpus: number;
}
