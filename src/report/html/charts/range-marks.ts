import { link, type Link } from "@observablehq/plot";
import { paint } from "../svg/palette.js";

/** What the uncertainty of prices makes of a figure that has a row of a picture to itself. */
export interface Ranged {
  /** The row. */
  readonly key: string;
  readonly p5: number;
  readonly p95: number;
  readonly least: number;
  readonly greatest: number;
}

/** A thin line over all prices, and a band over 5 to 95 % of the draws. */
export const rangeMarks = (rows: readonly Ranged[]): readonly Link[] => [
  link([...rows], { x1: "least", x2: "greatest", y: "key", stroke: paint("soft"), strokeWidth: 1 }),
  link([...rows], {
    x1: "p5",
    x2: "p95",
    y: "key",
    stroke: paint("soft"),
    strokeWidth: 6,
    strokeOpacity: 0.45,
  }),
];
