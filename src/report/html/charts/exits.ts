import { barX, text } from "@observablehq/plot";
import { draw, wordWidth } from "../svg/draw.js";
import { paint } from "../svg/palette.js";
import { panelWidth, type Chart, type Panel } from "./chart.js";
import { once, plural, shortNames, whole } from "./names.js";

/** Why a trace's guests left. */
export interface TraceExits {
  readonly trace: string;
  readonly modelled?: string;
  /** Exits that EL2's fast path handled are not in the recording. */
  readonly fastUnseen?: boolean;
  readonly exits: readonly {
    readonly reason: string;
    readonly path: "fast" | "full";
    readonly register: string | undefined;
    readonly direction: "read" | "write" | undefined;
    readonly count: number;
  }[];
}

/** Reasons that a picture shows one by one: the rest of a long tail is in the data. */
const shownReasons = 14;

/** Exit reasons by frequency, and where they were handled: a picture a trace. */
export function exitsChart(all: readonly TraceExits[]): Chart | undefined {
  const traces = all.filter(({ exits }) => exits.length > 0);
  if (traces.length === 0) return undefined;
  const name = shortNames(all.map(({ trace }) => trace));
  return {
    id: "exits",
    title: "Exit reasons",
    summary: traces.map(({ trace, exits, fastUnseen }) => {
      const total = exits.reduce((sum, { count }) => sum + count, 0);
      const rows = reasonsOf({ trace, exits }).slice(0, 3);
      const said = rows.map(({ reason, full, fast }) => `${reason} ${share(full + fast, total)}`);
      const fast = exits.reduce((sum, { path, count }) => (path === "fast" ? sum + count : sum), 0);
      return `${name(trace)}: ${plural(total, "guest exit")}, most for ${said.join(", ")}; ${fastUnseen === true ? "those that EL2's fast path handled are not seen by such a recording" : `${share(fast, total)} were handled on EL2's fast path`}.`;
    }),
    modelled: once(traces.flatMap(({ modelled = "" }) => (modelled === "" ? [] : [modelled]))),
    legend: [
      { label: "full exit, out to the run loop", colour: paint("series1"), shape: "area" },
      ...(traces.every(({ fastUnseen }) => fastUnseen === true)
        ? []
        : [{ label: "handled on EL2's fast path", colour: paint("series2"), shape: "area" } as const]),
    ],
    panels: traces.map((trace): Panel => ({
      title: name(trace.trace),
      svg: picture(trace, name(trace.trace)),
    })),
    data: {
      columns: ["trace", "reason", "path", "register", "direction", "count", "modelled"],
      rows: traces.flatMap(({ trace, modelled, exits }) =>
        exits.map(({ reason, path, register, direction, count }) => {
          return [trace, reason, path, register ?? null, direction ?? null, count, modelled ?? null];
        }),
      ),
    },
  };
}

const share = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;

interface ReasonRow {
  readonly reason: string;
  readonly full: number;
  readonly fast: number;
}

/** Trapped accesses by register. */
function reasonsOf({ exits }: TraceExits): ReasonRow[] {
  const sums = new Map<string, { reason: string; full: number; fast: number }>();
  for (const { reason, path, register, direction, count } of exits) {
    const name = register === undefined ? reason : `${reason} ${register} ${direction ?? ""}`.trim();
    const row = sums.get(name) ?? { reason: name, full: 0, fast: 0 };
    row[path] += count;
    sums.set(name, row);
  }
  return [...sums.values()].toSorted(
    (a, b) => b.full + b.fast - a.full - a.fast || (a.reason < b.reason ? -1 : 1),
  );
}

function picture(trace: TraceExits, label: string): string {
  const all = reasonsOf(trace);
  const rest = all.slice(shownReasons);
  const sum = (of: (row: ReasonRow) => number): number => rest.reduce((total, row) => total + of(row), 0);
  const rows = [
    ...all.slice(0, shownReasons),
    ...(rest.length === 0
      ? []
      : [{ reason: `${rest.length} others`, full: sum(({ full }) => full), fast: sum(({ fast }) => fast) }]),
  ];
  const total = all.reduce((count, { full, fast }) => count + full + fast, 0);
  const bars = rows.flatMap(({ reason, full, fast }) =>
    [
      { reason, path: "full", from: 0, to: full, count: full },
      { reason, path: "fast", from: full, to: full + fast, count: fast },
    ].filter(({ count }) => count > 0),
  );
  const models = trace.modelled === undefined ? [] : [trace.modelled];
  return draw({
    label: `Exit reasons: ${label}`,
    width: panelWidth,
    height: 8 + 18 * rows.length + (models.length > 0 ? 18 : 0),
    marginLeft: Math.max(...rows.map(({ reason }) => wordWidth(reason))) + 12,
    marginRight: 96,
    marginTop: 4,
    marginBottom: models.length > 0 ? 22 : 4,
    modelled: models,
    x: { axis: null },
    y: { type: "band", domain: rows.map(({ reason }) => reason), label: null, tickSize: 0, padding: 0.2 },
    marks: [
      barX(bars, {
        x1: "from",
        x2: "to",
        y: "reason",
        fill: ({ path }) => paint(path === "fast" ? "series2" : "series1"),
        title: ({ reason, path, count }) => `${reason}, ${path}: ${count} of ${total}`,
      }),
      text(rows, {
        x: ({ full, fast }) => full + fast,
        y: "reason",
        text: ({ full, fast }) => `${whole(full + fast)} · ${share(full + fast, total)}`,
        textAnchor: "start",
        dx: 4,
      }),
    ],
  });
}
