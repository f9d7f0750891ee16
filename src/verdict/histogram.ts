/** Of whole numbers, from all of them or from a histogram of them. */
export interface Spread {
  readonly count: number;
  readonly min: number;
  /** By nearest rank: the least value that at least this share of the values does not exceed. */
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
  /** False where `p10`, `median` and `p90` are the middles of buckets: off by less than 0.1 %. */
  readonly exact: boolean;
}

export interface Histogram {
  /** A whole number from 0. */
  add(value: number): void;
  readonly count: number;
  /** Undefined without a value. */
  spread(): Spread | undefined;
}

/** Values up to this are counted each on its own; above, an octave has half as many buckets. */
const exactBits = 11;
const exactValues = 2 ** exactBits;
/** So many values are kept as they are, however large, before buckets take over. */
const mostKept = 4096;

/**
 * Counts of values in buckets whose width grows with the value, so that memory does not depend on how many there
 * are: at most 44,000 buckets for all safe integers. Up to 4096 values, or values below 2048, every rank is exact.
 */
export function createHistogram(): Histogram {
  let kept: number[] | undefined = [];
  const buckets = new Map<number, number>();
  let count = 0;
  let min = Infinity;
  let max = -Infinity;

  function intoBucket(value: number): void {
    const bucket = bucketOf(value);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }

  /** The value at a rank from 1, and whether it is that value or the middle of its bucket. */
  function atRank(sorted: readonly (readonly [start: number, times: number])[], rank: number): number {
    let left = rank;
    for (const [start, times] of sorted) {
      left -= times;
      if (left <= 0) return Math.min(max, Math.max(min, middleOf(start)));
    }
    return max;
  }

  return {
    add(value) {
      count++;
      min = Math.min(min, value);
      max = Math.max(max, value);
      if (kept === undefined) intoBucket(value);
      else {
        kept.push(value);
        if (kept.length > mostKept) {
          for (const each of kept) intoBucket(each);
          kept = undefined;
        }
      }
    },
    get count() {
      return count;
    },
    spread() {
      if (count === 0) return undefined;
      const rank = (share: number): number => Math.max(1, Math.ceil(share * count));
      let at: (share: number) => number;
      if (kept === undefined) {
        const sorted = [...buckets].toSorted((a, b) => a[0] - b[0]);
        at = (share) => atRank(sorted, rank(share));
      } else {
        const sorted = kept.toSorted((a, b) => a - b);
        at = (share) => sorted[rank(share) - 1];
      }
      const [p10, median, p90] = [at(0.1), at(0.5), at(0.9)];
      return { count, min, p10, median, p90, max, exact: kept !== undefined || p90 < exactValues };
    },
  };
}

/** The least value of the bucket that holds a value. */
function bucketOf(value: number): number {
  const width = widthOf(value);
  return value - (value % width);
}

const middleOf = (start: number): number => start + Math.floor(widthOf(start) / 2);

/** 1 up to `exactValues`, then twice as wide in each octave. */
function widthOf(value: number): number {
  return value < exactValues ? 1 : 2 ** (Math.floor(Math.log2(value)) - exactBits + 1);
}
