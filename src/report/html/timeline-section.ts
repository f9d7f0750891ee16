import type { DataTable } from "./charts/chart.js";
import { plural, whole } from "./charts/names.js";
import { attribute, text } from "./escape.js";
import { dataDetails, marks, summaryText } from "./figure.js";
import type { PageSection } from "./page.js";
import type { Timeline } from "./timeline/collect.js";
import type { VcpuWindows } from "./timeline/collector.js";
import { packVcpu } from "./timeline/pack.js";
import type { PackedTimeline } from "./timeline/packed.js";

export const packTimeline = ({
  trace,
  unit,
  ownTime,
  windowIs,
  modelled,
  columns,
  vcpus,
}: Timeline): PackedTimeline => ({
  trace,
  unit,
  ownTime,
  windowIs,
  modelled: modelled === undefined ? [] : [modelled],
  columns,
  vcpus: vcpus.map((each) => packVcpu(vcpuName(each), each)),
});

function vcpuName({ vcpu: { vm, mpidr, thread, name } }: VcpuWindows): string {
  return thread === undefined
    ? `vCPU ${mpidr & 0xff_ffff}${vm < 0 ? "" : ` of VM ${vm}`} (MPIDR 0x${mpidr.toString(16)})`
    : `vCPU of thread ${name === undefined ? thread : `${name}-${thread}`}`;
}

/** A place for each trace's timelines, which the page's script fills, and in words what it shows. */
export function timelineSection(
  timelines: readonly Timeline[],
  packed: readonly PackedTimeline[],
): PageSection {
  const parts = timelines.map((timeline, at) => {
    const { trace, unit, ownTime, windowIs, modelled } = timeline;
    const data = totalsOf(packed[at]);
    const words = packed[at].vcpus.map(
      ({ name, windows, totals, loaded }) =>
        `${name}: ${plural(windows, "window")}, ${whole(loaded)} ${unit} loaded, ${whole(totals[0])} runs.`,
    );
    const notes = [
      `A window here is ${windowIs === "run" ? "one run (what the switch code of nVHE saves and restores between)" : "the time from vcpu_load to vcpu_put"}; time is in ${unit}.`,
      ...(ownTime
        ? [
            "Each pCPU of this recording has a clock of its own: each vCPU has its own time, in which a window on another pCPU than the one before begins where that ended.",
          ]
        : []),
    ];
    return [
      `<h3>${text(trace)}</h3>`,
      marks(modelled === undefined ? [] : [modelled]),
      summaryText(words),
      `<p class="soft">${text(notes.join(" "))}</p>`,
      `<figure class="long" aria-label="${attribute(`Timelines of ${trace}`)}"><div data-timeline="${at}"><noscript><p>The timeline needs JavaScript; the figures below do not.</p></noscript></div></figure>`,
      dataDetails(`timeline-${at + 1}`, `timeline of ${trace}`, data),
      `<p><button type="button" data-windows="${at}" hidden>Download every window as CSV</button></p>`,
    ].join("\n");
  });
  const html = [
    '<section aria-labelledby="timeline"><h2 id="timeline">Timeline per vCPU</h2>',
    '<p class="keys" id="timeline-keys">In a timeline: drag to zoom, double-click for the whole run, turn the wheel once it is in focus. Keys: <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>n</kbd> <kbd>p</kbd> next and previous window, <kbd>0</kbd> whole run.</p>',
    ...parts,
    "</section>",
  ].join("\n");
  return { id: "timeline", title: "Timeline", html };
}

function totalsOf({ trace, columns, vcpus, modelled }: PackedTimeline): DataTable {
  return {
    columns: [
      "trace",
      "vcpu",
      "windows",
      "loaded",
      ...columns.map(({ what, of }) => (of === "" ? what : `${what} ${of}`)),
      "modelled",
    ],
    rows: vcpus.map(({ name, windows, loaded, totals }) => [
      trace,
      name,
      windows,
      loaded,
      ...totals,
      modelled.length === 0 ? null : modelled.join("; "),
    ]),
  };
}
