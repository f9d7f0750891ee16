import { axisX, axisY, dot, line, text } from "@observablehq/plot";
import type { ValidateResult, ValidateRow } from "../../../replay/validate.js";
import { short } from "../../../verdict/sentence.js";
import { draw } from "../svg/draw.js";
import { paint } from "../svg/palette.js";
import { panelWidth, type Chart, type Panel } from "./chart.js";
import { modeName, plural, shortNames, whole } from "./names.js";

/** What the recorded kernel did to each register beside what the model says: on the diagonal they agree. */
export function validationChart(results: readonly ValidateResult[]): Chart | undefined {
  const compared = results.filter((result) => result.compared > 0);
  if (compared.length === 0) return undefined;
  const name = shortNames(results.map(({ trace }) => trace));
  return {
    id: "validation",
    title: "The recording's own kernel against the model",
    summary: results.map((result) => `${name(result.trace)}: ${sentence(result)}`),
    modelled: [],
    legend: [
      { label: "the model counts what was recorded", colour: paint("less"), shape: "dot" },
      { label: "it does not", colour: paint("more"), shape: "ring" },
    ],
    panels: compared.map((result): Panel => {
      const title = `${name(result.trace)}, ${modeName(result.mode)}, policy ${result.policy}`;
      return { title, svg: picture(result, title) };
    }),
    data: {
      columns: ["trace", "policy", "context", "register", "what", "recorded", "model", "agree"],
      rows: results.flatMap(({ trace, policy, rows }) =>
        rows.map(({ context, register, what, recorded, model }) => {
          const agree = model === null ? "not modelled" : model === recorded ? "yes" : "no";
          return [trace, policy, context, register, what, recorded, model, agree];
        }),
      ),
    },
  };
}

/** In words, with the rows that differ most. */
function sentence({ agree, compared, rows, policy }: ValidateResult): string {
  if (compared === 0) return "the recording shows nothing that the model could be compared with.";
  if (agree) {
    return `under ${policy} the model agrees with the recorded kernel in all ${plural(compared, "row")} (register, context, what).`;
  }
  const differing = rows
    .filter(differs)
    .toSorted((a, b) => Math.abs(b.recorded - (b.model ?? 0)) - Math.abs(a.recorded - (a.model ?? 0)));
  const most = differing
    .slice(0, 3)
    .map(
      ({ register, context, what, recorded, model }) =>
        `${what}s of ${register} (${context}): ${whole(recorded)} recorded, ${whole(model ?? 0)} in the model`,
    );
  return `under ${policy} the model differs from the recorded kernel in ${differing.length} of ${plural(compared, "row")}: ${most.join("; ")}${differing.length > most.length ? "; and others" : ""}. A kernel with a policy of its own is compared with that: --recorded POLICY.`;
}

const differs = ({ recorded, model }: ValidateRow): boolean => model !== null && model !== recorded;

function picture({ rows }: ValidateResult, label: string): string {
  // Rows with the same counts are one point.
  const points = new Map<string, { recorded: number; model: number; names: string[]; differs: boolean }>();
  for (const row of rows) {
    if (row.model === null) continue;
    const { recorded, model, register, context, what } = row;
    const key = `${recorded} ${model}`;
    const point = points.get(key) ?? { recorded, model, names: [], differs: differs(row) };
    point.names.push(`${register} ${context} ${what}`);
    points.set(key, point);
  }
  const marked = [...points.values()].map((point) => ({
    ...point,
    title: `recorded ${point.recorded}, model ${point.model}: ${point.names.length === 1 ? point.names[0] : `${point.names.length} rows`}\n${point.names.slice(0, 12).join("\n")}${point.names.length > 12 ? "\n…" : ""}`,
  }));
  const most = Math.max(10, ...marked.flatMap(({ recorded, model }) => [recorded, model]));
  const domain: [number, number] = [0, most * 1.5];
  const ticks = [0, ...Array.from({ length: 9 }, (_, at) => 10 ** at).filter((value) => value <= most)];
  const format = (value: number): string => short(value);
  const off = marked.filter((point) => point.differs);
  return draw({
    label: `Recorded against model: ${label}`,
    width: panelWidth,
    height: 280,
    marginLeft: 48,
    marginRight: 16,
    marginTop: 22,
    marginBottom: 38,
    x: { type: "symlog", domain, label: "recorded" },
    y: { type: "symlog", domain, label: "model" },
    marks: [
      axisX(ticks, { tickFormat: format, labelArrow: "none" }),
      axisY(ticks, { tickFormat: format, labelArrow: "none" }),
      line([domain[0], domain[1]], { x: (d: number) => d, y: (d: number) => d, stroke: paint("line") }),
      dot(marked, {
        x: "recorded",
        y: "model",
        r: ({ names }) => 3.5 + Math.min(4, Math.log2(names.length)),
        fill: (point) => paint(point.differs ? "ground" : "less"),
        stroke: (point) => paint(point.differs ? "more" : "less"),
        strokeWidth: 2,
        title: "title",
      }),
      text(off.slice(0, 8), {
        x: "recorded",
        y: "model",
        text: ({ names }) =>
          names[0].replace(/ (guest|host)/, "") + (names.length > 1 ? ` +${names.length - 1}` : ""),
        textAnchor: "end",
        dx: -10,
        fill: paint("more"),
      }),
    ],
    r: { type: "identity" },
  });
}
