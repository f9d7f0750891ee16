import type { Chart, DataCell, DataTable, LegendItem } from "./charts/chart.js";
import { whole } from "./charts/names.js";
import { attribute, text } from "./escape.js";

/**
 * A chart with its words, its pictures, its legend, and its figures as a table that the page gives as CSV. `level` is
 * that of its heading, below which no other stands.
 */
export function figure(chart: Chart, level: 2 | 3 = 2): string {
  const { id, title, summary, modelled, legend, panels, data } = chart;
  return [
    `<section aria-labelledby="${id}">`,
    `<h${level} id="${id}">${text(title)}</h${level}>`,
    marks(modelled),
    summaryText(summary),
    `<figure class="long" aria-labelledby="${id}">`,
    legendList(legend),
    `<div class="panels">`,
    ...panels.map(({ title: head, svg }) => `<div><h4>${text(head)}</h4>${svg}</div>`),
    `</div>`,
    `</figure>`,
    dataDetails(id, title, data),
    `</section>`,
  ].join("\n");
}

/** What is not recorded but modelled, beside whatever rests on it. */
export const marks = (modelled: readonly string[]): string =>
  modelled.length === 0
    ? ""
    : `<p>${modelled.map((each) => `<span class="mark">modelled: ${text(each)}</span>`).join("")}</p>`;

export function summaryText(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return lines.length === 1
    ? `<p>${text(lines[0])}</p>`
    : `<ul>${lines.map((line) => `<li>${text(line)}</li>`).join("")}</ul>`;
}

function legendList(items: readonly LegendItem[]): string {
  if (items.length === 0) return "";
  const entries = items.map(({ label, colour, shape }) => {
    const drawn = {
      area: `<rect width="14" height="10" fill="${colour}"/>`,
      dot: `<circle cx="7" cy="5" r="4.5" fill="${colour}"/>`,
      ring: `<circle cx="7" cy="5" r="3.7" fill="none" stroke="${colour}" stroke-width="2"/>`,
      line: `<path d="M0,5H14" stroke="${colour}" stroke-width="1.5"/>`,
      dash: `<path d="M0,5H14" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
    }[shape];
    return `<li><svg width="14" height="10" aria-hidden="true">${drawn}</svg>${text(label)}</li>`;
  });
  return `<ul class="legend">${entries.join("")}</ul>`;
}

/** One figure of three: what it is, its value, and what belongs to it. */
type HeadFigure = readonly [what: string, value: string, more: string];

/** An answer as a sentence and the figures that it rests on. */
export function card(
  trace: string,
  sentence: string,
  colour: string,
  modelled: readonly string[],
  figures: readonly HeadFigure[],
): string {
  const cells = figures.map(
    ([what, value, more]) =>
      `<div><dt>${text(what)}</dt><dd>${text(value)}${more === "" ? "" : `<small>${text(more)}</small>`}</dd></div>`,
  );
  return [
    `<div class="headline ${colour}" data-trace="${text(trace).replaceAll('"', "&quot;")}"><h3>${text(trace)}</h3>${marks(modelled)}`,
    `<p class="sentence">${text(sentence)}</p>`,
    `<dl class="figures">${cells.join("")}</dl></div>`,
  ].join("\n");
}

/** The figures of a chart: a table for whoever does not see it, from which the page also makes the CSV. */
export function dataDetails(
  id: string,
  title: string,
  { columns, rows }: DataTable,
  what = "Figures of this chart",
): string {
  return [
    `<div class="data"><details><summary>${text(what)}: ${whole(rows.length)} row${rows.length === 1 ? "" : "s"}</summary>`,
    `<div class="scroll" tabindex="0" role="region" aria-label="${attribute(`Figures: ${title}`)}">`,
    dataTable({ columns, rows }, id),
    `</div></details>`,
    `<button type="button" data-csv="${id}" hidden>Download CSV</button></div>`,
  ].join("\n");
}

export function dataTable({ columns, rows }: DataTable, id?: string): string {
  const isNumber = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
  const name = id === undefined ? "" : ` data-table="${id}"`;
  const classOf = (at: number): string => (isNumber[at] ? ' class="n"' : "");
  const head = columns.map((each, at) => `<th scope="col"${classOf(at)}>${text(each)}</th>`).join("");
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, at) => `<td${classOf(at)}${full(cell)}>${text(shown(cell))}</td>`).join("")}</tr>`,
  );
  return `<table${name}><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

/** Six digits that count are read; all are kept. */
function shown(cell: DataCell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell)) return whole(cell);
  return Math.abs(cell) >= 1e6 ? whole(Math.round(cell)) : String(Number(cell.toPrecision(6)));
}

const full = (cell: DataCell): string =>
  typeof cell === "number" && shown(cell) !== String(cell) ? ` data-value="${cell}"` : "";
