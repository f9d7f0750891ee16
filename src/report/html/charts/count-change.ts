import { barX, ruleX, text } from "@observablehq/plot";
import { countNames, type CountDifference, type ResultDiff } from "../../../replay/diff.js";
import { modelsOf } from "../../modelled.js";
import { draw, wordWidth } from "../svg/draw.js";
import { paint } from "../svg/palette.js";
import { panelWidth, type Chart, type Panel } from "./chart.js";
import { plural, whole } from "./names.js";

/** Rows that a picture shows; the data has all. */
const shownRows = 24;

type CountName = (typeof countNames)[number];

/** What changed from one result to another: sums of the policies first, then registers, largest changes first. */
export function countChangeChart({ counts, a, b }: ResultDiff): Chart | undefined {
  if (counts.length === 0) return undefined;
  const models = modelsOf([a, b]);
  const sums = counts.filter(({ register, vm }) => register === null && vm === null);
  const registers = counts.filter(({ register, vm }) => register !== null && vm === null);
  const parts = [
    { title: "sums", rows: sums },
    { title: "registers", rows: registers },
  ];
  return {
    id: "counts",
    title: "Counts: B less A",
    summary: sums.map(
      ({ policy, trace, change }) =>
        `${policy}${trace === null ? "" : `, ${trace}`}: ${countNames.map((name) => `${signed(change[name])} ${name}`).join(", ")}.`,
    ),
    modelled: models,
    legend: [
      { label: "B counts less", colour: paint("less"), shape: "area" },
      { label: "B counts more", colour: paint("more"), shape: "area" },
    ],
    panels: parts.flatMap(({ title, rows }) =>
      countNames.flatMap((name): Panel[] => {
        const changed = rows.filter(({ change }) => change[name] !== 0);
        if (changed.length === 0) return [];
        const more =
          changed.length > shownRows
            ? `, the ${shownRows} largest of ${plural(changed.length, "change")}`
            : "";
        return [
          { title: `${name}, ${title}${more}`, svg: picture(changed, name, models, `${name}, ${title}`) },
        ];
      }),
    ),
    data: {
      columns: [
        "policy",
        "trace",
        "vm",
        "mpidr",
        "context",
        "register",
        "what",
        "a",
        "b",
        "change",
        "modelled",
      ],
      rows: counts.flatMap(({ policy, trace, vm, mpidr, context, register, change, ...sides }) =>
        countNames.map((name) => [
          policy,
          trace,
          vm,
          mpidr,
          context,
          register,
          name,
          sides.a?.[name] ?? null,
          sides.b?.[name] ?? null,
          change[name],
          models.length === 0 ? null : models.join("; "),
        ]),
      ),
    },
  };
}

const signed = (value: number): string =>
  `${value > 0 ? "+" : value < 0 ? "−" : ""}${whole(Math.abs(value))}`;

const nameOf = ({ policy, trace, register, context }: CountDifference): string =>
  [policy, trace, register, context === "host" ? "host" : null].filter((each) => each !== null).join(", ");

function picture(
  rows: readonly CountDifference[],
  name: CountName,
  modelled: readonly string[],
  label: string,
): string {
  const shown = rows
    .map((row) => ({ row, change: row.change[name] }))
    .toSorted((x, y) => Math.abs(y.change) - Math.abs(x.change))
    .slice(0, shownRows)
    .map((each, at) => ({ ...each, key: `${at}` }));
  return draw({
    label: `B less A: ${label}`,
    width: panelWidth,
    height: 8 + 18 * shown.length + (modelled.length > 0 ? 18 : 0),
    marginLeft: Math.max(...shown.map(({ row }) => wordWidth(nameOf(row)))) + 12,
    marginRight: 76,
    marginTop: 4,
    marginBottom: modelled.length > 0 ? 22 : 4,
    modelled,
    x: { axis: null },
    y: { type: "band", domain: shown.map(({ key }) => key), axis: null, padding: 0.2 },
    marks: [
      barX(shown, {
        x: "change",
        y: "key",
        fill: ({ change }) => paint(change < 0 ? "less" : "more"),
        title: ({ row, change }) =>
          `${nameOf(row)}\n${name}: A ${row.a?.[name] ?? "-"}, B ${row.b?.[name] ?? "-"}, change ${signed(change)}`,
      }),
      ruleX([0], { stroke: paint("ink") }),
      text(shown, {
        y: "key",
        text: ({ row }) => nameOf(row),
        frameAnchor: "left",
        textAnchor: "end",
        dx: -8,
      }),
      text(shown, {
        y: "key",
        text: ({ change }) => signed(change),
        frameAnchor: "right",
        textAnchor: "start",
        dx: 8,
      }),
    ],
  });
}
