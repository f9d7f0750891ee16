import type { Form } from "./form.js";
import type { ExportFormat } from "./formats.js";
import { csv } from "./forms/csv.js";
import { jsonl } from "./forms/jsonl.js";

/** Forms of tables. Each is loaded when it is asked for where it brings a library with it. */
const forms: Readonly<Record<Exclude<ExportFormat, "perfetto" | "tarmac">, () => Form | Promise<Form>>> = {
  jsonl: () => jsonl,
  csv: () => csv,
  parquet: async () => (await import("./forms/parquet.js")).parquet,
};

export const formOf = async (format: string): Promise<Form | undefined> =>
  Object.entries(forms).find(([id]) => id === format)?.[1]();
