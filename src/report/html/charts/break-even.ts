import { areaY, axisX, axisY, dot, line, link, text } from "@observablehq/plot";
import { figure, percent, short } from "../../../verdict/sentence.js";
import type { VerdictRow } from "../../../verdict/verdict-row.js";
import { modelsOf } from "../../modelled.js";
import { questionCells, questionColumns } from "../../question.js";
import { draw, wordWidth } from "../svg/draw.js";
import { paint, series } from "../svg/palette.js";
import { panelWidth, type Chart, type Panel } from "./chart.js";
import { modeName, nestingName, once, shortNames } from "./names.js";

/** A group of which share of windows with a write, price of a trap and the line between loss and gain are known. */
type MapRow = VerdictRow & {
  readonly writeShare: number;
  readonly breakEvenCurve: NonNullable<VerdictRow["breakEvenCurve"]>;
};

const isMapped = (row: VerdictRow): row is MapRow =>
  row.writeShare !== null && row.breakEvenCurve !== null && row.breakEvenCurve !== undefined;

/**
 * Trap price against share of windows with a write, and where saving what is dirty wins and loses: a picture a
 * question. Undefined where no row has a place on it.
 */
export function breakEvenChart(all: readonly VerdictRow[]): Chart | undefined {
  const rows = all.filter(isMapped);
  if (rows.length === 0) return undefined;
  const nameOf = shortNames(rows.map(({ trace }) => trace));
  const policies = once(rows.map(({ policy }) => policy));
  const questions = once(rows.map(questionOf)).map((asked) =>
    rows.filter((row) => questionOf(row) === asked),
  );
  return {
    id: "break-even",
    title: "Break-even map: trap price against write rate",
    summary: [
      ...questions.map((own) => {
        const [{ trace, mode, nesting, profile }] = own;
        const said = policies.flatMap((policy) => {
          const groups = own.filter((row) => row.policy === policy);
          return groups.length === 0 ? [] : [`${policy} ${groups.filter(wins).length} of ${groups.length}`];
        });
        return `${nameOf(trace)}, ${modeName(mode)}, ${nestingName(nesting)}, ${profile}: groups on the side where saving what is dirty costs less: ${said.join(", ")}.`;
      }),
      "The areas are those of the first policy's first group; a group of another shape has a line of its own. A point stands at the recorded share of windows with a write and the likely price of a trap, with the interval of 95 % of the share and the range of the price.",
    ],
    modelled: modelsOf(rows),
    legend: [
      { label: "saving what is dirty costs less", colour: paint("less-area"), shape: "area" },
      { label: "costs more", colour: paint("more-area"), shape: "area" },
      ...policies.map((policy, at) => ({ label: policy, colour: paint(series(at)), shape: "dot" as const })),
    ],
    panels: questions.map((own): Panel => {
      const [{ trace, mode, kernel, nesting, profile, unit }] = own;
      const title = `${nameOf(trace)}, ${modeName(mode)}${kernel === "recorded" ? "" : ` ${kernel}`}, ${nestingName(nesting)}, ${profile}`;
      return { title, svg: picture(own, policies, `${title}, in ${unit}`) };
    }),
    data: {
      columns: [
        ...questionColumns,
        "write_share",
        "write_share_low",
        "write_share_high",
        "trap_price",
        "trap_price_low",
        "trap_price_high",
        "line_gain",
        "line_rest",
        "costs_less",
        "modelled",
      ],
      rows: rows.map((row) => [
        ...questionCells(row),
        row.writeShare,
        row.interval?.writeShare?.[0] ?? null,
        row.interval?.writeShare?.[1] ?? null,
        row.trapPrice,
        row.breakEvenCurve.trapLow,
        row.breakEvenCurve.trapHigh,
        row.breakEvenCurve.gain,
        row.breakEvenCurve.rest,
        wins(row) ? "yes" : "no",
        row.modelled ?? null,
      ]),
    },
  };
}

