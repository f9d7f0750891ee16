import type { TraceSeries } from "../replay/interval-result.js";
import type { Clock, TraceHeader, Vcpu } from "../trace/header.js";
import { modelledField } from "../trace/modelled.js";
import type { Trace } from "../trace/reader.js";
import { tool } from "../version.js";
import { pieces } from "./pieces.js";
import { traceStretches, type Stretch } from "./stretches.js";

/**
 * A trace for Perfetto's viewer, as JSON of the Trace Event Format (its "JSON Array/Object Format" with events M, X and
 * C; times in microseconds). A process for each VM with a thread for each vCPU, one for the pCPUs with a thread each,
 * and one for the policies with a counter of the traps and the saves of each interval.
 */
export function* perfetto(trace: Trace, series: TraceSeries | undefined): Generator<string> {
  yield* pieces(lines(trace, series));
}

type Json = Readonly<Record<string, unknown>>;

const pcpuProcess = 1;
const policyProcess = 2;
/** VMs in the order in which their first vCPU stands in the trace. */
const firstVmProcess = 3;

/** Microseconds of a clock's unit. What counts no time is drawn as nanoseconds, and the file says so. */
const scales: Readonly<Record<string, number>> = { ns: 1e-3, us: 1, ps: 1e-6 };

const scaleOf = ({ unit }: Clock): number => scales[unit] ?? 1e-3;

function* lines(trace: Trace, series: TraceSeries | undefined): Generator<string> {
  const { header } = trace;
  const { clock } = header;
  let isFirst = true;
  const line = (event: Json): string => {
    const text = `${isFirst ? "" : ","}\n${JSON.stringify(event)}`;
    isFirst = false;
    return text;
  };
  const other = {
    tool,
    source: header.source.name,
    clock: clock.unit in scales ? clock.unit : `${clock.unit}, one drawn as one nanosecond`,
    ...(clock.perCpu ? { "clocks of different pCPUs": "cannot be compared" } : {}),
    ...modelledField(header),
  };
  yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(other)},"traceEvents":[`;
  for (const event of names(header)) yield line(event);
  for (const stretch of traceStretches(trace)) {
    for (const event of slices(header, stretch)) yield line(event);
  }
  if (series !== undefined) for (const event of counters(clock, series)) yield line(event);
  yield "\n]}\n";
}

const vmsOf = (vcpus: readonly Vcpu[]): number[] => [...new Set(vcpus.map(({ vm }) => vm))];

function* names({ pcpus, vcpus }: TraceHeader): Generator<Json> {
  const process = (pid: number, name: string, at: number): Json[] => [
    { ph: "M", name: "process_name", pid, args: { name } },
    { ph: "M", name: "process_sort_index", pid, args: { sort_index: at } },
  ];
  const thread = (pid: number, tid: number, name: string): Json => ({
    ph: "M",
    name: "thread_name",
    pid,
    tid,
    args: { name },
  });
  yield* process(policyProcess, "policies: each interval's traps and saves", 0);
  const vms = vmsOf(vcpus);
  for (const [at, vm] of vms.entries()) {
    yield* process(firstVmProcess + at, vm < 0 ? "guest" : `VM ${vm}`, 1 + at);
  }
  for (const [vcpu, { vm, name }] of vcpus.entries()) {
    const own = name === undefined ? "" : `, ${name}`;
    yield thread(firstVmProcess + vms.indexOf(vm), vcpu + 1, `vCPU ${vcpu}${own}`);
  }
  yield* process(pcpuProcess, "pCPUs", 1 + vms.length);
  for (const { pcpu } of pcpus) yield thread(pcpuProcess, pcpu + 1, `pCPU ${pcpu}`);
}

/** On the vCPU's track; loads, or runs where no load was recorded, on the pCPU's too. */
function* slices(header: TraceHeader, stretch: Stretch): Generator<Json> {
  const { what, vcpu, pcpu, entries, exits, writes, emulatedWrites, reason } = stretch;
  const { pcpus, vcpus, clock, capabilities } = header;
  const own = pcpus[pcpu];
  const scale = scaleOf(clock);
  // What the recording cuts lasts as far as it shows.
  const last = stretch.isLost ? stretch.seen : own.last;
  const [begin, end] = [stretch.begin ?? own.first, stretch.end ?? last];
  const pid = firstVmProcess + vmsOf(vcpus).indexOf(vcpus[vcpu].vm);
  const args = {
    pcpu: own.pcpu,
    entries,
    exits,
    writes,
    emulatedWrites,
    ...(reason === "" ? {} : { reason }),
    ...(stretch.begin === undefined || stretch.end === undefined ? { cut: true } : {}),
  };
  const times = { ph: "X", ts: micros(begin, scale), dur: micros(Math.max(0, end - begin), scale) };
  yield { ...times, name: what, pid, tid: vcpu + 1, args };
  if (what === (capabilities.loads ? "load" : "run")) {
    yield { ...times, name: `vCPU ${vcpu}`, pid: pcpuProcess, tid: own.pcpu + 1, args };
  }
}

function* counters(clock: Clock, { intervals }: TraceSeries): Generator<Json> {
  const scale = scaleOf(clock);
  for (const { start, policies } of intervals) {
    for (const { policy, totals } of policies) {
      const { traps, saves } = totals;
      const at = { ph: "C", pid: policyProcess, ts: micros(start, scale) };
      yield { ...at, name: `${policy}: traps`, args: { traps } };
      yield { ...at, name: `${policy}: saves`, args: { saves } };
    }
  }
}

/** To a picosecond: what is left of a product's error is cut. */
const micros = (units: number, scale: number): number => Number((units * scale).toFixed(6));
