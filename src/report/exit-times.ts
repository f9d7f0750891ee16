import { Reason, exitReason, reasonName } from "../trace/exits.js";
import { traceEvents } from "../trace/events.js";
import type { TraceHeader, Vcpu } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";
import { textTable, type Cell } from "./text-table.js";

/** How long a vCPU was out of the guest for a reason: from its full exit to its next entry, on any pCPU. */
export interface ExitTimes {
  readonly vcpu: number;
  readonly reason: number;
  readonly samples: number;
  /** Those of them that an entry followed; the others are at the end or beside lost events. */
  readonly timed: number;
  /** Of the timed ones, in clock units; 0 where there is none. */
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Left {
  readonly row: Writable<ExitTimes>;
  readonly time: number;
  readonly pcpu: number;
}

/**
 * Reads all events once, in memory for a row per vCPU and reason: what `perf kvm stat` shows of the same events. The
 * clock must be one for all pCPUs.
 */
export function measureExits(trace: Trace): ExitTimes[] {
  const { places, vcpus } = trace.header;
  const rows = vcpus.map((): Writable<ExitTimes>[] => []);
  const left: (Left | undefined)[] = [];
  for (const { kind, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
    if (kind === Kind.lost) {
      left.forEach((each, at) => {
        if (each?.pcpu === pcpu) left[at] = undefined;
      });
    } else if (vcpu >= 0 && kind === Kind.fullExit) {
      // There is no end of values that stand for no reason.
      const reason = Math.min(exitReason(hasValue, lo, hi), Reason.unknown);
      const row = (rows[vcpu][reason] ??= { vcpu, reason, samples: 0, timed: 0, sum: 0, min: 0, max: 0 });
      row.samples++;
      left[vcpu] = { row, time, pcpu };
    } else if (vcpu >= 0 && kind === Kind.entry) {
      const exit = left[vcpu];
      left[vcpu] = undefined;
      if (exit !== undefined && time >= exit.time) addTime(exit.row, time - exit.time);
    }
  }
  return rows
    .flatMap((row) => row.filter(() => true))
    .toSorted((a, b) => a.vcpu - b.vcpu || b.samples - a.samples);
}

function addTime(row: Writable<ExitTimes>, time: number): void {
  row.min = row.timed === 0 ? time : Math.min(row.min, time);
  row.max = Math.max(row.max, time);
  row.sum += time;
  row.timed++;
}

/** All vCPUs together, most samples first; then each. */
export function exitTimesText({ clock, vcpus }: TraceHeader, times: readonly ExitTimes[]): string {
  const inTime = clock.unit === "ns";
  const show = (units: number): string => (inTime ? (units / 1000).toFixed(2) : String(Math.round(units)));
  const cells = ({ samples, timed, sum, min, max }: ExitTimes, of: readonly ExitTimes[]): Cell[] => [
    samples,
    percent(samples, total(of, "samples")),
    percent(sum, total(of, "sum")),
    ...(timed === 0 ? ["-", "-", "-"] : [min, sum / timed, max].map(show)).map((text) => text.padStart(9)),
  ];
  const unit = inTime ? "us" : clock.unit;
  const head = ["samples", "share", "of time", `min ${unit}`, `avg ${unit}`, `max ${unit}`];
  const sums = byReason(times);
  return [
    `From a full exit to the next entry, in ${unit}:`,
    "",
    textTable([
      ["exit", ...head],
      ...sums.map((row): Cell[] => [reasonName(row.reason), ...cells(row, sums)]),
    ]),
    "",
    textTable(
      [
        ["vCPU", "exit", ...head],
        ...vcpus.flatMap((vcpu, at) => {
          const own = times.filter((row) => row.vcpu === at);
          return own.map((row): Cell[] => [vcpuName(vcpu), reasonName(row.reason), ...cells(row, own)]);
        }),
      ],
      2,
    ),
  ].join("\n");
}

export function exitTimesJson(
  { vcpus }: TraceHeader,
  times: readonly ExitTimes[],
): readonly Readonly<Record<string, unknown>>[] {
  return times.map(({ vcpu, reason, samples, timed, sum, min, max }) => ({
    vcpu,
    ...(vcpus[vcpu].thread === undefined ? {} : { thread: vcpus[vcpu].thread }),
    reason: reasonName(reason),
    samples,
    timed,
    ...(timed === 0 ? {} : { min, average: sum / timed, max }),
  }));
}

/** All vCPUs together, most samples first. */
export function byReason(times: readonly ExitTimes[]): ExitTimes[] {
  const sums = new Map<number, ExitTimes>();
  for (const row of times) {
    const sum = sums.get(row.reason);
    if (sum === undefined) {
      sums.set(row.reason, row);
      continue;
    }
    const timed = [sum, row].filter((each) => each.timed > 0);
    sums.set(row.reason, {
      vcpu: -1,
      reason: row.reason,
      samples: sum.samples + row.samples,
      timed: sum.timed + row.timed,
      sum: sum.sum + row.sum,
      min: timed.length === 0 ? 0 : Math.min(...timed.map(({ min }) => min)),
      max: Math.max(sum.max, row.max),
    });
  }
  return [...sums.values()].toSorted((a, b) => b.samples - a.samples);
}

const total = (rows: readonly ExitTimes[], key: "samples" | "sum"): number =>
  rows.reduce((sum, row) => sum + row[key], 0);

const percent = (part: number, all: number): string =>
  `${(all === 0 ? 0 : (100 * part) / all).toFixed(2).padStart(5)}%`;

const vcpuName = ({ thread, name, vm, mpidr }: Vcpu): string =>
  thread === undefined ? `${vm}/0x${mpidr.toString(16)}` : `${name ?? "thread"}-${thread}`;
