import { points } from "../model/points.js";

/** What a group counts in a window of a guest's context; registers for saves, restores and tests of a dirty bit. */
export const measures = ["traps", "saves", "restores", "changes", "tests"] as const;
export type Measure = (typeof measures)[number];
/** Those that rules decide; a test comes with each save point. */
const ruledMeasures = ["traps", "saves", "restores", "changes"] as const;
export type RuledMeasure = (typeof ruledMeasures)[number];

/** Sums of one group over runs of consecutive windows of one context. */
export interface GroupSums {
  /** By chunk. */
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
const firstChunks = 64;

/** @param mostChunks - Even */
export function createWindowCollector(groups: readonly PerPass[], mostChunks: number): WindowCollector {
  const column = (): Column => createColumn(mostChunks);
  const counts = column();
  const times = column();
  const passed = points.map(column);
  const sums = groups.map(() => byMeasure(column));
  const before = new Float64Array(groups.length * ruledMeasures.length);
  const trapped = new Float64Array(groups.length);
  const all = [counts, times, ...passed, ...sums.flatMap((each) => Object.values(each))];
  let chunk = 1;
  let at = 0;
  let windows = 0;

  function add({ of, guestTime, passes }: Counted, isWindow: boolean): void {
    times.addTo(at, guestTime);
    for (let point = 0; point < passed.length; point++) passed[point].addTo(at, passes[point]);
    for (let group = 0, place = 0; group < groups.length; group++) {
      for (let number = 0; number < ruledMeasures.length; number++, place++) {
        const counted = of(group, ruledMeasures[number]);
        // Seldom anything, and columns are slow to ask.
        if (counted === before[place]) continue;
        before[place] = counted;
        sums[group][ruledMeasures[number]].addTo(at, counted);
        if (isWindow && number === 0) trapped[group]++;
      }
    }
  }

  return {
    end(now) {
      if (windows > 0 && counts.values[at] === chunk) {
        at++;
        if (at === mostChunks) {
          for (const each of all) each.fold();
          chunk *= 2;
          at = mostChunks / 2;
        }
      }
      add(now, true);
      windows++;
      counts.addTo(at, windows);
    },
    finish(now) {
      if (windows > 0) add(now, false);
      const used = windows === 0 ? 0 : at + 1;
      const whole = (group: number, measure: Measure): Float64Array => {
        const values = Float64Array.from(
          { length: used },
          (_, each) => sums[group][measure].values[each] ?? 0,
        );
        for (const [point, perPass] of (groups[group][measure] ?? []).entries()) {
          if (perPass === 0) continue;
          for (let each = 0; each < used; each++) values[each] += perPass * (passed[point].values[each] ?? 0);
        }
        return values;
      };
      return {
        windows,
        chunk,
        counts: counts.upTo(used),
        guestTime: times.upTo(used),
        groups: sums.map((_, group) => ({
          sums: byMeasure((measure) => whole(group, measure)),
          trapped: trapped[group],
        })),
      };
    },
  };
}

/** Sums by chunk of what is counted from the beginning of a trace. */
interface Column {
  /** As many as there was anything for; beyond these chunks nothing was counted. */
  values: Float64Array;
  /** Adds what was counted since the last time to a chunk. */
  addTo(chunk: number, now: number): void;
  fold(): void;
  upTo(chunks: number): Float64Array;
}

function createColumn(mostChunks: number): Column {
  let last = 0;
  const column: Column = {
    values: new Float64Array(0),
    addTo(chunk, now) {
      const more = now - last;
      if (more === 0) return;
      last = now;
      if (chunk >= column.values.length) {
        const larger = new Float64Array(Math.min(mostChunks, Math.max(firstChunks, 2 * chunk)));
        larger.set(column.values);
        column.values = larger;
      }
      column.values[chunk] += more;
    },
    fold() {
      const { values } = column;
      for (let to = 0; to < mostChunks / 2 && 2 * to < values.length; to++) {
        values[to] = values[2 * to] + (values[2 * to + 1] ?? 0);
      }
      values.fill(0, Math.min(mostChunks / 2, Math.ceil(values.length / 2)));
    },
    upTo(chunks) {
      const values = new Float64Array(chunks);
      values.set(column.values.subarray(0, chunks));
      return values;
    },
  };
  return column;
}

function byMeasure<T>(of: (measure: Measure) => T): Record<Measure, T> {
  return {
    traps: of("traps"),
    saves: of("saves"),
    restores: of("restores"),
    changes: of("changes"),
    tests: of("tests"),
  };
}
