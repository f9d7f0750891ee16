import { axisX, dot, ruleX, text } from "@observablehq/plot";
import { confidence, percent, short } from "../../../verdict/sentence.js";
import type { VerdictRow } from "../../../verdict/verdict-row.js";
import { modelsOf } from "../../modelled.js";
import { questionCells, questionColumns } from "../../question.js";
import { draw, wordWidth } from "../svg/draw.js";
import { paint, type Colour } from "../svg/palette.js";
import { panelWidth, type Chart, type DataTable, type Panel } from "./chart.js";
import { modeName, nestingName, once, plural, shortNames } from "./names.js";
import { rangeMarks } from "./range-marks.js";

/** What policies cost against eager, with what the uncertainty of the prices makes of it: a picture a question. */
export function costChart(rows: readonly VerdictRow[]): Chart {
  const nameOf = shortNames(rows.map(({ trace }) => trace));
  const questions = once(rows.map(questionOf)).map((asked) =>
    rows.filter((row) => questionOf(row) === asked),
  );
  const scales = new Map(
    once(rows.map(({ unit }) => unit)).map((unit) => [
      unit,
      scaleOf(rows.filter((row) => row.unit === unit)),
    ]),
  );
  return {
    id: "cost",
    title: "Policies compared: cost against eager",
    summary: summaryOf(rows),
    modelled: modelsOf(rows),
    legend: [
      { label: "costs less than eager, in 95 % of price draws or more", colour: paint("less"), shape: "dot" },
      { label: "costs more, as surely", colour: paint("more"), shape: "dot" },
      { label: "not settled", colour: paint("unsure"), shape: "ring" },
      { label: "5 to 95 % of price draws", colour: paint("line"), shape: "area" },
      { label: "least to greatest over all prices", colour: paint("soft"), shape: "line" },
    ],
    panels: questions.map((own): Panel => {
      const [{ trace, mode, kernel, nesting, profile, unit }] = own;
      const title = `${nameOf(trace)}, ${modeName(mode)}${kernel === "recorded" ? "" : ` ${kernel}`}, ${nestingName(nesting)}, ${profile}`;
      return { title, svg: picture(own, scales.get(unit) ?? scaleOf(own), `${title}, in ${unit}`) };
    }),
    data: dataOf(rows),
  };
}

const questionOf = ({ trace, mode, kernel, nesting, profile }: VerdictRow): string =>
  JSON.stringify([trace, mode, kernel, nesting, profile]);

/** At this share of the draws the sign counts as settled; the sentences say the same. */
const settledShare = 0.95;

export const isSettled = ({ sameSign }: Pick<VerdictRow, "sameSign">): boolean => sameSign >= settledShare;

export function signColour(row: Pick<VerdictRow, "sameSign" | "difference">): Colour {
  if (!isSettled(row) || row.difference.likely === 0) return "unsure";
  return row.difference.likely < 0 ? "less" : "more";
}

/** A row's name below its policy: the policy as a whole, or one of its groups. */
function labelOf(row: VerdictRow, own: readonly VerdictRow[]): string {
  if (row.group === null) return row.policy;
  const isPart = own.some(({ policy, group }) => policy === row.policy && group === null);
  return isPart ? `· ${row.group}` : `${row.policy} (${row.group})`;
}

interface Scale {
  readonly domain: readonly [number, number];
  /** About where the scale goes from linear to logarithmic. */
  readonly constant: number;
  readonly ticks: readonly number[];
}

function scaleOf(rows: readonly VerdictRow[]): Scale {
  const sizes = rows.map(({ difference }) => Math.abs(difference.likely)).filter((size) => size > 0);
  const ends = rows.flatMap(({ difference }) => [difference.least, difference.greatest]);
  const constant = 10 ** Math.floor(Math.log10(sizes.length === 0 ? 1 : Math.min(...sizes)));
  const low = Math.min(-constant, ...ends);
  const high = Math.max(constant, ...ends);
  return { domain: [low, high], constant, ticks: ticksOf(low, high, constant) };
}

/** Powers of ten on both sides of 0, from the ends inwards, as long as their names have room. */
function ticksOf(low: number, high: number, constant: number): number[] {
  const place = (value: number): number => Math.sign(value) * Math.log1p(Math.abs(value) / constant);
  const room = (place(high) - place(low)) / 7;
  const ticks = [0];
  for (const end of [high, low]) {
    const side = Math.sign(end);
    let last = Infinity;
    for (let power = Math.floor(Math.log10(Math.abs(end))); 10 ** power >= constant; power--) {
      const at = Math.abs(place(10 ** power));
      if (at < room || last - at < room) continue;
      ticks.push(side * 10 ** power);
      last = at;
    }
  }
  return ticks.toSorted((a, b) => a - b);
}

