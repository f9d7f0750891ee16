import { byReason, type ExitTimes } from "../exit-times.js";
import { reasonName } from "../../trace/exits.js";
import type { TraceHeader } from "../../trace/header.js";
import type { DataCell, DataTable } from "./charts/chart.js";
import { plural } from "./charts/names.js";
import { attribute, text } from "./escape.js";
import { dataTable, marks, summaryText } from "./figure.js";
import type { PageSection } from "./page.js";

/** How long the vCPUs of a trace were out of the guest, for a recording of full exits alone. */
export interface TraceExitTimes {
  readonly trace: string;
  readonly header: Pick<TraceHeader, "clock" | "vcpus">;
  readonly times: readonly ExitTimes[];
  readonly modelled?: string;
}

/** By reason, as `perf kvm stat` has it and `inspect` prints it: a table a trace, with the vCPUs in its CSV. */
export function exitTimesSection(all: readonly TraceExitTimes[]): PageSection[] {
  const shown = all.filter(({ times }) => times.length > 0);
  if (shown.length === 0) return [];
  const parts = shown.flatMap(({ trace, header, times, modelled }, at) => {
    const sums = byReason(times);
    const all_ = sums.reduce((total, row) => total + row.sum, 0);
    const longest = sums.toSorted((a, b) => b.sum - a.sum)[0];
    const share = ((100 * longest.sum) / Math.max(1, all_)).toFixed(1);
    const id = `exit-times-${at + 1}`;
    return [
      `<h3>${text(trace)}</h3>`,
      marks(modelled === undefined ? [] : [modelled]),
      summaryText([
        `From a full exit to the vCPU's next entry, in ${header.clock.unit === "ns" ? "µs" : header.clock.unit}: ${plural(
          sums.reduce((total, row) => total + row.samples, 0),
          "exit",
        )}; ${share} % of the time was for ${reasonName(longest.reason)}. What perf kvm stat says of the same events.`,
      ]),
      `<div class="scroll plain" tabindex="0" role="region" aria-label="${attribute(`Times of exits: ${trace}`)}">`,
      dataTable(tableOf(header, times, sums), id),
      "</div>",
      `<p><button type="button" data-csv="${id}" hidden>Download CSV</button></p>`,
    ];
  });
  const html = [
    '<section aria-labelledby="exit-times"><h2 id="exit-times">Time from exit to entry</h2>',
    ...parts,
    "</section>",
  ].join("\n");
  return [{ id: "exit-times", title: "Time from exit to entry", html }];
}

function tableOf(
  { clock, vcpus }: TraceExitTimes["header"],
  times: readonly ExitTimes[],
  sums: readonly ExitTimes[],
): DataTable {
  const unit = clock.unit === "ns" ? "us" : clock.unit;
  const shown = (value: number): number => (clock.unit === "ns" ? value / 1000 : value);
  const total = (of: readonly ExitTimes[], key: "samples" | "sum"): number =>
    of.reduce((sum, row) => sum + row[key], 0);
  const part = (value: number, all: number): string => `${((100 * value) / Math.max(1, all)).toFixed(2)} %`;
  const cells = (vcpu: string, row: ExitTimes, of: readonly ExitTimes[]): DataCell[] => [
    vcpu,
    reasonName(row.reason),
    row.samples,
    part(row.samples, total(of, "samples")),
    part(row.sum, total(of, "sum")),
    ...(row.timed === 0 ? [null, null, null] : [row.min, row.sum / row.timed, row.max].map(shown)),
  ];
  return {
    columns: ["vcpu", "exit", "samples", "share", "of time", `min ${unit}`, `average ${unit}`, `max ${unit}`],
    rows: [
      ...sums.map((row) => cells("all", row, sums)),
      ...vcpus.flatMap(({ thread, name, vm, mpidr }, at) => {
        const own = times.filter(({ vcpu }) => vcpu === at);
        const vcpu = thread === undefined ? `${vm}/0x${mpidr.toString(16)}` : `${name ?? "thread"}-${thread}`;
        return own.map((row) => cells(vcpu, row, own));
      }),
    ],
  };
}
