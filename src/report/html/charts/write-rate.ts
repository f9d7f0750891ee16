import { axisX, dot, ruleX, text, tickX } from "@observablehq/plot";
import { figure, percent } from "../../../verdict/sentence.js";
import { rateText } from "../../../verdict/write-rate-sentence.js";
import type { RateRange, WriteRateRow } from "../../../verdict/write-rate-row.js";
import { modelsOf } from "../../modelled.js";
import { labelOf, likeRows, questionTitle, writeRateColumns, writeRateFigures } from "../../write-rate.js";
import { draw, wordWidth } from "../svg/draw.js";
import { paint } from "../svg/palette.js";
import { panelWidth, type Chart, type DataCell, type DataTable, type Panel } from "./chart.js";
import { rangeMarks } from "./range-marks.js";
import { nestingName, once, shortNames } from "./names.js";

/** Write rates below which policies win, with what the uncertainty of the prices makes of them: a picture a question. */
export function writeRateChart(rows: readonly WriteRateRow[]): Chart | undefined {
  if (rows.length === 0) return undefined;
  const nameOf = shortNames(rows.map(({ trace }) => trace));
  const questions = once(rows.map(questionTitle)).map((asked) =>
    likeRows(rows.filter((row) => questionTitle(row) === asked)),
  );
  return {
    id: "write-rates",
    title: "Write rates below which dirty-save wins, and the rates of windows",
    summary: questions.map((groups) => {
      const [[first]] = groups;
      const what = isTimed(first) ? "writes per second and vCPU" : "windows with a write";
      const said = groups.map((group) => `${group[0].policy}, ${labelOf(group)}: ${boundText(group[0])}`);
      return `${nameOf(first.trace)} (${nestingName(first.nesting)}, ${first.profile}), ${what} below which it wins: ${said.join("; ")}.`;
    }),
    modelled: modelsOf(rows),
    legend: [
      { label: "at the likely prices", colour: paint("less"), shape: "dot" },
      { label: "5 to 95 % of price draws", colour: paint("line"), shape: "area" },
      { label: "least to greatest over all prices", colour: paint("soft"), shape: "line" },
      { label: "windows: no rate counts beyond", colour: paint("ink"), shape: "line" },
    ],
    panels: questions.map((groups): Panel => {
      const [[row]] = groups;
      const title = `${nameOf(row.trace)}, ${row.mode === "vhe" ? "VHE" : "nVHE"} ${row.kernel}, ${nestingName(row.nesting)}, ${row.profile}`;
      return { title, svg: picture(groups, title) };
    }),
    data: dataOf(rows),
  };
}

/** Per second and vCPU; of windows where the clock tells no time. */
function boundText(row: WriteRateRow): string {
  const show = isTimed(row) ? figure : percent;
  const { likely, p5, p95 } = rangeOf(row);
  return `${rateText(likely, show)} (${rateText(p5, show)} to ${rateText(p95, show)})`;
}

const isTimed = ({ writesPerSecond }: WriteRateRow): boolean => writesPerSecond !== null;
const rangeOf = (row: WriteRateRow): RateRange => row.writesPerSecond ?? row.share;
/** What each window has a write at. */
const ceilingOf = (row: WriteRateRow): number =>
  isTimed(row) && row.windowsPerSecond !== null ? row.windowsPerSecond : 1;

