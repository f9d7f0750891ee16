import { totalmem } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { TraplineError } from "../errors.js";
import type { Trace } from "../trace/reader.js";
import { mostWaiting } from "./pool.js";
import type { Plan, PlannedTrace, TraceMemory } from "./plan.js";
import { windowCells } from "./shard.js";
import type { PreparedTrace } from "./prepare.js";

/** How a replay keeps within its memory. */
export interface MemoryPlan {
  readonly threads: number;
  /** Tasks that may be begun and not yet merged. */
  readonly ahead: number;
  /** Of a worker's own heap. */
  readonly limits: ResourceLimits;
}

const megabyte = 2 ** 20;

/** Measured with Node 20 and 24: the process with its code, and a thread with its own before it has read anything. */
const processBytes = 95 * megabyte;
const threadBytes = 16 * megabyte;

/** A worker's heap beside what is reckoned with: V8 puts off collecting as long as it may. */
const spareHeap = 16 * megabyte;
const youngHeap = 8 * megabyte;

/** Per block of the index, window and step of a dictionary, and event of a trace whose windows are not stored. */
const blockBytes = 150;
const windowBytes = 120;
const stepBytes = 12;
const eventBytes = 6;

/** What a prepared trace is going to take. An upper bound that tests hold against what is taken. */
export function traceMemory(prepared: PreparedTrace): TraceMemory {
  const { trace, groups, naming } = prepared;
  const { blocks, dictionaries } = trace.windows();
  const isOld = trace.version === 1;
  const dictionaryBytes = dictionaries.reduce(
    (sum, { size, steps }) => sum + windowBytes * size + stepBytes * steps.length,
    0,
  );
  const cells = groups.settled.map((settled, at) => (settled.length === 0 ? 0 : windowCells(prepared, at)));
  const most = Math.max(0, ...cells);
  const results = 8 * groups.layout.length;
  return {
    // Counters of a shard are a power of two apart, and of few windows there are four each.
    prepared:
      blockBytes * (trace.blocks.length + blocks.length) +
      200 * trace.header.tally.length +
      2000 * naming.vcpus +
      dictionaryBytes +
      Math.max(8 * most, 1 << 20) +
      (isOld ? eventBytes * trace.header.events : 0),
    answer: Math.max(4 * most, results),
    merged: 8 * cells.reduce((sum, each) => sum + each, 0) + 2 * results,
  };
}

/**
 * As many threads, and as much work ahead of the merge, as fit into `memory` bytes; without it, into three quarters of
 * what the machine, or the container, has. Throws TraplineError "unsupported" where one thread does not fit into what
 * was asked for.
 */
export function memoryPlan(plan: Plan, threads: number, memory?: number): MemoryPlan {
  const most = memory ?? defaultMemory();
  const largest = largestOf(plan.traces);
  // A trace before and one behind the one that most tasks are of.
  const fixed = processBytes + 2 * (largest.prepared + largest.merged);
  const outside = threadBytes + youngHeap + largest.answer;
  const worker = outside + spareHeap + largest.prepared;
  // Small traces are open for merging as far ahead as there are tasks.
  const task = largest.answer + Math.min(largest.merged + largest.prepared, 4 * megabyte);
  for (let width = threads; width >= 1; width--) {
    const room = Math.floor((most - fixed - width * worker) / task);
    if (room < (width === 1 ? 1 : 2 * width)) continue;
    const ahead = Math.min(width === 1 ? 2 : mostWaiting * width, room);
    const heap = (most - fixed - ahead * task) / width - outside;
    return { threads: width, ahead, limits: memory === undefined ? {} : limitsOf(heap) };
  }
  if (memory === undefined) return { threads: 1, ahead: 1, limits: {} };
  throw tooLittle(largest.path, fixed + worker + task, memory);
}

/** A worker that goes beyond ends by itself, and its shard is tried again: the rest is not lost with it. */
const limitsOf = (heap: number): ResourceLimits => ({
  maxOldGenerationSizeMb: Math.min(4096, Math.floor(heap / megabyte)),
  maxYoungGenerationSizeMb: youngHeap / megabyte,
});

/** Refuses a trace whose windows would be made of its events, in memory, and do not fit there. */
export function checkOldTrace({ path, header, version }: Trace, memory: number | undefined): void {
  if (memory === undefined || version > 1) return;
  const needs = processBytes + 3 * eventBytes * header.events;
  if (needs > memory) throw tooLittle(path, needs, memory);
}

function tooLittle(path: string, needs: number, memory: number): TraplineError {
  const least = Math.ceil(needs / megabyte);
  return new TraplineError(
    "unsupported",
    `a replay of this needs ${least} MB, and may take ${Math.floor(memory / megabyte)} MB`,
    { file: path },
    `Allow it with --memory ${least}M`,
  );
}

const defaultMemory = (): number => 0.75 * Math.min(process.constrainedMemory() || Infinity, totalmem());

function largestOf(traces: readonly PlannedTrace[]): TraceMemory & { readonly path: string } {
  const total = ({ memory }: PlannedTrace): number =>
    memory === undefined ? 0 : memory.prepared + memory.merged + memory.answer;
  const most = traces.reduce<PlannedTrace | undefined>(
    (found, each) => (found === undefined || total(each) > total(found) ? each : found),
    undefined,
  );
  const of = (field: keyof TraceMemory): number =>
    traces.reduce((found, { memory }) => Math.max(found, memory?.[field] ?? 0), 0);
  return {
    path: most?.path ?? "",
    prepared: of("prepared"),
    answer: of("answer"),
    merged: of("merged"),
  };
}
