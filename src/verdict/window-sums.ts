import { points } from "../model/points.js";

/** What a group counts in a window of a guest's context; registers for saves, restores and tests of a dirty bit. */
export const measures = ["traps", "saves", "restores", "changes", "tests"] as const;
export type Measure = (typeof measures)[number];
/** Those that rules decide; a test comes with each save point. */
const ruledMeasures = ["traps", "saves", "restores", "changes"] as const;
export type RuledMeasure = (typeof ruledMeasures)[number];

/** Sums of one group over runs of consecutive windows of one context. */
export interface GroupSums {
  /** By chunk; not to be changed, since those that are the same may be one. */
  readonly sums: Readonly<Record<Measure, Float64Array>>;
  /** Windows with a trap. */
  readonly trapped: number;
}

/** The windows of one context that end at one point, in order, in chunks of which all but the last are full. */
export interface WindowSums {
  readonly windows: number;
  /** Windows per chunk: a power of two, 1 as long as there is room. */
  readonly chunk: number;
  /** By chunk. */
  readonly counts: Float64Array;
  /** Clock units in the guest, by chunk. */
  readonly guestTime: Float64Array;
  readonly groups: readonly GroupSums[];
}

/** Collects windows in bounded memory: when the chunks run out, each two become one. */
export interface WindowCollector {
  /** Ends a window. What is given was counted from the beginning of the trace. */
  end(now: Counted): void;
  /** What was counted after the last window's end belongs to it: sums are those of the trace. */
  finish(now: Counted): WindowSums;
}

export interface Counted {
  /** By group and measure, without what comes with each pass of a point. */
  readonly of: (group: number, measure: RuledMeasure) => number;
  readonly guestTime: number;
  /** How often the context came by each point, in the order of `points`. */
  readonly passes: ArrayLike<number>;
}

/** What a group counts by measure at each pass of a point, in the order of `points`. */
export type PerPass = Readonly<Partial<Record<Measure, readonly number[]>>>;

/** Of a context that has few windows: it takes little. */
const firstChunks = 8;

/** Sums by chunk: as many as there was anything for. Beyond these nothing was counted. */
type Column = Float64Array;

/**
 * Takes memory as windows come, and for a group only where it counts anything: there may be thousands of vCPUs with a
 * few windows each, and many groups of which most do nothing.
 * @param mostChunks - Even
 */
export function createWindowCollector(groups: readonly PerPass[], mostChunks: number): WindowCollector {
  let counts: Column = new Float64Array(0);
  let times: Column = new Float64Array(0);
  const passed: Column[] = [];
  /** By group and measure; undefined where nothing was counted. */
  const sums: (Column | undefined)[] = [];
  /** What was counted until the last window's end. */
  let guestTimeBefore = 0;
  let passesBefore = new Float64Array(0);
  let before = new Float64Array(0);
  let trapped = new Float64Array(0);
  let chunk = 1;
  let at = 0;
  let windows = 0;

  function begin(): void {
    passed.push(...points.map(() => new Float64Array(0)));
    passesBefore = new Float64Array(points.length);
    before = new Float64Array(groups.length * ruledMeasures.length);
    sums.length = before.length;
    trapped = new Float64Array(groups.length);
  }

  /** Adds to the chunk at hand. */
  function added(column: Column | undefined, more: number): Column {
    const all = column !== undefined && at < column.length ? column : grown(column);
    all[at] += more;
    return all;
  }

  function grown(column: Column | undefined): Column {
    const larger = new Float64Array(Math.min(mostChunks, Math.max(firstChunks, 2 * at)));
    if (column !== undefined) larger.set(column);
    return larger;
  }

  function add({ of, guestTime, passes }: Counted, isWindow: boolean): void {
    times = added(times, guestTime - guestTimeBefore);
    guestTimeBefore = guestTime;
    for (let point = 0; point < passed.length; point++) {
      if (passes[point] === passesBefore[point]) continue;
      passed[point] = added(passed[point], passes[point] - passesBefore[point]);
      passesBefore[point] = passes[point];
    }
    for (let group = 0, place = 0; group < groups.length; group++) {
      for (let number = 0; number < ruledMeasures.length; number++, place++) {
        const counted = of(group, ruledMeasures[number]);
        if (counted === before[place]) continue;
        sums[place] = added(sums[place], counted - before[place]);
        before[place] = counted;
        if (isWindow && number === 0) trapped[group]++;
      }
    }
  }

  function fold(column: Column): void {
    for (let to = 0; to < mostChunks / 2 && 2 * to < column.length; to++) {
      column[to] = column[2 * to] + (column[2 * to + 1] ?? 0);
    }
    column.fill(0, Math.min(mostChunks / 2, Math.ceil(column.length / 2)));
  }

  function upTo(column: Column | undefined, chunks: number): Column {
    const values = new Float64Array(chunks);
    if (column !== undefined) values.set(column.subarray(0, chunks));
    return values;
  }

  function countedOf(group: number, measure: Measure): Column | undefined {
    const number = ruledMeasures.findIndex((each) => each === measure);
    return number < 0 ? undefined : sums[group * ruledMeasures.length + number];
  }

  return {
    end(now) {
      if (windows === 0) begin();
      else if (counts[at] === chunk) {
        at++;
        if (at === mostChunks) {
          for (const column of [counts, times, ...passed, ...sums]) if (column !== undefined) fold(column);
          chunk *= 2;
          at = mostChunks / 2;
        }
      }
      add(now, true);
      counts = added(counts, 1);
      windows++;
    },
    finish(now) {
      if (windows > 0) add(now, false);
      const used = windows === 0 ? 0 : at + 1;
      const alike = new Map<string, Float64Array>();
      const whole = (group: number, measure: Measure): Float64Array => {
        const perPass = groups[group][measure] ?? [];
        const counted = countedOf(group, measure);
        const key = perPass.join(" ");
        const same = counted === undefined ? alike.get(key) : undefined;
        if (same !== undefined) return same;
        const values = upTo(counted, used);
        if (counted === undefined) alike.set(key, values);
        for (const [point, column] of passed.entries()) {
          const factor = perPass[point] ?? 0;
          if (factor === 0) continue;
          for (let each = 0; each < used; each++) values[each] += factor * (column[each] ?? 0);
        }
        return values;
      };
      return {
        windows,
        chunk,
        counts: upTo(counts, used),
        guestTime: upTo(times, used),
        groups: groups.map((_, group) => ({
          sums: {
            traps: whole(group, "traps"),
            saves: whole(group, "saves"),
            restores: whole(group, "restores"),
            changes: whole(group, "changes"),
            tests: whole(group, "tests"),
          },
          trapped: trapped[group] ?? 0,
        })),
      };
    },
  };
}
