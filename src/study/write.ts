import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { picture } from "./compose.js";
import { studyHtml } from "./html.js";
import { pictureFolder, studyMarkdown } from "./markdown.js";
import type { Study } from "./study.js";

/** The files of a study by name: the text, the page, and a picture for each question that has one. */
export function studyFiles(study: Study): ReadonlyMap<string, string> {
  const files = new Map([
    ["study.md", studyMarkdown(study)],
    ["study.html", studyHtml(study)],
  ]);
  for (const { id, picture: chart } of study.answers) {
    if (chart.panels.length > 0) files.set(`${pictureFolder}/${id}.svg`, picture(chart));
  }
  return files;
}

/** Writes them below a folder, each under a temporary name first; pictures of another study go. */
export function writeStudy(study: Study, folder: string): void {
  const files = studyFiles(study);
  const pictures = join(folder, pictureFolder);
  mkdirSync(pictures, { recursive: true });
  for (const [name, content] of files) {
    const file = join(folder, name);
    const unfinished = join(dirname(file), `.${process.pid}.unfinished`);
    writeFileSync(unfinished, content);
    renameSync(unfinished, file);
  }
  for (const name of readdirSync(pictures)) {
    if (name.endsWith(".svg") && !files.has(`${pictureFolder}/${name}`)) rmSync(join(pictures, name));
  }
}
