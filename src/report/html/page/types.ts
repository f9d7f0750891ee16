// Scripts of a page see each other's names: they are plain scripts, joined into one when a report is written.

type Packed = import("../timeline/packed.js").PackedTimeline;
type PackedRows = import("../timeline/packed.js").PackedBlock;
type PackedSteps = import("../timeline/packed.js").PackedLevel;
type PackedCpu = import("../timeline/packed.js").PackedVcpu;
type PackedWhat = import("../timeline/packed.js").PackedColumn;
type Plotter = import("uplot");
type PlotterOptions = import("uplot").Options;
type PlotterSeries = import("uplot").Series;

/** Rows of a level, unpacked. */
interface Rows {
  readonly count: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly loaded: Float64Array;
  readonly windows: Float64Array;
  readonly counts: readonly Float64Array[];
}

/** A span of time, from its first clock unit to behind its last. */
interface Span {
  readonly from: number;
  readonly to: number;
}
