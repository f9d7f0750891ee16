/** A cell of a chart's data: what the chart shows, in full digits. */
export type DataCell = string | number | null;

/** The figures of a chart, in the long form that a CSV has. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly DataCell[])[];
}

export interface LegendItem {
  readonly label: string;
  readonly colour: string;
  readonly shape: "area" | "dot" | "ring" | "line" | "dash";
}

/** One of the pictures of a chart that stand side by side. */
export interface Panel {
  readonly title: string;
  readonly svg: string;
}

/**
 * A chart with all that goes with it: pictures, what they show in words, and the figures. Made of data alone, so that
 * a page, a document and a test can each take what they need.
 */
export interface Chart {
  /** For links, files and tests; letters and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly summary: readonly string[];
  /** What of the input was not recorded but modelled. */
  readonly modelled: readonly string[];
  readonly legend: readonly LegendItem[];
  readonly panels: readonly Panel[];
  readonly data: DataTable;
}

/** The width of a picture, in pixels: two stand side by side on a screen, and one fits a phone when it is scaled. */
export const panelWidth = 460;
