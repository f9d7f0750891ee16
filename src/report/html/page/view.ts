/** What a span of a vCPU's time looks like: values by column at each of `times`, until the next of them. */
interface View {
  readonly times: number[];
  /** Share of the time in which the vCPU is loaded. */
  readonly loaded: number[];
  readonly counts: number[][];
  /** Whether each value is of one window. */
  readonly isSingle: boolean;
  readonly sums: ViewSums;
}

interface ViewSums {
  readonly windows: number;
  readonly loaded: number;
  readonly counts: number[];
  /** Rows of many windows were cut at the edges of the span, in proportion. */
  readonly isCut: boolean;
}

/** Fewer windows than this are drawn one by one. */
const mostSingle = 400;

function viewOf(levels: Levels, columns: number, span: Span, bins: number): View {
  const { level, rows } = levels.pick(span, 2 * bins);
  return level === 0 && rows <= mostSingle
    ? singleWindows(levels, columns, span)
    : binnedRows(levels, columns, span, bins, level);
}

function singleWindows(levels: Levels, columns: number, span: Span): View {
  const times: number[] = [];
  const loaded: number[] = [];
  const counts = Array.from({ length: columns }, (): number[] => []);
  const sums = { windows: 0, loaded: 0, counts: Array.from({ length: columns }, () => 0), isCut: false };
  levels.each(0, span, (rows, row) => {
    const last = times.length - 1;
    const start = rows.starts[row];
    // What begins where the one before ended takes that one's end for its beginning.
    const at = last >= 0 && times[last] >= start ? last : last + 1;
    times[at] = start;
    times[at + 1] = Math.max(start, rows.ends[row]);
    loaded[at] = 1;
    loaded[at + 1] = 0;
    for (let column = 0; column < columns; column++) {
      counts[column][at] = rows.counts[column][row];
      counts[column][at + 1] = 0;
      sums.counts[column] += rows.counts[column][row];
    }
    sums.windows++;
    sums.loaded += rows.loaded[row];
  });
  return { times, loaded, counts, isSingle: true, sums };
}

function binnedRows(levels: Levels, columns: number, span: Span, bins: number, level: number): View {
  const width = (span.to - span.from) / bins;
  const times = Array.from({ length: bins + 1 }, (_, at) => span.from + at * width);
  const loaded = times.map(() => 0);
  const counts = Array.from({ length: columns }, () => times.map(() => 0));
  const sums = { windows: 0, loaded: 0, counts: Array.from({ length: columns }, () => 0), isCut: false };
  const add = (bin: number, share: number, rows: Rows, row: number): void => {
    loaded[bin] += (share * rows.loaded[row]) / width;
    for (let column = 0; column < columns; column++) counts[column][bin] += share * rows.counts[column][row];
  };
  levels.each(level, span, (rows, row) => {
    const start = rows.starts[row];
    const end = rows.ends[row];
    const inside = end === start ? 1 : (Math.min(end, span.to) - Math.max(start, span.from)) / (end - start);
    // A window is counted as a whole; of many that lie in a row only their share can be said.
    const part = level === 0 ? 1 : inside;
    if (part < 1) sums.isCut = true;
    sums.windows += part * rows.windows[row];
    sums.loaded += part * rows.loaded[row];
    for (let column = 0; column < columns; column++) sums.counts[column] += part * rows.counts[column][row];
    const first = Math.min(bins - 1, Math.max(0, Math.floor((start - span.from) / width)));
    const last = Math.min(bins - 1, Math.max(first, Math.floor((end - span.from) / width)));
    if (first === last) {
      add(first, inside, rows, row);
      return;
    }
    for (let bin = first; bin <= last; bin++) {
      const from = Math.max(start, times[bin], span.from);
      const to = Math.min(end, times[bin + 1], span.to);
      if (to > from) add(bin, (to - from) / (end - start), rows, row);
    }
  });
  return { times, loaded, counts, isSingle: false, sums };
}
