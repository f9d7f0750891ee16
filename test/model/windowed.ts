/** The engine over windows, put together by hand: what tasks and a merge do, on events in memory. */

import { tableOfRows } from "#src/trace/table.js";
import type { Assignment } from "#src/model/assignment.js";
import { carryGroups } from "#src/model/carry-groups.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import { expandCounts } from "#src/model/expand.js";
import { planGroups, type GroupLimits, type GroupPlan } from "#src/model/group-plan.js";
import { resultLayout, resultOf } from "#src/model/group-results.js";
import { addWindows, createWindowCounter } from "#src/model/histogram.js";
import { passesOf } from "#src/model/passes.js";
import type { TraceHeader } from "#src/trace/header.js";
import { createTally } from "#src/trace/tally.js";
import { isUnseen } from "#src/trace/windows/cutter.js";
import { showsValue } from "#src/trace/windows/once.js";
import { createWindowStream, type WindowChunks, type WindowLimits } from "#src/trace/windows/stream.js";
import type { TraceWindows } from "#src/trace/windows/trace-windows.js";
import type { Event } from "./dsl.js";

export interface Windowed {
  readonly windows: TraceWindows;
  readonly header: Pick<TraceHeader, "vcpus" | "pcpus" | "places" | "tally">;
}

export function windowsOf(naming: Naming, events: readonly Event[], limits: WindowLimits = {}): Windowed {
  const kept: WindowChunks[] = [];
  const stream = createWindowStream((chunks) => kept.push(chunks), limits);
  const tally = createTally();
  for (const { kind, register, place, hasValue, lo } of events) {
    const [pcpu, vcpu] = [naming.places[2 * place], naming.places[2 * place + 1]];
    tally.add(kind, register, place, vcpu, 0, hasValue, lo, 0);
    if (vcpu < 0) continue;
    if (!isUnseen(kind)) stream.add(kind, register, pcpu, vcpu);
    if (naming.registers[register] === "SCTLR_EL1" && hasValue && showsValue.has(kind))
      stream.sctlr(vcpu, lo);
  }
  const { dictionaries, once } = stream.finish();
  const blocks = kept.map(({ segmentation, counts, literals }) => {
    return { segmentation, literals, windows: counts.reduce((sum, each) => sum + each, 0) };
  });
  return {
    windows: { dictionaries, once, blocks: tableOfRows(blocks), read: (block) => kept[block] },
    header: {
      vcpus: Array.from({ length: naming.vcpus }, () => ({ vm: 1, mpidr: 0 })),
      pcpus: Array.from({ length: naming.pcpus }, (_, pcpu) => ({ pcpu, first: 0, last: 0 })),
      places: naming.places,
      tally: tally.rows(),
    },
  };
}

export interface HowToCount {
  /** Where the windows of a segmentation are cut into pieces that are counted apart; any numbers. */
  readonly cuts?: readonly number[];
  /** How many carried groups go through the windows at a time. */
  readonly together?: number;
  readonly limits?: GroupLimits;
  /** Told of the plan before anything is counted. */
  readonly onPlan?: (plan: GroupPlan) => void;
}

export function windowedRows(
  assignments: readonly Assignment[],
  naming: Naming,
  { windows, header }: Windowed,
  { cuts = [], together = Infinity, limits = {}, onPlan }: HowToCount = {},
): { readonly rows: CountRow[][]; readonly plan: GroupPlan } {
  const plan = planGroups(naming, windows, assignments, limits);
  onPlan?.(plan);
  const { layout, tracked, settled, carried, sizes } = plan;
  const results = new Float64Array(layout.length);
  settled.forEach((groups, segmentation) => {
    if (groups.length === 0) return;
    const size = sizes[segmentation];
    const sums = new Float64Array(naming.vcpus * size);
    for (const [first, end] of piecesOf(windows, segmentation, cuts)) {
      const counter = createWindowCounter(size, naming.vcpus);
      let before = 0;
      [...windows.blocks].forEach((block, at) => {
        if (block.segmentation !== segmentation) return;
        const [from, to] = [first - before, end - before];
        before += block.windows;
        counter.add(windows.read(at), Math.max(0, from), Math.min(block.windows, to));
      });
      const cells = new Uint32Array(naming.vcpus * size);
      if (!counter.finish(cells)) throw new RangeError("a window has no number");
      cells.forEach((count, cell) => (sums[cell] += count));
    }
    for (const group of groups) {
      const { automaton, classes, telescope } = plan.automatonOf(group);
      addWindows(layout, results, group, automaton, classes, sums, telescope);
    }
  });
  const source = { path: "test", windows, registers: naming.registers.length, vcpus: naming.vcpus };
  carried.forEach((groups, segmentation) => {
    for (let from = 0; from < groups.length; from += together) {
      const some = groups.slice(from, from + together);
      const own = resultLayout(
        some.map((group) => tracked.groups[group]),
        naming.vcpus,
      );
      const made = new Float64Array(own.length);
      carryGroups(source, plan, segmentation, some, own, made);
      some.forEach((group, at) => {
        const target = layout.starts[group];
        const width = naming.vcpus * layout.widths[group];
        results.set(made.subarray(own.starts[at], own.starts[at] + width), target);
      });
    }
  });
  const passes = passesOf(header, windows.once);
  const rows = assignments.map((assignment, policy) =>
    expandCounts(naming, passes, assignment, (group, vcpu) =>
      resultOf(layout, results, tracked.numbers[policy][group], vcpu),
    ),
  );
  return { rows, plan };
}

function piecesOf(
  { blocks }: TraceWindows,
  segmentation: number,
  cuts: readonly number[],
): (readonly [first: number, end: number])[] {
  const all = [...blocks].reduce(
    (sum, each) => sum + (each.segmentation === segmentation ? each.windows : 0),
    0,
  );
  const ends = [...cuts.map((cut) => cut % (all + 1)), all].toSorted((a, b) => a - b);
  return ends.map((end, at) => [at === 0 ? 0 : ends[at - 1], end] as const);
}
