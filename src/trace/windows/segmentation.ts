import { Kind } from "../kinds.js";

/**
 * A way to cut what a vCPU did into windows. Together, a vCPU's windows are all steps of the points that the
 * segmentation keeps, and between two of these the first access of each kind to each register: a second one finds
 * the group open already, or trapping as the first did (those that trap always are counted without windows).
 */
export interface Segmentation {
  readonly name: "runs" | "loads";
  /** Kinds of points that its windows show. */
  readonly points: readonly number[];
  /** A window ends behind one of these. */
  readonly ends: readonly number[];
}

/**
 * `runs` serves every configuration. `loads` shows less and so repeats more: it serves registers that are switched
 * and armed at load and put alone, as VHE's are.
 */
export const segmentations: readonly Segmentation[] = [
  {
    name: "runs",
    points: [Kind.load, Kind.put, Kind.runStart, Kind.runEnd, Kind.entry, Kind.fullExit],
    ends: [Kind.put, Kind.runEnd],
  },
  { name: "loads", points: [Kind.load, Kind.put], ends: [Kind.put] },
];

/** A window is cut after so many steps, wherever it is: a cut anywhere is exact. */
export const mostSteps = 256;