const questionOf = ({ trace, mode, kernel, nesting, profile }: VerdictRow): string =>
  JSON.stringify([trace, mode, kernel, nesting, profile]);

/** What a trap may cost at a share of windows that write, at most, to cost no more than eager. */
const priceAt = ({ gain, rest }: MapRow["breakEvenCurve"], share: number): number => gain / share - rest;

const wins = ({ breakEvenCurve: { gain, rest }, writeShare, trapPrice }: MapRow): boolean =>
  gain - (rest + trapPrice) * writeShare > 0;

/** The left edge: one window in a hundred thousand; who writes less often, or never, stands there. */
const leastShare = 1e-5;
const shownShare = (share: number): number => Math.max(leastShare, share);

const marginLeft = 48;
const marginRight = 16;

/** Points of a line: as even as a scale of powers of ten is. */
const linePoints = 97;

function picture(rows: readonly MapRow[], policies: readonly string[], label: string): string {
  const prices = rows.flatMap(({ trapPrice, breakEvenCurve: { trapLow, trapHigh } }) => [
    trapPrice,
    trapLow,
    trapHigh,
  ]);
  const positive = prices.filter((price) => price > 0);
  const low = Math.min(...positive) / 10;
  const high = Math.max(...positive) * 10;
  const shownPrice = (price: number): number => Math.min(high, Math.max(low, price));
  const shares = Array.from({ length: linePoints }, (_, at) => leastShare ** (1 - at / (linePoints - 1)));
  const lineOf = (curve: MapRow["breakEvenCurve"]) =>
    shares.map((share) => ({ share, price: shownPrice(priceAt(curve, share)), low, high }));
  const [first] = rows;
  const key = ({ breakEvenCurve: { gain, rest } }: MapRow): string =>
    `${gain.toPrecision(3)} ${rest.toPrecision(3)}`;
  const others = [...new Map(rows.map((row) => [key(row), row])).values()].filter(
    (row) => key(row) !== key(first),
  );
  // What the first policy does is on top of what others do at the same place.
  const points = clusters(rows).toReversed();
  const lowest = Math.max(...lineOf(first.breakEvenCurve).map(({ price }) => price));
  const strong = { fontWeight: 600 } as const;
  return draw({
    label: `Break-even map: ${label}`,
    width: panelWidth,
    height: 300,
    marginLeft,
    marginRight,
    marginTop: 22,
    marginBottom: 40,
    modelled: modelsOf(rows),
    r: { type: "identity" },
    x: { type: "log", domain: [leastShare, 1], label: "share of windows with a write" },
    y: { type: "log", domain: [low, high], label: `price of a trap, ${first.unit}` },
    marks: [
      areaY(lineOf(first.breakEvenCurve), { x: "share", y1: "low", y2: "price", fill: paint("less-area") }),
      areaY(lineOf(first.breakEvenCurve), { x: "share", y1: "price", y2: "high", fill: paint("more-area") }),
      axisX([1e-5, 1e-4, 1e-3, 0.01, 0.1, 1], {
        tickFormat: (share: number) => (share === leastShare ? "≤ 0.001 %" : `${100 * share} %`),
        labelArrow: "none",
      }),
      axisY({ ticks: 5, tickFormat: (price: number) => short(price), labelArrow: "none" }),
      ...others.map((row) =>
        line(lineOf(row.breakEvenCurve), {
          x: "share",
          y: "price",
          stroke: paint("soft"),
          strokeDasharray: "4 3",
        }),
      ),
      line(lineOf(first.breakEvenCurve), { x: "share", y: "price", stroke: paint("ink") }),
      ...(lowest > low
        ? [
            text(["costs less"], {
              ...strong,
              frameAnchor: "bottom-left",
              dx: 6,
              dy: -6,
              fill: paint("less"),
            }),
          ]
        : []),
      text(["costs more"], { ...strong, frameAnchor: "top-right", dx: -6, dy: 6, fill: paint("more") }),
      link(points, {
        x1: "low",
        x2: "high",
        y: "price",
        stroke: ({ policy }) => paint(series(policies.indexOf(policy))),
        strokeWidth: 2,
        strokeOpacity: 0.6,
      }),
      link(points, {
        x: "share",
        y1: ({ priceLow }) => shownPrice(priceLow),
        y2: ({ priceHigh }) => shownPrice(priceHigh),
        stroke: ({ policy }) => paint(series(policies.indexOf(policy))),
        strokeOpacity: 0.6,
      }),
      dot(points, {
        x: "share",
        y: "price",
        r: ({ policy }) => (policy === policies[0] ? 6 : 4.5),
        fill: ({ policy }) => paint(series(policies.indexOf(policy))),
        stroke: paint("ground"),
        title: "title",
      }),
      ...placed(points).map(({ point, dy, anchor }) =>
        text([point], {
          x: "share",
          y: "price",
          text: "name",
          dy,
          textAnchor: anchor,
          stroke: paint("ground"),
          strokeOpacity: 0.8,
          strokeWidth: 3,
          fill: paint("ink"),
          pointerEvents: "none",
        }),
      ),
    ],
  });
}

