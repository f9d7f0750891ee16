/** The forms in which a trace is given back, for whoever only names them: what makes them is loaded when it is used. */
export const exportFormats = {
  jsonl: "one JSON object a line for each event",
  csv: "a row for each event",
} as const;

export type ExportFormat = keyof typeof exportFormats;
