import { text } from "../report/html/escape.js";
import { dataTable, figure } from "../report/html/figure.js";
import { pageHtml, type PageSection } from "../report/html/page.js";
import type { Cell } from "../report/text-table.js";
import type { Answered } from "./question.js";
import type { Study } from "./study.js";
import {
  aboutPrices,
  aboutRecordings,
  closing,
  opening,
  priceRows,
  recordingTable,
  repeatLines,
  studyTitle,
  summaryRows,
} from "./text.js";

/** The study as one page that needs no network, with the figures of each chart to save. */
export function studyHtml(study: Study): string {
  const sections: PageSection[] = [
    section("short", "In short", [
      `<ul>${summaryRows(study)
        .map(([title, short]) => `<li><strong>${text(title)}</strong> ${inline(short)}</li>`)
        .join("")}</ul>`,
    ]),
    section("recordings", "Recordings", [
      ...aboutRecordings.map(paragraph),
      table(recordingTable(study)),
      code(repeatLines(study)),
    ]),
    section("prices", "Prices", [
      ...aboutPrices.map(paragraph),
      `<ul>${priceRows(study)
        .map(([name, words]) => `<li><strong>${text(name)}</strong> ${inline(words)}</li>`)
        .join("")}</ul>`,
    ]),
    ...study.answers.map((answer, at) =>
      section(answer.id, `${at + 1}. ${answer.title}`, answerParts(answer)),
    ),
    section("limits", "What none of this shows", closing.map(paragraph)),
  ];
  return pageHtml({
    title: studyTitle,
    lead: opening(study).map(paragraph).join("\n"),
    sections,
    timelines: [],
    tool: study.tool,
  });
}

const section = (id: string, title: string, parts: readonly string[]): PageSection => ({
  id,
  title,
  html: [`<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>`, ...parts, "</section>"].join(
    "\n",
  ),
});

function answerParts({
  id,
  raised,
  short,
  recordings,
  commands,
  picture,
  certainty,
  unknown,
  ...answer
}: Answered) {
  return [
    `<p class="soft">${inline(raised)}</p>`,
    `<p class="sentence"><strong>${inline(short)}</strong></p>`,
    ...answer.text.map(paragraph),
    paragraph(`Recordings: ${recordings.map((name) => `\`${name}\``).join(", ")}. Commands:`),
    code(commands),
    table(answer.table),
    figure({ ...picture, id: `${id}-picture` }, 3),
    "<h3>How sure</h3>",
    bullets(certainty),
    "<h3>What is not known</h3>",
    bullets(unknown),
  ];
}

/** Code between backquotes; a link to a page beside this one stays its words. */
const inline = (words: string): string =>
  text(words)
    .replace(/`([^`]*)`/g, "<code>$1</code>")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
const paragraph = (words: string): string => `<p>${inline(words)}</p>`;
const bullets = (lines: readonly string[]): string =>
  `<ul>${lines.map((line) => `<li>${inline(line)}</li>`).join("")}</ul>`;
const code = (lines: readonly string[]): string =>
  `<pre class="scroll" tabindex="0"><code>${lines.map(text).join("\n")}</code></pre>`;

function table([head, ...rows]: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell ?? null));
  return `<div class="scroll" tabindex="0">${dataTable({ columns: head.map(String), rows: cells })}</div>`;
}
