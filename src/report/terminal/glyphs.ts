/** What a terminal can show: letters beyond ASCII, and colours. */
export interface Terminal {
  readonly unicode: boolean;
  readonly colour: boolean;
}

/** Colours of ANSI terminals (ECMA-48, SGR): less than eager, more, not settled. */
const codes = { less: 34, more: 33, unsure: 90, plain: 0 } as const;
export type Tint = keyof typeof codes;

export const tinted = (text: string, tint: Tint, { colour }: Terminal): string =>
  colour && tint !== "plain" && text.trim() !== "" ? `\u001b[${codes[tint]}m${text}\u001b[0m` : text;

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of a share from 0 to 1, as wide as `width` at 1; something is seen of whatever is not 0. */
export function bar(share: number, width: number, { unicode }: Terminal): string {
  const size = Math.min(1, Math.max(0, share)) * width;
  if (!unicode) return "#".repeat(size > 0 ? Math.max(1, Math.round(size)) : 0);
  const parts = Math.round(8 * size);
  const least = size > 0 && parts === 0 ? 1 : parts;
  return "█".repeat(least >> 3) + eighths[least & 7];
}

const heights = { unicode: " ▁▂▃▄▅▆▇█", ascii: " .:-=+*#@" } as const;

/** A letter for each value, as high as its share of the greatest one; blank for 0 alone. */
export function sparkline(values: readonly number[], { unicode }: Terminal): string {
  const letters = unicode ? heights.unicode : heights.ascii;
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return values
    .map((value) => letters[value <= 0 ? 0 : Math.max(1, Math.round((value / most) * (letters.length - 1)))])
    .join("");
}

export interface Strip {
  readonly least: number;
  readonly low: number;
  readonly likely: number;
  readonly high: number;
  readonly greatest: number;
}

/**
 * A value with two ranges around it on a scale through 0, which is a bar upright: thin from least to greatest, thick
 * from low to high. `place` gives the share of the width at which a value stands.
 */
export function strip(
  { least, low, likely, high, greatest }: Strip,
  place: (value: number) => number,
  width: number,
  { unicode }: Terminal,
): string {
  const [thin, thick, point, zero] = unicode ? ["─", "━", "●", "│"] : ["-", "=", "o", "|"];
  const at = (value: number): number =>
    Math.min(width - 1, Math.max(0, Math.round(place(value) * (width - 1))));
  const cells = Array.from({ length: width }, () => " ");
  const fill = (from: number, to: number, letter: string): void => {
    for (let cell = at(from); cell <= at(to); cell++) cells[cell] = letter;
  };
  fill(least, greatest, thin);
  fill(low, high, thick);
  cells[at(0)] = zero;
  cells[at(likely)] = point;
  return cells.join("");
}
