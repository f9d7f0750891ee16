declare const uPlot: {
  new (options: PlotterOptions, data: number[][], target: HTMLElement): Plotter;
  readonly paths: { readonly stepped: (options: { align: 1 | -1 }) => NonNullable<PlotterSeries["paths"]> };
};

/** Height of a lane and of the axis below, and width of the lanes' names, in pixels. */
const laneHeight = 46;
const axisHeight = 34;
const nameWidth = 76;

interface LanePlot {
  show(view: View, span: Span): void;
  /** Where a view's value is at a place of the picture; undefined beside it. */
  resize(width: number): void;
  redraw(): void;
  readonly plotter: Plotter;
}

const colourNow = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** One picture of all lanes above each other: each has a scale that puts its values into its own band. */
function createLanePlot(target: HTMLElement, lanes: readonly Lane[], unit: string): LanePlot {
  const count = lanes.length;
  const most = lanes.map(() => 1);
  const all = lanes.flatMap((lane, at) => lane.series.map((series) => ({ series, lane: at })));
  const stepped = uPlot.paths.stepped({ align: 1 });
  const fromBottom = (lane: number): number => count - 1 - lane;
  let span: Span = { from: 0, to: 1 };
  let colours = new Map<string, string>();
  const colour = (name: string): string => {
    const known = colours.get(name) ?? colourNow(name);
    colours.set(name, known);
    return known;
  };

  const options: PlotterOptions = {
    width: Math.max(200, target.clientWidth),
    height: count * laneHeight + axisHeight,
    padding: [4, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: false, range: () => [span.from, span.to] },
      ...Object.fromEntries(
        lanes.map((_, lane) => [
          `lane${lane}`,
          {
            range: (): [number, number] => {
              const each = 1.15 * most[lane];
              return [-fromBottom(lane) * each, (count - fromBottom(lane)) * each];
            },
          },
        ]),
      ),
    },
    axes: [
      {
        size: axisHeight,
        stroke: () => colour("soft"),
        grid: { stroke: () => colour("line"), width: 1 },
        ticks: { stroke: () => colour("line"), width: 1 },
        values: (_, splits) => splits.map((value) => timeText(value, unit, 6)),
        space: 80,
      },
      // Room for the names of the lanes, which are written by hand.
      { scale: "lane0", size: nameWidth, values: () => [], grid: { show: false }, ticks: { show: false } },
    ],
    series: [
      {},
      ...all.map(({ series, lane }): PlotterSeries => ({
        label: series.label,
        scale: `lane${lane}`,
        stroke: () => colour(series.colour),
        ...(series.isFilled ? { fill: () => colour(series.colour) } : {}),
        fillTo: 0,
        width: series.isFilled ? 0.5 : 1.25,
        paths: stepped,
        points: { show: false },
      })),
    ],
    hooks: { drawClear: [drawNames], draw: [] },
  };

  /** Names and greatest values of the lanes, and the line that each stands on. */
  function drawNames({ ctx, bbox }: Plotter): void {
    const ratio = devicePixelRatio;
    const height = bbox.height / count;
    ctx.save();
    ctx.textAlign = "right";
    ctx.lineWidth = 1;
    lanes.forEach(({ label }, lane) => {
      const bottom = bbox.top + (lane + 1) * height;
      ctx.strokeStyle = colour("line");
      ctx.beginPath();
      ctx.moveTo(bbox.left, Math.round(bottom) - 0.5);
      ctx.lineTo(bbox.left + bbox.width, Math.round(bottom) - 0.5);
      ctx.stroke();
      ctx.fillStyle = colour("ink");
      ctx.font = `600 ${11 * ratio}px system-ui, sans-serif`;
      ctx.fillText(label, bbox.left - 8 * ratio, bottom - 0.55 * height);
      ctx.fillStyle = colour("soft");
      ctx.font = `${10 * ratio}px system-ui, sans-serif`;
      const scale = lane === 0 ? "share" : `to ${shortText(Number(most[lane].toPrecision(3)))}`;
      ctx.fillText(scale, bbox.left - 8 * ratio, bottom - 0.2 * height);
    });
    ctx.restore();
  }

  const empty = Array.from({ length: all.length + 1 }, () => [0, 1]);
  const plotter = new uPlot(options, empty, target);
  return {
    plotter,
    show(view, shown) {
      span = shown;
      const values = all.map(({ series }) => seriesValues(series, view));
      most.fill(0);
      most[0] = 1;
      all.forEach(({ lane }, at) => {
        for (const value of values[at]) if (value > most[lane]) most[lane] = value;
      });
      for (const lane of most.keys()) if (most[lane] === 0) most[lane] = 1;
      // What has nothing in view is not drawn: most exit reasons, most of the time. Lines at 0 are.
      all.forEach(({ series: { isFilled } }, at) => {
        const shows = !isFilled || values[at].some((value) => value > 0);
        plotter.series[at + 1].show = shows;
      });
      plotter.setData([view.times, ...values], true);
    },
    resize(width) {
      plotter.setSize({ width: Math.max(200, width), height: count * laneHeight + axisHeight });
    },
    redraw() {
      colours = new Map();
      plotter.redraw(false, true);
    },
  };
}
