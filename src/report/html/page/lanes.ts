/** A line or an area of a lane. */
interface LaneSeries {
  readonly label: string;
  /** Columns that it sums; none for the share of time loaded. */
  readonly columns: readonly number[];
  readonly colour: string;
  readonly isFilled: boolean;
  /** The column by itself, for reading out. */
  readonly own: number;
}

/** A band of the picture with a scale of its own. */
interface Lane {
  readonly label: string;
  readonly series: readonly LaneSeries[];
}

/** Colours by the names of the page's style sheet. */
const laneColours = ["series1", "series2", "series3", "series4", "series5", "series6", "series7", "series8"];

const nthColour = (at: number): string => laneColours[at % laneColours.length];

/** From top to bottom. Exits are stacked: each series has what is below it too, the tallest drawn first. */
function lanesOf(columns: readonly PackedWhat[]): Lane[] {
  const of = (what: PackedWhat["what"]): number[] =>
    columns.flatMap((column, at) => (column.what === what ? [at] : []));
  const single = (label: string, own: number, colour: string): Lane => ({
    label,
    series: [{ label, columns: own < 0 ? [] : [own], colour, isFilled: true, own }],
  });
  const byPolicy = (label: "traps" | "saves"): Lane => ({
    label,
    series: of(label).map((own, at) => ({
      label: columns[own].of,
      columns: [own],
      // Eager, the first, is what the others are held against.
      colour: at === 0 ? "soft" : nthColour(at - 1),
      isFilled: false,
      own,
    })),
  });
  const exits = of("exits");
  const lanes = [
    single("loaded", -1, "unsure"),
    ...of("runs").map((own) => single("runs", own, "series7")),
    {
      label: "exits",
      series: exits
        .map((own, at) => ({
          label: columns[own].of,
          columns: exits.slice(0, at + 1),
          colour: nthColour(at),
          isFilled: true,
          own,
        }))
        .toReversed(),
    },
    ...of("writes").map((own) => single("writes", own, "series3")),
    byPolicy("traps"),
    byPolicy("saves"),
  ];
  return lanes.filter(({ series }) => series.length > 0);
}

/** Values of a series at each time of a view. */
function seriesValues({ columns }: LaneSeries, view: View): number[] {
  if (columns.length === 0) return view.loaded;
  if (columns.length === 1) return view.counts[columns[0]];
  return view.times.map((_, at) => columns.reduce((sum, column) => sum + view.counts[column][at], 0));
}