/** Groups that would stand on each other, as one point. */
interface Cluster {
  readonly policy: string;
  readonly name: string;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  readonly price: number;
  readonly priceLow: number;
  readonly priceHigh: number;
  readonly title: string;
}

/** Names of points above and below them, each in the first row that has room. */
function placed(points: readonly Cluster[]) {
  const taken = new Map<number, [from: number, to: number][]>();
  const width = panelWidth - marginLeft - marginRight;
  return points.map((point) => {
    const share = 1 - Math.log10(point.share) / Math.log10(leastShare);
    const anchor = share < 0.08 ? ("start" as const) : share > 0.9 ? ("end" as const) : ("middle" as const);
    const size = wordWidth(point.name) + 4;
    const left = share * width - { start: 0, middle: size / 2, end: size }[anchor];
    for (let row = 0; ; row++) {
      const dy = row % 2 === 0 ? -13 - 12 * (row / 2) : 14 + 12 * ((row - 1) / 2);
      const others = taken.get(dy) ?? [];
      if (row < 12 && others.some(([from, to]) => left < to && left + size > from)) continue;
      taken.set(dy, [...others, [left, left + size]]);
      return { point, dy, anchor };
    }
  });
}

function clusters(rows: readonly MapRow[]): Cluster[] {
  const near = new Map<string, MapRow[]>();
  for (const row of rows) {
    const place = Math.round(Math.log10(shownShare(row.writeShare)) * 6);
    const key = `${row.policy} ${place} ${row.trapPrice}`;
    near.set(key, [...(near.get(key) ?? []), row]);
  }
  return [...near.values()].map((own): Cluster => {
    const [first] = own;
    const { policy, trapPrice, breakEvenCurve, interval } = first;
    const share = shownShare(first.writeShare);
    const names = own.map(({ group }) => group ?? policy);
    return {
      policy,
      name: names.length === 1 ? names[0] : `${names.length} groups`,
      share,
      low: shownShare(interval?.writeShare?.[0] ?? first.writeShare),
      high: shownShare(interval?.writeShare?.[1] ?? first.writeShare),
      price: trapPrice,
      priceLow: breakEvenCurve.trapLow,
      priceHigh: breakEvenCurve.trapHigh,
      title: own.map(titleOf).join("\n"),
    };
  });
}

function titleOf(row: MapRow): string {
  const { policy, group, writeShare, interval, trapPrice, unit, traps, windows } = row;
  const ends = interval?.writeShare ?? null;
  const range = ends === null ? "" : ` (${percent(ends[0])} to ${percent(ends[1])})`;
  const name = group === null ? policy : `${policy} (${group})`;
  return `${name}: ${traps} of ${windows} windows, ${percent(writeShare)}${range}; trap ${figure(trapPrice)} ${unit}; ${wins(row) ? "costs less" : "costs more"}`;
}