const signed = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${short(Math.abs(value))}`;

function picture(rows: readonly VerdictRow[], scale: Scale, label: string): string {
  const marked = rows.map((row, at) => ({ row, key: `${at}`, ...row.difference, title: titleOf(row) }));
  const names = rows.map((row) => labelOf(row, rows));
  const marginLeft = Math.max(...names.map(wordWidth)) + 10;
  const row = 17;
  return draw({
    label: `Cost against eager: ${label}`,
    width: panelWidth,
    height: 44 + row * rows.length,
    marginLeft,
    marginRight: 58,
    marginTop: 4,
    marginBottom: 38,
    modelled: modelsOf(rows),
    x: {
      type: "symlog",
      constant: scale.constant,
      domain: [...scale.domain],
      label: `${rows[0].unit} against eager`,
    },
    y: { type: "band", domain: marked.map(({ key }) => key), label: null, axis: null },
    marks: [
      axisX([...scale.ticks], { tickFormat: signed, tickSize: 3, labelArrow: "none" }),
      ruleX(scale.ticks, { stroke: paint("line") }),
      ruleX([0], { stroke: paint("ink") }),
      text(marked, {
        y: "key",
        text: (_: unknown, at: number) => names[at],
        frameAnchor: "left",
        textAnchor: "end",
        dx: -8,
        fontWeight: "normal",
      }),
      ...rangeMarks(marked),
      dot(marked, {
        x: "likely",
        y: "key",
        r: 4.5,
        fill: ({ row: own }) => paint(isSettled(own) ? signColour(own) : "ground"),
        stroke: ({ row: own }) => paint(signColour(own)),
        strokeWidth: 2,
        title: "title",
      }),
      text(marked, {
        y: "key",
        text: ({ likely }) => signed(likely),
        frameAnchor: "right",
        textAnchor: "start",
        dx: 8,
        fill: ({ row: own }) => paint(signColour(own)),
      }),
    ],
  });
}

function titleOf(row: VerdictRow): string {
  const { policy, group, unit, traps, savesElided, windows, difference, sameSign, shareOfAll } = row;
  const { likely, p5, p95, least, greatest } = difference;
  const lines = [
    group === null ? policy : `${policy} (${group})`,
    `${traps} traps, ${savesElided} saves elided${windows > 0 ? `, ${windows} windows` : ""}`,
    `${signed(likely)} ${unit}${shareOfAll === null ? "" : ` (${percent(shareOfAll)} of all executed)`}`,
    `5 to 95 % of the draws: ${signed(p5)} to ${signed(p95)}`,
    `at all prices: ${signed(least)} to ${signed(greatest)}`,
    `same sign in ${confidence(sameSign)} of the draws`,
  ];
  return lines.join("\n");
}

function summaryOf(rows: readonly VerdictRow[]): string[] {
  const wholes = rows.filter(({ policy, group }) => {
    if (group === null) return true;
    return !rows.some((each) => each.policy === policy && each.group === null);
  });
  const of = (colour: Colour): VerdictRow[] => wholes.filter((row) => signColour(row) === colour);
  const name = (row: VerdictRow): string =>
    `${row.policy} (${modeName(row.mode)}, ${nestingName(row.nesting)})`;
  const list = (own: readonly VerdictRow[]): string => once(own.map(name)).join(", ");
  return [
    [of("less"), "Less than eager in at least 95 % of the price draws"],
    [of("more"), "More, as surely"],
    [of("unsure"), "Not settled by these prices"],
  ].flatMap(([own, what]) =>
    typeof what === "string" && typeof own !== "string" && own.length > 0
      ? [`${what}: ${plural(own.length, "answer")}: ${list(own)}.`]
      : [],
  );
}

function dataOf(rows: readonly VerdictRow[]): DataTable {
  return {
    columns: [
      ...questionColumns,
      "windows",
      "traps",
      "saves_elided",
      "likely",
      "p5",
      "p95",
      "least",
      "greatest",
      "same_sign",
      "share_of_all",
      "regret",
      "modelled",
    ],
    rows: rows.map((row) => [
      ...questionCells(row),
      row.windows,
      row.traps,
      row.savesElided,
      row.difference.likely,
      row.difference.p5,
      row.difference.p95,
      row.difference.least,
      row.difference.greatest,
      row.sameSign,
      row.shareOfAll,
      row.regret?.cost ?? null,
      row.modelled ?? null,
    ]),
  };
}
