/** A timeline as a page holds it; `pack.ts` says how a block is written. */

export interface PackedBlock {
  /** Where the row before ended: what the first gap counts from. */
  readonly from: number;
  /** Start of the first row, and end of the last. */
  readonly start: number;
  readonly end: number;
  readonly rows: number;
  readonly data: string;
}

export interface PackedLevel {
  readonly rows: number;
  readonly blocks: readonly PackedBlock[];
}

export interface PackedVcpu {
  readonly name: string;
  readonly windows: number;
  /** Sums over all windows, by column. */
  readonly totals: readonly number[];
  readonly loaded: number;
  readonly levels: readonly PackedLevel[];
}

export interface PackedColumn {
  readonly what: "runs" | "exits" | "writes" | "traps" | "saves";
  readonly of: string;
}

export interface PackedTimeline {
  readonly trace: string;
  readonly unit: string;
  /** Each vCPU has a time of its own, which is not that of the others. */
  readonly ownTime: boolean;
  readonly windowIs: string;
  readonly modelled: readonly string[];
  readonly columns: readonly PackedColumn[];
  readonly vcpus: readonly PackedVcpu[];
}
