import type { Table } from "../table.js";
import type { Dictionary } from "./dictionary.js";
import type { OnceCounts } from "./once.js";
import type { WindowChunks } from "./stream.js";

/** A block of windows of one segmentation: how many, and how many of these have no number. */
export interface WindowBlock {
  readonly segmentation: number;
  readonly windows: number;
  readonly literals: number;
}

/** A trace as windows, by segmentation; see `segmentation.ts`. */
export interface TraceWindows {
  readonly dictionaries: readonly Dictionary[];
  readonly once: OnceCounts;
  readonly blocks: Table<WindowBlock>;
  /** Valid until the next block is asked for. */
  readonly read: (block: number) => WindowChunks;
}
