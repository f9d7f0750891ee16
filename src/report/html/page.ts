import { createHash } from "node:crypto";
import { pageScript, plotterScript, plotterStyle } from "./assets.js";
import { attribute, scriptJson, text } from "./escape.js";
import { pageStyle } from "./style.js";
import type { PackedTimeline } from "./timeline/packed.js";

export interface PageSection {
  /** Of its heading, for the list of contents. */
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

export interface Page {
  readonly title: string;
  readonly lead: string;
  readonly sections: readonly PageSection[];
  readonly timelines: readonly PackedTimeline[];
  readonly tool: string;
}

/** The page in one file that asks nothing of any network: the policy in its head forbids that it could. */
export function pageHtml({ title, lead, sections, timelines, tool }: Page): string {
  const script = pageScript();
  // What draws timelines goes only where there are some.
  const plotter = timelines.length === 0 ? [] : [plotterScript()];
  const hashes = [...plotter, script].map(
    (each) => `'sha256-${createHash("sha256").update(each).digest("base64")}'`,
  );
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${hashes.join(" ")}; base-uri 'none'; form-action 'none'`;
  const contents = sections.map((section) => `<li><a href="#${section.id}">${text(section.title)}</a></li>`);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="generator" content="${attribute(tool)}">`,
    `<title>${text(title)}</title>`,
    `<style>${pageStyle()}${timelines.length === 0 ? "" : plotterStyle()}</style>`,
    "</head>",
    "<body>",
    '<a class="skip" href="#content">Skip to the content</a>',
    "<header>",
    `<h1>${text(title)}</h1>`,
    lead,
    `<nav aria-label="Contents"><ul>${contents.join("")}</ul></nav>`,
    "</header>",
    '<main id="content">',
    ...sections.map(({ html }) => html),
    "</main>",
    `<footer>Made by ${text(tool)}. The page needs no network.</footer>`,
    `<script type="application/json" id="timelines">${scriptJson(timelines)}</script>`,
    ...plotter.map((each) => `<script>${each}</script>`),
    `<script>${script}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}
