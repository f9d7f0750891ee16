import type { ImportResult } from "../import/import.js";
import type { Capabilities } from "../trace/capabilities.js";
import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { breachRows } from "./breaches.js";
import { textList } from "./text-table.js";
import { unseenText } from "./unseen.js";

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
  const { source, events, vcpus, capabilities } = header;
  const sum = (...kinds: number[]): number =>
    header.tally.reduce((total, [kind, , , count]) => (kinds.includes(kind) ? total + count : total), 0);
  const rows: Row[] = [
    ["recognised as", `${importer}, ${source.dialect} (${Math.round(100 * certainty)} % sure)`],
    ["read", `${source.lines} ${isBinary(source.format) ? "events" : "lines"}, ${source.bytes} bytes`],
    ...(vcpus.length === 0
      ? ([["found", `${events} events, and no guest: ${noGuest}`]] satisfies Row[])
      : ([
          [
            "found",
            `${events} events, ${vcpus.length} vCPUs, ${header.pcpus.length} pCPUs, ${modeText(header)}`,
          ],
          ["of them", seenText(capabilities, sum)],
        ] satisfies Row[])),
    ...unseenText(capabilities).map((what): Row => ["cannot show", what]),
    ...Object.entries(header.passedOver).map(([kind, count]): Row => ["passed over", `${count} x ${kind}`]),
    ...Object.entries(header.anomalies).map(([what, count]): Row => ["odd", `${count} x ${what}`]),
    ...breachRows(header),
  ];
  return `${path} -> ${output}\n${textList(rows)}`;
}

const noGuest =
  "none ran while this was recorded, or what tells guests apart was left out (in an instruction log, writes of HCR_EL2 and VTTBR_EL2; `trapline export` leaves them out)";

/** What has no lines counts its events there. */
const isBinary = (format: string): boolean => format === "trace-dat";

/** What is counted; of what a recording cannot show there is no count, not even zero. */
function seenText(
  { loads, runs, entries, guestWrites }: Capabilities,
  sum: (kind: number) => number,
): string {
  const partial = entries === "full-only";
  return [
    ...(loads || !partial ? [`${sum(Kind.load)} loads`] : []),
    ...(runs || !partial ? [`${sum(Kind.runStart)} runs`] : []),
    partial ? `${sum(Kind.fullExit)} full exits` : `${sum(Kind.entry)} guest entries`,
    guestWrites === "all"
      ? `${sum(Kind.guestWrite)} guest writes`
      : `${sum(Kind.emulatedWrite)} trapped writes`,
  ].join(", ");
}

export function modeText({ mode, capabilities }: Pick<TraceHeader, "mode" | "capabilities">): string {
  if (mode === "vhe") return "VHE host";
  if (mode === "nvhe") return "nVHE host";
  return capabilities.entries === "none"
    ? "no hypervisor: the guest never exits"
    : "a host whose mode the recording does not tell";
}
