import type { Chart } from "../report/html/charts/chart.js";
import type { Cell } from "../report/text-table.js";
import type { Asker } from "./ask.js";

/** What recordings say to a question of the discussion. Words between backquotes are code. */
export interface Answer {
  /** The answer in a sentence or two, chosen by the figures. */
  readonly short: string;
  readonly text: readonly string[];
  /** The first row is the head. */
  readonly table: readonly (readonly Cell[])[];
  readonly picture: Chart;
  /** How sure: price ranges, intervals, signs of draws. */
  readonly certainty: readonly string[];
  readonly unknown: readonly string[];
}

export interface Question {
  /** For links and files; letters and hyphens. */
  readonly id: string;
  readonly title: string;
  /** Who raised it, and how. */
  readonly raised: string;
  answer(ask: Asker): Promise<Answer>;
}

/** A question with its answer and what was run for it. */
export interface Answered extends Answer {
  readonly id: string;
  readonly title: string;
  readonly raised: string;
  /** Names of the recordings that the commands read. */
  readonly recordings: readonly string[];
  /** The commands as a reader types them, in the order in which they ran. */
  readonly commands: readonly string[];
}
