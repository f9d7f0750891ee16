import { joinRegions } from "../model/compose.js";
import type { CountRow, Naming } from "../model/counts.js";
import { clearRegion } from "../model/layout.js";
import { compileProgram, composes, type Assignment, type Program } from "../model/program.js";
import { createInterpreter } from "../model/reference.js";
import { createRunner, type Runner } from "../model/run.js";
import { registerName } from "../registers/lookup.js";
import { traceEvents } from "../trace/events.js";
import type { TraceHeader } from "../trace/header.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { assign, type ConfigChoice } from "./config.js";
import { definitionOf, type PolicyRef } from "./plan.js";

/** A trace with everything that running a shard of it needs. */
export interface PreparedTrace {
  readonly trace: Trace;
  readonly naming: Naming;
  /** Policies that compose at cuts, in the plan's order, and the rest. */
  readonly composing: readonly Assignment[];
  readonly interpreted: readonly Assignment[];
  readonly program: Program;
  readonly run: Runner;
  /** First event of each block, and the number of events at the end. */
  readonly starts: Float64Array;
}

export function namingOf(header: TraceHeader): Naming {
  return {
    registers: header.registers.map((encoding) => (encoding < 0 ? "" : registerName(encoding))),
    places: header.places,
    vcpus: header.vcpus.length,
    pcpus: header.pcpus.length,
  };
}

export function prepareTrace(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
): PreparedTrace {
  const trace = openTrace(path);
  try {
    const { assignments } = assign(trace.header, policies.map(definitionOf), choice, path);
    const naming = namingOf(trace.header);
    const composing = assignments.filter(({ policy }) => composes(policy));
    const program = compileProgram(naming, composing);
    const starts = new Float64Array(trace.blocks.length + 1);
    for (const [block, { events }] of trace.blocks.entries()) starts[block + 1] = starts[block] + events;
    return {
      trace,
      naming,
      composing,
      interpreted: assignments.filter(({ policy }) => !composes(policy)),
      program,
      run: createRunner(program),
      starts,
    };
  } catch (error) {
    trace.close();
    throw error;
  }
}

/**
 * Replays events `first` to `end` into `region`, cut every `cut` events: each piece is run without knowledge of
 * those before it, and joined. The region is written only here, and means nothing until this returns.
 */
export function replayRange(
  prepared: PreparedTrace,
  first: number,
  end: number,
  cut: number,
  region: Uint32Array,
): void {
  const { program, trace, starts, run } = prepared;
  clearRegion(region, program.layout);
  const piece = cut < end - first ? new Uint32Array(program.layout.words) : region;
  let block = blockOf(starts, first);
  let words = trace.words(block);
  for (let from = first; from < end; from += cut) {
    const to = Math.min(end, from + cut);
    if (piece !== region) clearRegion(piece, program.layout);
    for (let at = from; at < to;) {
      while (at >= starts[block + 1]) words = trace.words(++block);
      const stop = Math.min(to, starts[block + 1]);
      run(words, at - starts[block], stop - starts[block], piece);
      at = stop;
    }
    if (piece !== region) joinRegions(program.layout, region, piece);
  }
}

/** Replays a whole trace under the policies that do not compose. */
export function interpretTrace({ trace, naming, interpreted }: PreparedTrace): CountRow[][] {
  const interpreters = interpreted.map(({ policy, config }) => createInterpreter(naming, policy, config));
  for (const event of traceEvents(trace)) for (const interpreter of interpreters) interpreter.step(event);
  return interpreters.map((interpreter) => interpreter.rows());
}

/** The block that holds an event. */
function blockOf(starts: Float64Array, event: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle] <= event) low = middle;
    else high = middle - 1;
  }
  return low;
}
