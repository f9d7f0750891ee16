/** The forms in which a trace or a result is given back, for whoever only names them: what makes them is loaded when it is used. */
export const exportFormats = {
  jsonl: "one JSON object a line for each row",
  csv: "a line for each row",
  parquet: "a table in columns, for DuckDB, pandas and the like",
  perfetto: "loads and runs as slices, traps and saves as counters, for Perfetto's viewer",
  tarmac:
    "what a recording held, as an instruction log for other programs: it lacks the hypervisor's own accesses, which an import tells guests by",
} as const;

export type ExportFormat = keyof typeof exportFormats;

/** What of a trace or a result is given back as rows. */
export const exportTables = {
  events: "every event of a trace with its time and value",
  windows: "the loads and runs of a trace",
  counts: "the counts of a result of `trapline replay --json`",
} as const;

export type ExportTable = keyof typeof exportTables;
