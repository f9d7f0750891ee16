import { actionMeanings, actions, type Profile } from "../../prices/profile.js";
import type { VerdictResult } from "../verdict.js";
import { modeName, once, whole } from "./charts/names.js";
import { text } from "./escape.js";
import { dataDetails, dataTable, marks, summaryText } from "./figure.js";
import type { PageSection } from "./page.js";
import type { Provenance, ShownReplay } from "./report-data.js";

type Asked = Pick<VerdictResult, "seed" | "samples" | "resamples" | "notes">;

/** Where everything comes from: files, configuration, prices, what is drawn at random, what was not seen. */
export function provenanceSection(
  tool: string,
  { files, traces, profiles, refused }: Provenance,
  asked: Asked | undefined,
  replays: readonly ShownReplay[],
): PageSection {
  const configs = replays.map(({ config, traces: own, policies }) => [
    own.map(({ path }) => path).join(", "),
    modeName(config.mode),
    config.kernel,
    config.features.join(" "),
    policies.map(({ policy }) => policy).join(", "),
  ]);
  const notes = once([...(asked?.notes ?? []), ...replays.flatMap((each) => each.notes)]);
  const html = [
    '<section aria-labelledby="provenance"><h2 id="provenance">Provenance</h2>',
    "<h3>Files</h3>",
    scroll(
      "Files",
      dataTable(
        {
          columns: ["file", "what", "bytes", "SHA-256"],
          rows: files.map(({ name, what, bytes, sha256 }) => [name, what, bytes, sha256 ?? "not read twice"]),
        },
        "files",
      ),
    ),
    `<p>Made by ${text(tool)}.${
      asked === undefined
        ? ""
        : ` ${whole(asked.samples)} draws of the prices${asked.resamples === 0 ? "" : `, ${whole(asked.resamples)} resamples of the windows`}, seed ${asked.seed}.`
    }</p>`,
    ...(configs.length === 0
      ? []
      : [
          "<h3>Configuration</h3>",
          scroll(
            "Configuration",
            dataTable({ columns: ["trace", "mode", "kernel", "features", "policies"], rows: configs }),
          ),
        ]),
    ...traces.map(({ trace, about, unseen, modelled }) =>
      [
        `<h3>${text(trace)}</h3>`,
        marks(modelled === undefined ? [] : [modelled]),
        scroll(`About ${trace}`, dataTable({ columns: ["what", "value"], rows: about })),
        unseen.length === 0 ? "" : `<p>Not observed: ${text(unseen.join("; "))}.</p>`,
      ].join("\n"),
    ),
    ...(profiles.length === 0 ? [] : ["<h3>Prices</h3>", ...profiles.map(priceTable)]),
    ...(notes.length === 0 ? [] : ["<h3>Notes</h3>", summaryText(notes)]),
    ...(refused.length === 0
      ? []
      : ["<h3>Not answered</h3>", summaryText(refused.map(({ what, why }) => `${what}: ${why}`))]),
    "</section>",
  ].join("\n");
  return { id: "provenance", title: "Provenance", html };
}

const scroll = (label: string, table: string): string =>
  `<div class="scroll plain" tabindex="0" role="region" aria-label="${text(label).replaceAll('"', "&quot;")}">${table}</div>`;

function priceTable({ name, summary, unit, hardware, clock, prices }: Profile): string {
  const ghz = clock === undefined ? "" : `; ${clock.ghz} GHz (${clock.basis}: ${clock.source})`;
  return [
    `<h4>${text(name)}</h4><p>${text(`${summary} ${hardware}, in ${unit}${ghz}.`)}</p>`,
    dataDetails(
      `prices-${name.replace(/[^a-z0-9]+/gi, "-")}`,
      `prices of ${name}`,
      {
        columns: ["action", "low", "likely", "high", "unit", "basis", "hardware", "source", "meaning"],
        rows: actions.map((action) => {
          const { low, likely, high, unit: own, basis, hardware: on, source } = prices[action];
          return [action, low, likely, high, own, basis, on, source, actionMeanings[action]];
        }),
      },
      "Prices with their sources",
    ),
  ].join("\n");
}
