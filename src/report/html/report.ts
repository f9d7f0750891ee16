import { modelsOf } from "../modelled.js";
import { breakEvenChart } from "./charts/break-even.js";
import type { Chart } from "./charts/chart.js";
import { costChart } from "./charts/cost.js";
import { exitsChart } from "./charts/exits.js";
import { heatMap, type CountedTrace } from "./charts/heat-map.js";
import { once } from "./charts/names.js";
import { validationChart } from "./charts/validation.js";
import { text } from "./escape.js";
import { exitTimesSection } from "./exit-times-section.js";
import { figure, marks, summaryText } from "./figure.js";
import { countsSection, verdictSection } from "./headline.js";
import { pageHtml, type PageSection } from "./page.js";
import { provenanceSection } from "./provenance-section.js";
import type { ReportData } from "./report-data.js";
import { packTimeline, timelineSection } from "./timeline-section.js";
import { writeRateSection } from "./write-rate-section.js";

/** The report as one HTML file; the same data gives the same bytes. */
export function reportHtml(data: ReportData): string {
  const { tool, verdict, replays, timelines, validations, exits, exitTimes, provenance } = data;
  const { rows = [], writeRates = [] } = verdict ?? {};
  const traces = once([
    ...[...rows, ...writeRates].map(({ trace }) => trace),
    ...replays.flatMap((each) => each.traces.map(({ path }) => path)),
    ...provenance.traces.map(({ trace }) => trace),
  ]);
  const packed = timelines.map(packTimeline);
  const shown = (chart: Chart | undefined): PageSection[] =>
    chart === undefined ? [] : [{ id: chart.id, title: chart.title.replace(/:.*/, ""), html: figure(chart) }];
  const sections: PageSection[] = [
    ...(rows.length > 0 ? [verdictSection({ rows, pooled: verdict?.pooled ?? [] })] : []),
    ...(rows.length === 0 && replays.length > 0 ? [countsSection(replays)] : []),
    ...(rows.length + replays.length + writeRates.length === 0 ? [unanswered(provenance.refused)] : []),
    // Beside a verdict on other recordings it is not the page's first answer.
    ...(writeRates.length > 0
      ? [writeRateSection(writeRates, rows.length + replays.length === 0 ? "verdict" : "write-rate")]
      : []),
    ...(rows.length > 0 ? shown(costChart(rows)) : []),
    ...shown(breakEvenChart(rows)),
    ...shown(heatMap(countedTraces(replays))),
    ...(timelines.length > 0 ? [timelineSection(timelines, packed)] : []),
    ...shown(validationChart(validations)),
    ...shown(exitsChart(exits)),
    ...exitTimesSection(exitTimes),
    ...missingSection(data),
    provenanceSection(tool, provenance, verdict, replays),
  ];
  const models = modelsOf([
    ...rows,
    ...writeRates,
    ...replays.flatMap((each) => each.traces),
    ...provenance.traces,
  ]);
  return pageHtml({
    title: `trapline: ${traces.length === 0 ? "report" : traces.join(", ")}`,
    lead: [
      marks(models),
      '<p class="soft">What recorded guests did under each policy for saving and trapping system registers, and what that costs against saving all of them always.</p>',
    ].join("\n"),
    sections,
    timelines: packed,
    tool,
  });
}

/** Where nothing can be said of a policy: why. */
function unanswered(refused: ReportData["provenance"]["refused"]): PageSection {
  const why =
    refused.length === 0
      ? ["The inputs hold neither prices nor counts of policies."]
      : refused.map((each) => `${each.what}: ${each.why}`);
  const html = [
    '<section aria-labelledby="verdict"><h2 id="verdict">No verdict</h2>',
    "<p>No policy could be replayed. What the recordings show is below.</p>",
    summaryText(why),
    "</section>",
  ].join("\n");
  return { id: "verdict", title: "No verdict", html };
}

/** Parts that were asked for and are not there. */
function missingSection({ missing }: ReportData): PageSection[] {
  if (missing.length === 0) return [];
  const lines = missing.map(({ section, why }) => `${section}: ${why}`);
  const html = `<section aria-labelledby="missing"><h2 id="missing">${text("Not in this report")}</h2>${summaryText(lines)}</section>`;
  return [{ id: "missing", title: "Not in this report", html }];
}

/** Results of several traces have sums of registers over all of them: they are shown as one. */
const countedTraces = (replays: ReportData["replays"]): CountedTrace[] =>
  replays.map(({ config, traces, policies }) => ({
    trace: traces.map(({ path }) => path).join(", "),
    mode: config.mode,
    policies,
    ...(modelsOf(traces).length === 0 ? {} : { modelled: modelsOf(traces).join("; ") }),
  }));
