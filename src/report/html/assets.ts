import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { TraplineError, messageOf } from "../../errors.js";
import { packageRoot } from "../../package-root.js";

/** Scripts of the page in the order in which they use each other; compiled from `page/`, and not part of the bundle. */
const scripts = [
  "unpack",
  "levels",
  "view",
  "format",
  "lanes",
  "plot",
  "moves",
  "readout",
  "timeline",
  "tips",
  "download",
  "start",
] as const;

/** The page's own script: plain scripts as one, whose names are seen by nobody else. */
export function pageScript(): string {
  const parts = scripts.map((name) => read(new URL(`dist/src/report/html/page/${name}.js`, packageRoot)));
  return `(() => {\n"use strict";\n${parts.map((part) => part.replace(/^"use strict";\n/, "")).join("")}})();`;
}

/** uPlot as it was installed: 51 kB that draw a timeline of any length on a canvas. */
export function plotterScript(): string {
  return read(fileOf("uplot/dist/uPlot.iife.min.js"));
}

export function plotterStyle(): string {
  return read(fileOf("uplot/dist/uPlot.min.css"));
}

const fileOf = (name: string): string => createRequire(import.meta.url).resolve(name);

function read(file: string | URL): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const message = `a part of the report cannot be read: ${messageOf(error)}`;
    throw new TraplineError("output", message, {}, "Install trapline again, or build it");
  }
}
