/** What a group counts in a window of a guest's context; registers for saves, restores and tests of a dirty bit. */
export const measures = ["traps", "saves", "restores", "changes", "tests"] as const;
export type Measure = (typeof measures)[number];
/** Those that rules decide; a test comes with each save point. */
export type RuledMeasure = Exclude<Measure, "tests">;

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
  end(totals: Totals, guestTime: number): void;
  /** What was counted after the last window's end belongs to it: sums are those of the trace. */
  finish(totals: Totals, guestTime: number): WindowSums;
}

type Totals = (group: number, measure: Measure) => number;

/** `mostChunks` is even. */
export function createWindowCollector(groups: number, mostChunks: number): WindowCollector {
  const counts = new Float64Array(mostChunks);
  const times = new Float64Array(mostChunks);
  let lastTime = 0;
  const sums = Array.from({ length: groups }, () => columns(() => new Float64Array(mostChunks)));
  const before = Array.from({ length: groups }, () => new Float64Array(measures.length));
  const trapped = new Float64Array(groups);
  let chunk = 1;
  let at = 0;
  let windows = 0;

  function add(totals: Totals, guestTime: number, isWindow: boolean): void {
    times[at] += guestTime - lastTime;
    lastTime = guestTime;
    for (let group = 0; group < groups; group++) {
      const last = before[group];
      for (let number = 0; number < measures.length; number++) {
        const measure = measures[number];
        const now = totals(group, measure);
        const more = now - last[number];
        if (more === 0) continue;
        last[number] = now;
        sums[group][measure][at] += more;
        if (isWindow && number === 0) trapped[group]++;
      }
    }
  }

  function fold(column: Float64Array): void {
    for (let to = 0; to < mostChunks / 2; to++) column[to] = column[2 * to] + column[2 * to + 1];
    column.fill(0, mostChunks / 2);
  }

  return {
    end(totals, guestTime) {
      if (counts[at] === chunk) {
        at++;
        if (at === mostChunks) {
          fold(counts);
          fold(times);
          for (const group of sums) for (const measure of measures) fold(group[measure]);
          chunk *= 2;
          at = mostChunks / 2;
        }
      }
      add(totals, guestTime, true);
      counts[at]++;
      windows++;
    },
    finish(totals, guestTime) {
      if (windows > 0) add(totals, guestTime, false);
      const used = windows === 0 ? 0 : at + 1;
      return {
        windows,
        chunk,
        counts: counts.subarray(0, used),
        guestTime: times.subarray(0, used),
        groups: sums.map((group, number) => ({
          sums: columns((measure) => group[measure].subarray(0, used)),
          trapped: trapped[number],
        })),
      };
    },
  };
}

function columns(of: (measure: Measure) => Float64Array): Record<Measure, Float64Array> {
  return {
    traps: of("traps"),
    saves: of("saves"),
    restores: of("restores"),
    changes: of("changes"),
    tests: of("tests"),
  };
}
