import { csv } from "./csv.js";
import type { Exporter } from "./exporter.js";
import type { ExportFormat } from "./formats.js";
import { jsonl } from "./jsonl.js";

const exporters: Readonly<Record<ExportFormat, Exporter>> = { jsonl, csv };

export const exporterOf = (format: string): Exporter | undefined =>
  Object.entries(exporters).find(([id]) => id === format)?.[1];
