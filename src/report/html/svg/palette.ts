/** Colours by what they stand for, on a light and on a dark ground: told apart in every common colour blindness. */
const colours = {
  ground: ["#ffffff", "#14171c"],
  raised: ["#f5f6f8", "#1d2128"],
  ink: ["#1b1f24", "#e6e8eb"],
  soft: ["#5a636e", "#a3abb5"],
  line: ["#d5d9de", "#3a414b"],
  link: ["#0b57a4", "#79b8ff"],
  mark: ["#8a5a00", "#f0b849"],
  less: ["#1766b0", "#6cb2f7"],
  more: ["#b8480f", "#f59a62"],
  unsure: ["#6b7480", "#98a2ad"],
  "less-area": ["#dcebf8", "#15304a"],
  "more-area": ["#fbe5d8", "#4a2714"],
  series1: ["#1766b0", "#6cb2f7"],
  series2: ["#b8480f", "#f59a62"],
  series3: ["#1f7a53", "#5fca97"],
  series4: ["#7a3fa8", "#c79bf0"],
  series5: ["#8f6a00", "#e3c14a"],
  series6: ["#ad2a62", "#f387b4"],
  series7: ["#3f5566", "#9fb8cb"],
  series8: ["#6b7480", "#98a2ad"],
  step0: ["#f1f4f8", "#20252d"],
  step1: ["#d6e4f2", "#1d3550"],
  step2: ["#abcbe8", "#1f4b77"],
  step3: ["#74a8d8", "#2a6aa5"],
  step4: ["#3a7fc0", "#4a93d6"],
  step5: ["#12538f", "#8cc3f7"],
} as const;

export type Colour = keyof typeof colours;

const isColour = (name: string): name is Colour => Object.hasOwn(colours, name);
const names: readonly Colour[] = Object.keys(colours).filter(isColour);

/** A colour for a chart: the page's, or in a picture by itself the light one. */
export const paint = (name: Colour): string => `var(--${name}, ${colours[name][0]})`;

const all: readonly Colour[] = [
  "series1",
  "series2",
  "series3",
  "series4",
  "series5",
  "series6",
  "series7",
  "series8",
];

/** Of the nth of several things; beyond eight they begin again. */
export const series = (at: number): Colour => all[at % all.length];

/** Six steps for shares, and whether a word on a step is written in the ground's colour. */
export const steps: readonly Colour[] = ["step0", "step1", "step2", "step3", "step4", "step5"];
export const isDeep = (step: Colour): boolean => step === "step4" || step === "step5";

const declared = (scheme: 0 | 1): string =>
  names.map((name) => `--${name}:${colours[name][scheme]}`).join(";");

/** The colours as a style sheet of `selector`: light, and dark where the reader prefers that; paper is light. */
export const paletteCss = (selector: string): string =>
  `${selector}{color-scheme:light dark;${declared(0)}}` +
  `@media screen and (prefers-color-scheme:dark){${selector}{${declared(1)}}}`;
