import type { Group } from "../policies/policy.js";
import { candidateGroup } from "./candidates.js";
import type { Measured } from "./measure.js";

export interface MergeOptions {
  /** The cost against eager, in any unit; below 0 it is worth its traps. */
  readonly price: (measured: Measured) => number;
  readonly mayMerge: (a: Group, b: Group) => boolean;
  readonly measure: (groups: readonly Group[]) => Promise<readonly Measured[]>;
}

/** A group that merging made, and the groups that it was made of. */
export interface Merged {
  readonly measured: Measured;
  readonly parts: readonly Measured[];
}

/**
 * Merges two groups at a time, those first where it wins most, until nothing is won: registers written in the
 * same windows take one trap together where they took one each. A group that does not pay is not trapped, so a
 * union has to cost less than what is left of the two. Greedy: a union of three that no two of them lead to is not found.
 */
export async function mergeGroups(start: readonly Measured[], options: MergeOptions): Promise<Merged[]> {
  const { price, mayMerge, measure } = options;
  const known = new Map<string, Measured>();
  let current = start.map((measured): Merged => ({ measured, parts: [measured] }));
  const worth = (measured: Measured): number => Math.min(0, price(measured));
  for (;;) {
    const pairs = current.flatMap((a, at) =>
      current
        .slice(at + 1)
        .filter((b) => mayMerge(a.measured.group, b.measured.group))
        .map((b) => ({ a, b, union: unionOf(a.measured.group, b.measured.group) })),
    );
    const unknown = pairs.filter(({ union }) => !known.has(union.name)).map(({ union }) => union);
    const found = unknown.length === 0 ? [] : await measure(unknown);
    for (const measured of found) known.set(measured.group.name, measured);
    let best: { readonly a: Merged; readonly b: Merged; readonly measured: Measured } | undefined;
    let most = 0;
    for (const { a, b, union } of pairs) {
      const measured = known.get(union.name)!;
      const gain = worth(a.measured) + worth(b.measured) - price(measured);
      if (gain > most) {
        most = gain;
        best = { a, b, measured };
      }
    }
    if (best === undefined) return current;
    const { a, b, measured } = best;
    const merged: Merged = { measured, parts: [...a.parts, ...b.parts] };
    current = current.flatMap((each) => (each === a ? [merged] : each === b ? [] : [each]));
  }
}

const unionOf = (a: Group, b: Group): Group => candidateGroup([...a.registers, ...b.registers]);
