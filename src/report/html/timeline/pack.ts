/**
 * Windows of a vCPU packed for a page: in levels, of which each holds what `fold` rows of the level before sum to, so
 * that a view of any width reads a bounded number of rows; and each level in blocks that are unpacked one at a time.
 *
 * A block is base64 of its columns one after another: the gap to the row before (zigzag), the span, the loaded time
 * (above level 0, where it is not the span), the windows (the same), then the counts. A column is a sequence of
 * variable-length integers, seven bits a byte, least first; after a 0 comes how many more of them follow.
 */
import type { VcpuWindows } from "./collector.js";
import type { PackedBlock, PackedLevel, PackedVcpu } from "./packed.js";

const fold = 16;
const blockRows = 4096;

interface Rows {
  readonly count: number;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly loaded: Float64Array;
  readonly windows: Float64Array;
  readonly counts: readonly (Float64Array | Uint32Array)[];
}

export function packVcpu(name: string, windows: VcpuWindows): PackedVcpu {
  const levels: PackedLevel[] = [];
  let rows = firstLevel(windows);
  for (let level = 0; ; level++) {
    levels.push({ rows: rows.count, blocks: packLevel(rows, level) });
    // Fewer are drawn one by one.
    if (rows.count <= 2 * blockRows) break;
    rows = folded(rows);
  }
  return {
    name,
    windows: windows.windows,
    totals: windows.counts.map(sum),
    loaded: sum(windows.lengths),
    levels,
  };
}

function sum(column: Float64Array | Uint32Array): number {
  let total = 0;
  for (const value of column) total += value;
  return total;
}

function firstLevel({ windows, starts, lengths, counts }: VcpuWindows): Rows {
  const ends = starts.map((start, at) => start + lengths[at]);
  return {
    count: windows,
    starts,
    ends,
    loaded: lengths,
    windows: new Float64Array(windows).fill(1),
    counts,
  };
}

function folded({ count, starts, ends, loaded, windows, counts }: Rows): Rows {
  const next = Math.ceil(count / fold);
  const summed = (column: Float64Array | Uint32Array): Float64Array => {
    const sums = new Float64Array(next);
    for (let at = 0; at < count; at++) sums[Math.floor(at / fold)] += column[at];
    return sums;
  };
  return {
    count: next,
    starts: Float64Array.from({ length: next }, (_, at) => starts[at * fold]),
    ends: Float64Array.from({ length: next }, (_, at) => ends[Math.min(count, (at + 1) * fold) - 1]),
    loaded: summed(loaded),
    windows: summed(windows),
    counts: counts.map(summed),
  };
}

function packLevel({ count, starts, ends, loaded, windows, counts }: Rows, level: number): PackedBlock[] {
  const blocks: PackedBlock[] = [];
  for (let first = 0; first < count; first += blockRows) {
    const end = Math.min(count, first + blockRows);
    const from = first === 0 ? 0 : ends[first - 1];
    const bytes = createBytes();
    const column = (value: (at: number) => number): void => packColumn(bytes, first, end, value);
    column((at) => zigzag(starts[at] - (at === first ? from : ends[at - 1])));
    column((at) => ends[at] - starts[at]);
    if (level > 0) {
      column((at) => loaded[at]);
      column((at) => windows[at]);
    }
    for (const each of counts) column((at) => each[at]);
    blocks.push({ from, start: starts[first], end: ends[end - 1], rows: end - first, data: bytes.base64() });
  }
  return blocks;
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

function packColumn(bytes: Bytes, first: number, end: number, value: (at: number) => number): void {
  for (let at = first; at < end; at++) {
    const each = value(at);
    bytes.integer(each);
    if (each !== 0) continue;
    let more = 0;
    while (at + 1 < end && value(at + 1) === 0) {
      at++;
      more++;
    }
    bytes.integer(more);
  }
}

interface Bytes {
  /** From 0 to 2^53 - 1. */
  integer(value: number): void;
  base64(): string;
}

function createBytes(): Bytes {
  let memory = Buffer.alloc(1 << 14);
  let used = 0;
  return {
    integer(value) {
      if (used + 8 > memory.length) memory = Buffer.concat([memory, Buffer.alloc(memory.length)]);
      let rest = value;
      // Times need more than the 32 bits that shifts have.
      while (rest >= 0x80) {
        memory[used++] = (rest % 0x80) + 0x80;
        rest = Math.floor(rest / 0x80);
      }
      memory[used++] = rest;
    },
    base64: () => memory.subarray(0, used).toString("base64"),
  };
}
