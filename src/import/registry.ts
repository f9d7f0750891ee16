import { execlog } from "./execlog/execlog.js";
import type { Importer } from "./importer.js";
import { traceDat } from "./kernel/dat/trace-dat.js";
import { kernelText } from "./kernel/text/kernel-text.js";
import { tarmac } from "./tarmac/tarmac.js";

/** Every importer, in the order in which equally sure ones are preferred. */
export const importers: readonly Importer[] = [tarmac, kernelText, traceDat, execlog];

/** The importer that is surest of a text by its first bytes, and how sure; undefined if none knows it. */
export function detectImporter(
  start: Uint8Array,
): { readonly importer: Importer; readonly certainty: number } | undefined {
  let best: { importer: Importer; certainty: number } | undefined;
  for (const importer of importers) {
    const certainty = importer.detect(start);
    if (certainty > (best?.certainty ?? 0)) best = { importer, certainty };
  }
  return best;
}
