/** Something that is wrong with a trace, and where. What is not known, or does not apply, is absent. */
export interface Finding {
  /**
   * `damage`: a checksum or a structure does not hold. `counts`: the header or the index says another number than the
   * events. `windows`: these are not what the events make. `capability`: the trace holds what it says it cannot.
   * `invariant`: no machine does this.
   */
  readonly kind: "damage" | "counts" | "windows" | "capability" | "invariant";
  readonly what: string;
  /** How often; where it is found is the first. */
  readonly count?: number;
  /** Byte of the file. */
  readonly offset?: number;
  readonly block?: number;
  /** Number of the event in the trace, from 0. */
  readonly event?: number;
  readonly time?: number;
  /** The machine's number of the pCPU, and the vCPU index. */
  readonly pcpu?: number;
  readonly vcpu?: number;
}

/** What `trapline check` says of one trace. */
export interface TraceCheck {
  readonly path: string;
  readonly bytes: number;
  /** Format version; null where it does not show. */
  readonly version: number | null;
  readonly events: number;
  /** Blocks of events and of windows that were looked at. */
  readonly blocks: number;
  readonly windowBlocks: number;
  /** Nothing was found. */
  readonly whole: boolean;
  readonly findings: readonly Finding[];
  /** What is odd and allowed, with the rule that allows it. */
  readonly notes: readonly Finding[];
}
