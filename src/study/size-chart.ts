import { axisX, axisY, dot, line, text } from "@observablehq/plot";
import { panelWidth, type Chart } from "../report/html/charts/chart.js";
import { draw } from "../report/html/svg/draw.js";
import { paint, series } from "../report/html/svg/palette.js";
import { modelsOf } from "../report/modelled.js";
import { figure, percent, short } from "../verdict/sentence.js";
import type { VerdictRow } from "../verdict/verdict-row.js";
import { recordingOf } from "./words.js";

/** The left edge of the scale: windows that are never, or hardly ever, written stand there. */
const leastShare = 1e-4;

interface Point {
  readonly recording: string;
  readonly name: string;
  readonly share: number;
  readonly registers: number;
  readonly needed: number;
}

/** How many registers a trap has to spare to pay, against how often it comes: groups above their own size do not pay. */
export function sizeChart(rows: readonly VerdictRow[]): Chart {
  const points = rows.flatMap((row): Point[] => {
    const size = row.breakEvenSize;
    if (row.writeShare === null || size === null || size.pays !== "from") return [];
    return [
      {
        recording: recordingOf(row),
        name: row.group ?? row.policy,
        share: row.writeShare,
        registers: row.registers.length,
        needed: size.exact,
      },
    ];
  });
  const recordings = [...new Set(points.map(({ recording }) => recording))];
  const colour = ({ recording }: Point): string => paint(series(recordings.indexOf(recording)));
  const shown = points.map((point) => ({ ...point, share: Math.max(leastShare, point.share) }));
  const curve = shown.toSorted((a, b) => a.share - b.share || a.needed - b.needed);
  const [first] = rows;
  const most = Math.max(10, ...points.map(({ needed }) => needed)) * 1.6;
  const label = `Registers that a group must have to be worth its trap, ${first.profile} prices`;
  const ticks = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].filter((tick) => tick <= most);
  const named = farApart(shown.filter(({ share }) => share >= 0.01));
  return {
    id: "size",
    title: "How large a state makes a trap worth it",
    summary: [
      `Each point is a group of dirty-each at the likely ${first.profile} prices: the share of windows in which its trap came, and how many registers (an MRS and a store each) the trap would have to spare to pay. A group pays if it has at least so many.`,
    ],
    modelled: modelsOf(rows),
    legend: [
      ...recordings.map((name, at) => ({ label: name, colour: paint(series(at)), shape: "dot" as const })),
      { label: "one register", colour: paint("soft"), shape: "dash" },
    ],
    panels: [
      {
        title: label,
        svg: draw({
          label,
          width: Math.round(1.5 * panelWidth),
          height: 320,
          marginLeft: 48,
          marginRight: 24,
          marginTop: 24,
          marginBottom: 40,
          modelled: modelsOf(rows),
          x: { type: "log", domain: [leastShare, 1], label: "share of windows that trap" },
          y: { type: "log", domain: [0.4, most], label: "registers needed" },
          marks: [
            axisX([1e-4, 1e-3, 1e-2, 0.1, 1], {
              tickFormat: (d: number) => (d === leastShare ? "≤0.01 %" : percent(d)),
              labelArrow: "none",
            }),
            axisY(ticks, { tickFormat: (d: number) => short(d), labelArrow: "none" }),
            line(
              [
                [leastShare, 1],
                [1, 1],
              ],
              { stroke: paint("soft"), strokeDasharray: "4 3" },
            ),
            line(curve, { x: "share", y: "needed", stroke: paint("line") }),
            dot(shown, {
              x: "share",
              y: "needed",
              r: 4.5,
              fill: colour,
              stroke: paint("ground"),
              title: (point: Point) =>
                `${point.name} (${point.recording}): ${percent(point.share)} of windows, pays from ${figure(point.needed)} registers, has ${point.registers}`,
            }),
            text(named, {
              x: "share",
              y: "needed",
              text: "name",
              textAnchor: "end",
              dx: -9,
              dy: -3,
              fill: paint("ink"),
              stroke: paint("ground"),
              strokeWidth: 3,
            }),
          ],
        }),
      },
    ],
    data: {
      columns: ["recording", "group", "write_share", "registers", "registers_needed"],
      rows: points.map(({ recording, name, share, registers, needed }) => [
        recording,
        name,
        share,
        registers,
        needed,
      ]),
    },
  };
}

/** Points whose names have room: none within a sixth of a decade above another. */
function farApart<T extends Point>(points: readonly T[]): T[] {
  const kept: T[] = [];
  for (const point of points.toSorted((a, b) => b.needed - a.needed)) {
    if (kept.every(({ needed }) => Math.log10(needed / point.needed) > 1 / 6)) kept.push(point);
  }
  return kept;
}
