import { figure as short, percent } from "../../verdict/sentence.js";
import { rateText } from "../../verdict/write-rate-sentence.js";
import type { WriteRateRow } from "../../verdict/write-rate-row.js";
import { modelsOf } from "../modelled.js";
import {
  labelOf,
  likeRows,
  questionTitle,
  writeRateCells,
  writeRateHead,
  writeRateNotes,
} from "../write-rate.js";
import { writeRateChart } from "./charts/write-rate.js";
import type { DataCell } from "./charts/chart.js";
import { once, whole } from "./charts/names.js";
import { attribute, text } from "./escape.js";
import { card, dataTable, figure, summaryText } from "./figure.js";
import type { PageSection } from "./page.js";

const title = "Write rates below which dirty-save wins";

/**
 * What recordings without their guests' writes can say, in the place of a verdict: a sentence and three figures a
 * recording, a table a question, and the chart.
 */
export function writeRateSection(rows: readonly WriteRateRow[], id: string): PageSection {
  const questions = once(rows.map(questionTitle)).map((asked) =>
    rows.filter((row) => questionTitle(row) === asked),
  );
  // One group a policy: the others are in the table.
  const said = questions.flatMap((own) =>
    own.filter((row, at) => own.findIndex(({ policy }) => policy === row.policy) === at),
  );
  const heads = once(rows.map(({ trace }) => trace)).flatMap(
    (trace) => said.find((row) => row.trace === trace) ?? [],
  );
  const others = said.filter((row) => !heads.includes(row));
  const chart = writeRateChart(rows);
  const html = [
    `<section aria-labelledby="${id}"><h2 id="${id}">${text(title)}</h2>`,
    summaryText(writeRateNotes.slice(0, 1)),
    ...heads.map((row) => card(row.trace, row.sentence, "unsure", modelsOf([row]), figuresOf(row))),
    ...(others.length === 0
      ? []
      : [
          `<details><summary>${whole(others.length)} more answer${others.length === 1 ? "" : "s"}: other policies, nestings, prices</summary>`,
          `<ul>${others.map((row) => `<li>${text(row.sentence)}</li>`).join("")}</ul></details>`,
        ]),
    ...questions.map((own) => table(own)),
    summaryText(writeRateNotes.slice(1)),
    "</section>",
    ...(chart === undefined ? [] : [figure(chart, 3)]),
  ].join("\n");
  return { id, title: "Write rates", html };
}

function figuresOf(row: WriteRateRow): (readonly [string, string, string])[] {
  const { writesPerSecond, share, windowsPerSecond, windows } = row;
  const span = ({ p5, p95 }: typeof share, show: (rate: number) => string): string =>
    `${rateText(p5, show)} to ${rateText(p95, show)} in 90 % of draws`;
  return [
    writesPerSecond === null
      ? ["wins below, writes per second", "?", "the clock tells no time"]
      : [
          "wins below, writes per second and vCPU",
          rateText(writesPerSecond.likely, short),
          span(writesPerSecond, short),
        ],
    ["of windows", rateText(share.likely, percent), span(share, percent)],
    [
      "windows per second and vCPU",
      windowsPerSecond === null ? "?" : short(windowsPerSecond),
      `${whole(windows)} in all`,
    ],
  ];
}

/** As `trapline verdict` prints it: groups with the same figures are one row, and named in full below. */
function table(rows: readonly WriteRateRow[]): string {
  const asked = questionTitle(rows[0]);
  const groups = likeRows(rows);
  const columns = writeRateHead.map((name) => name.replace("\n", " ").trim());
  const cells = groups.map((group): DataCell[] => writeRateCells(group).map(String));
  const lists = groups.filter((group) => group.length > 1);
  return [
    `<h3>${text(asked)}</h3>`,
    `<div class="scroll plain" tabindex="0" role="region" aria-label="${attribute(`Write rates: ${asked}`)}">`,
    dataTable({ columns, rows: cells }),
    "</div>",
    ...lists.map(
      (group) =>
        `<p class="soft">${text(`${labelOf(group)}: ${group.map((row) => row.group).join(", ")}`)}</p>`,
    ),
  ].join("\n");
}