function picture(groups: readonly (readonly WriteRateRow[])[], label: string): string {
  const firsts = groups.map(([row]) => row);
  const rates = firsts.flatMap((row) => [ceilingOf(row), ...Object.values(rangeOf(row))]);
  const drawn = rates.filter((rate) => rate > 0 && Number.isFinite(rate));
  // A decade of room on each side for what has no place on the scale: never, and at every rate.
  const low = 10 ** (Math.floor(Math.log10(Math.min(...drawn))) - 1);
  const high = 10 ** (Math.ceil(Math.log10(Math.max(...drawn))) + 1);
  const place = (rate: number): number => Math.min(high, Math.max(low, rate));
  const marked = groups.map((group, at) => {
    const [row] = group;
    const { likely, p5, p95, least, greatest } = rangeOf(row);
    return {
      key: `${at}`,
      name: `${row.policy}: ${labelOf(group)}`,
      likely: place(likely),
      p5: place(p5),
      p95: place(p95),
      least: place(least),
      greatest: place(greatest),
      ceiling: ceilingOf(row),
      value: isTimed(row) ? rateText(likely, figure) : rateText(likely, percent),
      title: titleOf(group),
    };
  });
  const powers = Math.round(Math.log10(high / low));
  const step = Math.ceil(powers / 6);
  const ticks = Array.from(
    { length: powers + 1 },
    (_, at) => 10 ** (Math.round(Math.log10(low)) + at),
  ).filter((_, at) => at > 0 && at < powers && at % step === 0);
  const name = isTimed(firsts[0]) ? "writes per second and vCPU" : "share of windows with a write";
  const show = (rate: number): string =>
    rate === low ? "none" : rate === high ? "any" : isTimed(firsts[0]) ? figure(rate) : percent(rate);
  return draw({
    label: `Write rates below which dirty-save wins: ${label}`,
    width: panelWidth,
    height: 44 + 20 * groups.length,
    marginLeft: Math.max(...marked.map((each) => wordWidth(each.name))) + 10,
    marginRight: 58,
    marginTop: 4,
    marginBottom: 38,
    modelled: modelsOf(firsts),
    x: { type: "log", domain: [low, high], label: name },
    y: { type: "band", domain: marked.map(({ key }) => key), label: null, axis: null },
    marks: [
      axisX([low, ...ticks, high], { tickFormat: show, tickSize: 3, labelArrow: "none" }),
      ruleX([low, ...ticks, high], { stroke: paint("line") }),
      text(marked, { y: "key", text: "name", frameAnchor: "left", textAnchor: "end", dx: -8 }),
      ...rangeMarks(marked),
      tickX(marked, { x: "ceiling", y: "key", stroke: paint("ink"), strokeWidth: 1.5 }),
      dot(marked, {
        x: "likely",
        y: "key",
        r: 4.5,
        fill: paint("less"),
        stroke: paint("less"),
        strokeWidth: 2,
        title: "title",
      }),
      text(marked, {
        y: "key",
        text: "value",
        frameAnchor: "right",
        textAnchor: "start",
        dx: 8,
        fill: paint("less"),
      }),
    ],
  });
}

const winsText = (rate: number, show: (value: number) => string): string =>
  rate === 0 ? "loses at any rate" : rate === Infinity ? "wins at any rate" : `wins below ${show(rate)}`;

function titleOf(group: readonly WriteRateRow[]): string {
  const [row] = group;
  const { share, writesPerSecond, windows, windowsPerSecond } = row;
  const span = (range: RateRange, show: (rate: number) => string): string[] => [
    `5 to 95 % of the draws: ${rateText(range.p5, show)} to ${rateText(range.p95, show)}`,
    `at all prices: ${rateText(range.least, show)} to ${rateText(range.greatest, show)}`,
  ];
  const lines = [
    `${row.policy}: ${group.map((each) => each.group).join(", ")}`,
    `${windows} windows${windowsPerSecond === null ? "" : `, ${figure(windowsPerSecond)} per second and vCPU`}`,
    `${winsText(share.likely, percent)} of windows with a write`,
    ...(writesPerSecond === null
      ? span(share, percent)
      : [
          `${winsText(writesPerSecond.likely, figure)} writes per second and vCPU`,
          ...span(writesPerSecond, figure),
        ]),
  ];
  return lines.join("\n");
}

const dataOf = (rows: readonly WriteRateRow[]): DataTable => ({
  columns: [...writeRateColumns, "modelled"],
  rows: rows.map((row): DataCell[] => [...writeRateFigures(row), row.modelled ?? null]),
});
