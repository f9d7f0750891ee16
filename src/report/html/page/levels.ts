/** Rows that touch a span, told one after another. */
type Visit = (rows: Rows, row: number) => void;

interface Levels {
  /** The level that shows a span best: the coarsest that has enough rows in it, or the finest. */
  pick(span: Span, enough: number): { readonly level: number; readonly rows: number };
  /** Rows of a level that touch a span, in order. */
  each(level: number, span: Span, visit: Visit): void;
}

/** The levels of a vCPU. A block is unpacked when it is first looked at. */
function createLevels(vcpu: PackedCpu, columns: number): Levels {
  const unpacked = vcpu.levels.map((): (Rows | undefined)[] => []);
  const rowsOf = (level: number, block: number): Rows =>
    (unpacked[level][block] ??= unpackBlock(vcpu.levels[level].blocks[block], level, columns));

  /** First block, and first row in it, whose end is not before a time; and the same for starts behind it. */
  function within(level: number, { from, to }: Span): [first: number, end: number] {
    const { blocks } = vcpu.levels[level];
    const first = firstWhere(blocks.length, (at) => blocks[at].end >= from);
    const end = firstWhere(blocks.length, (at) => blocks[at].start > to);
    return [first, end];
  }

  function rowsWithin(rows: Rows, { from, to }: Span): [first: number, end: number] {
    return [
      firstWhere(rows.count, (at) => rows.ends[at] >= from),
      firstWhere(rows.count, (at) => rows.starts[at] > to),
    ];
  }

  function countWithin(level: number, span: Span): number {
    const [first, end] = within(level, span);
    let count = 0;
    for (let block = first; block < end; block++) {
      // Between the two at the edges a block is inside as a whole.
      if (block > first && block < end - 1) count += vcpu.levels[level].blocks[block].rows;
      else {
        const [from, to] = rowsWithin(rowsOf(level, block), span);
        count += Math.max(0, to - from);
      }
    }
    return count;
  }

  return {
    pick(span, enough) {
      for (let level = vcpu.levels.length - 1; level > 0; level--) {
        const rows = countWithin(level, span);
        if (rows >= enough) return { level, rows };
      }
      return { level: 0, rows: countWithin(0, span) };
    },
    each(level, span, visit) {
      const [first, end] = within(level, span);
      for (let block = first; block < end; block++) {
        const rows = rowsOf(level, block);
        const [from, to] = rowsWithin(rows, span);
        for (let row = from; row < to; row++) visit(rows, row);
      }
    },
  };
}

/** The least number from 0 up to `length` at which something begins to hold; `length` where it never does. */
function firstWhere(length: number, holds: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
