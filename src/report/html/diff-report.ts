import type { ResultDiff } from "../../replay/diff.js";
import type { VerdictDiff } from "../../verdict/compare.js";
import { modelsOf } from "../modelled.js";
import { countChangeChart } from "./charts/count-change.js";
import { plural } from "./charts/names.js";
import { rateChangeChart } from "./charts/rate-change.js";
import { text } from "./escape.js";
import { dataDetails, dataTable, figure, marks } from "./figure.js";
import { pageHtml, type PageSection } from "./page.js";
import type { InputFile } from "./report-data.js";

/** What changed from one result to another, as a page of its own. */
export function diffHtml(diff: ResultDiff | VerdictDiff, files: readonly InputFile[], tool: string): string {
  const isCounts = diff.schema === "trapline.diff/1";
  const modelled = modelsOf([diff.a, diff.b]);
  return pageHtml({
    title: `trapline: what changed from ${diff.a.file} to ${diff.b.file}`,
    lead: [
      marks(modelled),
      `<p>A: ${text(`${diff.a.file}, of ${diff.a.traces.join(", ")} (${diff.a.tool})`)}<br>B: ${text(`${diff.b.file}, of ${diff.b.traces.join(", ")} (${diff.b.tool})`)}</p>`,
    ].join("\n"),
    sections: [...(isCounts ? countSections(diff) : rateSections(diff)), filesSection(files, tool)],
    timelines: [],
    tool,
  });
}

const section = (id: string, title: string, html: readonly string[]): PageSection => ({
  id,
  title,
  html: [`<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>`, ...html, "</section>"].join(
    "\n",
  ),
});

function countSections(diff: ResultDiff): PageSection[] {
  const { equal, values, only, counts } = diff;
  const sums = counts.filter(({ register, vm }) => register === null && vm === null);
  const sentence = equal
    ? "The results are equal."
    : `${plural(counts.length, "count")} differ, ${sums.length} of them sums; ${plural(values.length, "value")} of configuration and traces; ${plural(only.length, "thing")} in one result only.`;
  const chart = countChangeChart(diff);
  return [
    section("verdict", "What changed", [
      `<div class="headline"><p class="sentence">${text(sentence)}</p></div>`,
    ]),
    ...(chart === undefined ? [] : [{ id: chart.id, title: "Counts", html: figure(chart) }]),
    ...(values.length === 0
      ? []
      : [
          section("values", "Configuration and traces", [
            dataDetails("values-data", "configuration and traces", {
              columns: ["what", "trace", "A", "B"],
              rows: values.map(({ what, trace, a, b }) => [what, trace, a, b]),
            }).replace("<details>", "<details open>"),
          ]),
        ]),
    ...(only.length === 0
      ? []
      : [
          section("only", "In one result only", [
            dataTable({
              columns: ["what", "name", "in"],
              rows: only.map(({ what, name, result }) => [what, name, result.toUpperCase()]),
            }),
          ]),
        ]),
  ];
}

function rateSections(diff: VerdictDiff): PageSection[] {
  const { comparisons, unpaired, notes } = diff;
  const differing = comparisons.filter(({ differ }) => differ).length;
  const sentence =
    differing === 0
      ? `Of ${plural(comparisons.length, "rate")} none is told apart: each may be the same, but for chance.`
      : `${differing} of ${plural(comparisons.length, "rate")} differ by more than chance at 95 %.`;
  const without =
    unpaired.a + unpaired.b === 0 ? "" : ` ${unpaired.a} rows of A and ${unpaired.b} of B have no partner.`;
  const chart = rateChangeChart(diff);
  return [
    section("verdict", "What changed", [
      `<div class="headline"><p class="sentence">${text(sentence + without)}</p></div>`,
    ]),
    { id: chart.id, title: "Rates", html: figure(chart) },
    section("notes", "Notes", [`<ul>${notes.map((note) => `<li>${text(note)}</li>`).join("")}</ul>`]),
  ];
}

const filesSection = (files: readonly InputFile[], tool: string): PageSection =>
  section("provenance", "Provenance", [
    dataTable({
      columns: ["file", "what", "bytes", "SHA-256"],
      rows: files.map(({ name, what, bytes, sha256 }) => [name, what, bytes, sha256 ?? "not read twice"]),
    }),
    `<p>Compared by ${text(tool)}.</p>`,
  ]);
