import type { Chart, LegendItem } from "../report/html/charts/chart.js";
import { text } from "../report/html/escape.js";
import { pictureFile, wordWidth } from "../report/html/svg/draw.js";
import { paint } from "../report/html/svg/palette.js";

const gap = 20;
const titleHeight = 22;
const lineHeight = 18;

interface Placed {
  readonly x: number;
  readonly y: number;
}

/** The pictures of a chart side by side in one file, with their titles and the legend: what a text can show. */
export function picture(chart: Chart): string {
  const panels = chart.panels.map(({ title, svg }) => ({ title, svg, ...sizeOf(svg) }));
  const across = panels.length > 1 ? 2 : 1;
  const column = Math.max(320, ...panels.map(({ width }) => width));
  const width = across * column + (across + 1) * gap;
  const places: Placed[] = [];
  let y = 30;
  for (let at = 0; at < panels.length; at += across) {
    const row = panels.slice(at, at + across);
    row.forEach((_, nth) => places.push({ x: gap + nth * (column + gap), y }));
    y += titleHeight + Math.max(...row.map(({ height }) => height)) + gap;
  }
  const legend = legendOf(chart.legend, width, y);
  const height = legend.bottom + 8;
  const drawn = panels.map(({ title, svg }, at) => {
    const place = places[at];
    const head = `<text x="${place.x}" y="${place.y + 12}" font-weight="600">${text(title)}</text>`;
    return head + svg.replace("<svg", `<svg overflow="visible" x="${place.x}" y="${place.y + titleHeight}"`);
  });
  const title = `<text x="${gap}" y="20" font-size="14" font-weight="600">${text(chart.title)}</text>`;
  const all = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" fill="currentColor" font-family="system-ui, sans-serif" font-size="11">${title}${drawn.join("")}${legend.svg}</svg>`;
  return pictureFile(all, chart.title);
}

function sizeOf(svg: string): { readonly width: number; readonly height: number } {
  const [head] = svg.split(">", 1);
  const value = (name: string): number => Number(new RegExp(` ${name}="(\\d+(?:\\.\\d+)?)"`).exec(head)?.[1]);
  return { width: value("width"), height: value("height") };
}

function legendOf(items: readonly LegendItem[], width: number, top: number) {
  let x = gap;
  let y = top + 4;
  const parts: string[] = [];
  for (const { label, colour, shape } of items) {
    const own = 20 + wordWidth(label) + 18;
    if (x > gap && x + own > width) {
      x = gap;
      y += lineHeight;
    }
    parts.push(
      `<g transform="translate(${x},${y})">${marks[shape](colour)}<text x="20" y="9">${text(label)}</text></g>`,
    );
    x += own;
  }
  return { svg: parts.join(""), bottom: items.length === 0 ? top : y + lineHeight };
}

const marks: Readonly<Record<LegendItem["shape"], (colour: string) => string>> = {
  area: (colour) => `<rect width="14" height="10" fill="${colour}"/>`,
  dot: (colour) => `<circle cx="7" cy="5" r="4.5" fill="${colour}"/>`,
  ring: (colour) =>
    `<circle cx="7" cy="5" r="3.7" fill="${paint("ground")}" stroke="${colour}" stroke-width="2"/>`,
  line: (colour) => `<path d="M0,5H14" stroke="${colour}" stroke-width="1.5"/>`,
  dash: (colour) => `<path d="M0,5H14" stroke="${colour}" stroke-width="1.5" stroke-dasharray="4 3"/>`,
};
