import { plot, type Markish, type PlotOptions } from "@observablehq/plot";
import { attribute, text } from "../escape.js";
import { createSheet } from "./document.js";
import { paint, paletteCss } from "./palette.js";

/** What a drawing needs to be understood where nothing is seen. */
export interface Drawing extends PlotOptions {
  readonly label: string;
  readonly width: number;
  /** What of the input is a model's: said in the picture itself, which may be passed on without its page. */
  readonly modelled?: readonly string[];
}

const fontSize = 11;

/**
 * Draws a chart as SVG, here and not in the reader's browser: the page then needs neither library nor script to show
 * it, prints as it is seen, and the same picture can go into a document.
 */
export function draw({ label, modelled = [], marks = [], ...options }: Drawing): string {
  const sheet = createSheet();
  plot({
    ...options,
    // Only what a picture is made of is ever asked of it.
    document: sheet,
    className: "chart",
    style: { fontSize: `${fontSize}px` },
    marks,
  });
  const [root] = sheet.pictures;
  for (const child of root.children) if (child.tagName === "style") root.removeChild(child);
  const height = Number(root.getAttribute("height"));
  root.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  root.setAttribute("role", "img");
  root.setAttribute("aria-label", label);
  root.setAttribute("font-size", fontSize);
  root.removeAttribute("style");
  if (modelled.length > 0) {
    const note = root.ownerDocument.createElementNS(root.namespaceURI, "text");
    note.setAttribute("x", 4);
    note.setAttribute("y", height - 4);
    note.setAttribute("text-anchor", "start");
    note.setAttribute("font-weight", "600");
    note.setAttribute("fill", paint("mark"));
    note.textContent = "modelled input";
    root.append(note);
  }
  return rounded(root.markup());
}

/** Hundredths of a pixel nobody sees, and further digits are not the same on every machine. */
const rounded = (svg: string): string =>
  svg.replace(
    /( (?:x|y|x1|y1|x2|y2|width|height|cx|cy|dx|dy|r|d|transform|points)=")([^"]*)/g,
    (_, name: string, value: string) =>
      name + value.replace(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(2)))),
  );

/** The length of a word in the charts' letters, and a little more: for margins. Capitals are a third wider. */
export function wordWidth(word: string): number {
  const capitals = word.replace(/[^A-Z0-9_+]/g, "").length;
  return Math.ceil(fontSize * (0.66 * capitals + 0.53 * (word.length - capitals)));
}

/** A picture that stands by itself, in a file: it brings its colours and its ground. */
export function pictureFile(svg: string, title: string): string {
  const [, head, rest] = /^(<svg[^>]*>)(.*)$/s.exec(svg) ?? [];
  if (head === undefined || rest === undefined) throw new RangeError("this is no SVG");
  const style = `${paletteCss("svg")}svg{background:${paint("ground")};color:${paint("ink")}}`;
  return `${head.replace('role="img"', `role="img" data-title="${attribute(title)}"`)}<title>${text(title)}</title><style>${style}</style>${rest}\n`;
}

export type Marks = Markish[];
