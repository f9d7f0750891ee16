import { corrupt } from "../trace/corrupt.js";
import type { WindowChunks } from "../trace/windows/stream.js";
import { createCarrier, runBoth } from "./carry.js";
import type { GroupAutomaton } from "./group-plan.js";
import type { ResultLayout } from "./group-results.js";
import { firstSlot } from "./symbols.js";
import { createWatches } from "./watch.js";

/** Takes groups through blocks of windows that all have numbers. */
export interface CarriedGroups {
  run(chunks: WindowChunks): void;
  finish(layout: ResultLayout, results: Float64Array): void;
}

/** A group that more windows than this matter to is not worth watching for: a jump takes as long as some ten windows. */
const mostMattering = 1 / 16;

/**
 * @param path - Of the trace, for messages.
 * @param visits - See `GroupLimits`.
 */
export function carryTogether(
  groups: readonly GroupAutomaton[],
  vcpus: number,
  path: string,
  visits?: number,
): CarriedGroups {
  const size = groups[0]?.classes.classOf.length ?? 0;
  const carriers = groups.map(({ automaton, classes }) =>
    createCarrier(automaton, classes, vcpus, idleClass(classes.sequences, classes.classOf), visits),
  );
  /** Groups that every window is looked up for. */
  const often = carriers.filter(({ idle }) => idle < 0);
  const some = carriers.filter(({ idle }) => idle >= 0);
  const watches = createWatches(some, size, vcpus, () => wrongWindow(path));

  return {
    run(chunks) {
      const { words } = chunks;
      let at = 0;
      chunks.vcpus.forEach((vcpu, chunk) => {
        const end = at + chunks.lengths[chunk];
        for (const watch of watches) watch.run(vcpu, words, at, end);
        for (let each = 0; each + 1 < often.length; each += 2) {
          runBoth(often[each], often[each + 1], vcpu, words, at, end);
        }
        if (often.length % 2 === 1) often[often.length - 1].run(vcpu, words, at, end);
        at = end;
      });
      for (const watch of watches) often.push(...watch.dismiss(mostMattering));
    },
    finish(layout, results) {
      for (const watch of watches) watch.catchUp();
      carriers.forEach((carrier, at) => carrier.finish(layout, results, at));
    },
  };
}

/** The class without an access to the group that most windows of the dictionary have. */
function idleClass(sequences: readonly (readonly number[])[], classOf: Uint16Array): number {
  const sizes = new Uint32Array(sequences.length);
  for (const each of classOf) sizes[each]++;
  let best = -1;
  sequences.forEach((symbols, each) => {
    const isIdle = symbols.every((symbol) => symbol < firstSlot);
    if (isIdle && (best < 0 || sizes[each] > sizes[best])) best = each;
  });
  return best;
}

export const wrongWindow = (file: string): Error =>
  corrupt("a window has a number that the dictionary does not have", { file });
