import { corrupt } from "../trace/corrupt.js";
import { validSteps } from "../trace/windows/dictionary-block.js";
import { mostSteps } from "../trace/windows/segmentation.js";
import { literal } from "../trace/windows/stream.js";
import type { TraceWindows } from "../trace/windows/trace-windows.js";
import { carryTogether, wrongWindow } from "./carry-windows.js";
import type { GroupPlan } from "./group-plan.js";
import type { ResultLayout } from "./group-results.js";
import { createStepper } from "./stepper.js";

/** Where a trace's windows come from, and what it is called in messages. */
export interface WindowSource {
  readonly path: string;
  readonly windows: TraceWindows;
  readonly registers: number;
  readonly vcpus: number;
}

/**
 * Takes groups of one segmentation through all windows of a trace, in order.
 * @param results - Of these groups alone, by their order in `groups`; see `layout`
 */
export function carryGroups(
  source: WindowSource,
  plan: GroupPlan,
  segmentation: number,
  groups: readonly number[],
  layout: ResultLayout,
  results: Float64Array,
): void {
  const { windows } = source;
  const run = plan.stepped[segmentation] ? stepWindows : carryWindows;
  const blocks = [...windows.blocks].flatMap((each, at) => (each.segmentation === segmentation ? [at] : []));
  run(source, plan, segmentation, groups, blocks, layout, results);
}

type Runner = (
  source: WindowSource,
  plan: GroupPlan,
  segmentation: number,
  groups: readonly number[],
  blocks: readonly number[],
  layout: ResultLayout,
  results: Float64Array,
) => void;

const carryWindows: Runner = (
  { path, windows, vcpus },
  plan,
  _segmentation,
  groups,
  blocks,
  layout,
  results,
) => {
  const carried = carryTogether(groups.map(plan.automatonOf), vcpus, path, plan.limits.visits);
  for (const block of blocks) {
    const chunks = windows.read(block);
    carried.run(chunks);
  }
  carried.finish(layout, results);
};

const stepWindows: Runner = (
  { path, windows, registers, vcpus },
  plan,
  segmentation,
  groups,
  blocks,
  layout,
  results,
) => {
  const { offsets, steps, size } = windows.dictionaries[segmentation];
  const tracked = groups.map((group) => plan.tracked.groups[group]);
  const stepper = createStepper(tracked, validSteps(segmentation, registers), vcpus, () =>
    corrupt("a window has a step that is none", { file: path }),
  );
  for (const block of blocks) {
    const chunks = windows.read(block);
    const { words } = chunks;
    let at = 0;
    chunks.vcpus.forEach((vcpu, chunk) => {
      const end = at + chunks.lengths[chunk];
      let seen = 0;
      while (at < end) {
        const number = words[at++];
        seen++;
        if (number !== literal) {
          if (number >= size) throw wrongWindow(path);
          stepper.run(vcpu, steps, offsets[number], offsets[number + 1]);
          continue;
        }
        const from = at + 1;
        const length = at < end ? words[at] : 0;
        const to = from + length;
        if (length < 1 || length > mostSteps || to > end)
          throw corrupt("a window is cut off", { file: path });
        stepper.run(vcpu, words, from, to);
        at = to;
      }
      if (seen !== chunks.counts[chunk]) {
        throw corrupt("a block of windows holds more or fewer than it says", { file: path });
      }
    });
  }
  stepper.finish(layout, results);
};
