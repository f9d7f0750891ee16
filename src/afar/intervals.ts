/** Bytes of a file: from, and up to. */
export type Interval = readonly [from: number, to: number];

/** Intervals in order, none touching another; those with at most `gap` between them are one. */
export function joined(list: readonly Interval[], gap = 0): Interval[] {
  const out: [number, number][] = [];
  for (const [from, to] of list.toSorted(([a], [b]) => a - b)) {
    if (to <= from) continue;
    const last = out.at(-1);
    if (last !== undefined && from <= last[1] + gap) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

/** The parts of intervals that are not in `have`, which is in order. */
export const without = (list: readonly Interval[], have: readonly Interval[]): Interval[] =>
  joined(list).flatMap(([from, to]) => {
    const gaps: Interval[] = [];
    let at = from;
    for (const [start, end] of have) {
      if (end <= at || start >= to) continue;
      if (start > at) gaps.push([at, start]);
      at = Math.max(at, end);
    }
    if (at < to) gaps.push([at, to]);
    return gaps;
  });

/** Whether all of an interval is in `have`, which is joined. */
export const covers = (have: readonly Interval[], [from, to]: Interval): boolean =>
  from >= to || have.some(([start, end]) => start <= from && to <= end);

export const lengthOf = (list: readonly Interval[]): number =>
  list.reduce((sum, [from, to]) => sum + to - from, 0);
