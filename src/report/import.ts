import type { ImportResult } from "../import/import.js";
import { Kind } from "../trace/kinds.js";
import { textList } from "./text-table.js";

export interface ImportLine extends ImportResult {
  readonly path: string;
  readonly output: string;
}

/** What was recognised and what became of it, a few lines a recording. */
export function importText(imports: readonly ImportLine[]): string {
  return imports.map(one).join("\n\n");
}

type Row = [name: string, value: string];

function one({ path, output, header, importer, certainty }: ImportLine): string {
  const { source, events, vcpus, mode } = header;
  const sum = (...kinds: number[]): number =>
    header.tally.reduce((total, [kind, , , count]) => (kinds.includes(kind) ? total + count : total), 0);
  const rows: Row[] = [
    ["recognised as", `${importer}, ${source.dialect} (${Math.round(100 * certainty)} % of the first lines)`],
    ["read", `${source.lines} lines, ${source.bytes} bytes`],
    ["found", `${events} events, ${vcpus.length} vCPUs, ${header.pcpus.length} pCPUs, ${modeText[mode]}`],
    [
      "of them",
      `${sum(Kind.load)} loads, ${sum(Kind.runStart)} runs, ${sum(Kind.entry)} guest entries, ${sum(Kind.guestWrite)} guest writes`,
    ],
    ...Object.entries(header.passedOver).map(([kind, count]): Row => ["passed over", `${count} x ${kind}`]),
    ...Object.entries(header.anomalies).map(([what, count]): Row => ["odd", `${count} x ${what}`]),
  ];
  return `${path} -> ${output}\n${textList(rows)}`;
}

export const modeText = {
  vhe: "VHE host",
  nvhe: "nVHE host",
  none: "no hypervisor: the guest never exits",
} as const;
