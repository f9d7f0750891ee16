import { axisX, dot, link, ruleX, text } from "@observablehq/plot";
import { figure, percent, short } from "../../../verdict/sentence.js";
import type { Rate, RateComparison, VerdictDiff } from "../../../verdict/compare.js";
import { comparisonCells, comparisonColumns } from "../../compare.js";
import { modelsOf } from "../../modelled.js";
import { draw, wordWidth } from "../svg/draw.js";
import { paint } from "../svg/palette.js";
import { panelWidth, type Chart, type Panel } from "./chart.js";
import { nestingName, once, plural } from "./names.js";

const rateNames: Readonly<Record<Rate, string>> = {
  writeShare: "Share of windows that trap",
  trapsPerGuestSecond: "Traps per second in the guest",
  perGuestSecond: "Cost against eager per second in the guest",
};

/** The rates of two verdicts: B less A with its interval, a picture a rate and question. */
export function rateChangeChart({ comparisons, a: first, b: second }: VerdictDiff): Chart {
  const modelled = modelsOf([first, second]);
  const keyOf = ({ rate, nesting, profile, unit }: RateComparison): string =>
    JSON.stringify([rate, nesting, profile, unit]);
  const blocks = once(comparisons.map(keyOf)).map((key) => comparisons.filter((row) => keyOf(row) === key));
  const differing = comparisons.filter(({ differ }) => differ);
  return {
    id: "rates",
    title: "Rates: B less A",
    summary: [
      differing.length === 0
        ? `None of ${plural(comparisons.length, "rate")} is told apart.`
        : `${differing.length} of ${plural(comparisons.length, "rate")} differ by more than chance.`,
    ],
    modelled,
    legend: [
      { label: "differs: the interval leaves out 0", colour: paint("more"), shape: "dot" },
      { label: "not told apart", colour: paint("unsure"), shape: "ring" },
      { label: "interval of 95 %", colour: paint("soft"), shape: "line" },
    ],
    panels: blocks.map((rows): Panel => {
      const [{ rate, nesting, profile, unit }] = rows;
      const of = [profile, nesting === null ? null : nestingName(nesting)].filter((each) => each !== null);
      const title = [
        rateNames[rate],
        ...of,
        ...(rate === "perGuestSecond" && unit !== null ? [`in ${unit}`] : []),
      ];
      return { title: title.join(", "), svg: picture(rows, modelled, title.join(", ")) };
    }),
    data: {
      columns: comparisonColumns,
      rows: comparisons.map(comparisonCells),
    },
  };
}

function picture(rows: readonly RateComparison[], modelled: readonly string[], label: string): string {
  const [{ rate }] = rows;
  const show = (value: number): string =>
    `${value > 0 ? "+" : value < 0 ? "−" : ""}${rate === "writeShare" ? percent(Math.abs(value)) : short(Math.abs(value))}`;
  const marked = rows.map((row, at) => ({
    key: `${at}`,
    row,
    low: row.interval[0],
    high: row.interval[1],
    title: `${nameOf(row)}\nA ${figure(row.a.value)}, B ${figure(row.b.value)}\nB less A ${show(row.difference)} (${show(row.interval[0])} to ${show(row.interval[1])})`,
  }));
  return draw({
    label: `B less A: ${label}`,
    width: panelWidth,
    height: 40 + 18 * rows.length,
    marginLeft: Math.max(...rows.map((row) => wordWidth(nameOf(row)))) + 12,
    marginRight: 64,
    marginTop: 4,
    marginBottom: 36,
    modelled,
    x: { label: "B less A", domain: ends(rows) },
    y: { type: "band", domain: marked.map(({ key }) => key), axis: null },
    marks: [
      axisX({ ticks: 4, tickFormat: (value: number) => show(value), labelArrow: "none" }),
      ruleX([0], { stroke: paint("ink") }),
      text(marked, {
        y: "key",
        text: ({ row }) => nameOf(row),
        frameAnchor: "left",
        textAnchor: "end",
        dx: -8,
      }),
      link(marked, { x1: "low", x2: "high", y: "key", stroke: paint("soft"), strokeWidth: 2 }),
      dot(marked, {
        x: ({ row }) => row.difference,
        y: "key",
        r: 4.5,
        fill: ({ row }) => paint(row.differ ? "more" : "ground"),
        stroke: ({ row }) => paint(row.differ ? "more" : "unsure"),
        strokeWidth: 2,
        title: "title",
      }),
      text(marked, {
        y: "key",
        text: ({ row }) => show(row.difference),
        frameAnchor: "right",
        textAnchor: "start",
        dx: 8,
      }),
    ],
  });
}

const nameOf = ({ policy, group, trace, mode }: RateComparison): string =>
  [group === null ? policy : `${policy} (${group})`, trace, mode].filter((each) => each !== null).join(", ");

function ends(rows: readonly RateComparison[]): [number, number] {
  const all = [0, ...rows.flatMap(({ interval }) => interval)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return low === high ? [-1, 1] : [low, high];
}
