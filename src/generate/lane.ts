import { Kind } from "../trace/kinds.js";
import { createBuffer, type EventBuffer } from "./buffer.js";
import type { Access, Activity, ActivityPart, Exit, Exits, Phase, VcpuModel } from "./model.js";
import { activeWindows, partOf, parts, poolDraw, rounded, type Draw } from "./quotas.js";
import { timeDraw } from "./times.js";
import { emptyMemory, valuesOf, type Memory, type Values } from "./values.js";

/** The life of one vCPU, a window at a time. Takes no more memory the longer it goes on. */
export interface Lane {
  /** The next window's events from `start` on, in a buffer of its own, from load to put. */
  window(start: number): EventBuffer;
  /** Clock units from the last window's put to its next load. */
  out(): number;
  /** Whether it has been through its phases once. */
  once(): boolean;
}

/** An access with what is left of it in its phase. */
interface PlannedAccess {
  readonly kind: Access["kind"];
  readonly register: number;
  readonly values: Values | undefined;
  /** How often it still is to come in the phase. */
  left: number;
}

interface PlannedPart {
  readonly accesses: readonly PlannedAccess[];
  /** Windows in which it still is to be, those in which it was, and its runs in these. */
  windows: number;
  past: number;
  pastRuns: number;
  /** Runs in which it still is to be beyond the first of each window, and how many such runs there will be. */
  more: number;
  room: number;
}

interface PlannedActivity {
  readonly isActive: () => boolean;
  readonly parts: readonly PlannedPart[];
  readonly within: readonly PlannedActivity[];
}

/** A phase that goes on, with all that is drawn in it. */
interface Going {
  left: number;
  /** Windows without a run, and runs without an entry, that are to come yet; numbers of runs that are too many. */
  owedWindows: number;
  owedRuns: number;
  readonly held: number[];
  readonly isWindowEntered: () => boolean;
  readonly runs: () => number;
  readonly isEmpty: () => number;
  readonly lastExit: () => Exit;
  readonly innerExit: () => Exit;
  readonly fastExit: () => Exit;
  readonly fastExits: () => number;
  readonly guest: () => number;
  readonly between: () => number;
  readonly edges: () => number;
  readonly out: () => number;
  /** Runs with an entry in a window, on average. */
  readonly entered: number;
  readonly activities: readonly PlannedActivity[];
}

const sumOf = (list: readonly (readonly [unknown, number])[]): number =>
  list.reduce((sum, [, count]) => sum + count, 0);

/** What is done in the next window. */
const activeParts = (activities: readonly PlannedActivity[]): PlannedPart[] =>
  activities.flatMap(({ isActive, parts: own, within }) =>
    isActive() ? [...own, ...activeParts(within)] : [],
  );

/** Draws for a window with a run, where some have none. */
const mostTries = 16;

const unknownExit: Exit = { encoding: -1, value: undefined, emulated: -1 };

function exitDraw(exits: Exits, draw: Draw): () => Exit {
  const often = exits.toSorted((a, b) => b[1] - a[1]);
  const next = poolDraw(
    often.map(([, count], at) => [at, count] as const),
    draw,
  );
  return often.length === 0 ? () => unknownExit : () => often[next()][0];
}

/** `registerOf`: the trace's number of an encoding. `loads`: whether they are told. `draw`: numbers of this vCPU alone. */
export function createLane(
  { phases, repeatFrom }: VcpuModel,
  loads: boolean,
  registerOf: (encoding: number) => number,
  draw: Draw,
): Lane {
  const memories = new Map<number, Memory>();
  let number = -1;
  let isOnce = false;
  let going = begin();
  const spare: EventBuffer[] = [];

  function begin(): Going {
    do {
      number = number + 1 < phases.length ? number + 1 : repeatFrom;
    } while (phases[number].windows < 1);
    return plan(phases[number]);
  }

  function plan(phase: Phase): Going {
    const { windows, runs, emptyRuns } = phase;
    const all = runs.reduce((sum, [count, times]) => sum + count * times, 0);
    const entered = Math.max(0, all - emptyRuns);
    return {
      left: windows,
      owedWindows: 0,
      owedRuns: 0,
      held: [],
      isWindowEntered: phase.entered === undefined ? () => true : activeWindows(windows, phase.entered, draw),
      runs: poolDraw(runs, draw),
      isEmpty: poolDraw(
        [
          [0, Math.max(0, all - emptyRuns)],
          [1, Math.min(all, emptyRuns)],
        ],
        draw,
      ),
      lastExit: exitDraw(phase.lastExits, draw),
      innerExit: exitDraw(phase.innerExits, draw),
      fastExit: exitDraw(phase.fastExits, draw),
      fastExits: parts(sumOf(phase.fastExits), entered, draw),
      guest: timeDraw(phase.guest, draw),
      between: timeDraw(phase.between, draw),
      edges: timeDraw(phase.edges, draw),
      out: timeDraw(phase.out, draw),
      entered: entered / windows,
      activities: phase.activities.map((each) =>
        planActivity(each, phase.entered?.windows ?? windows, entered / windows),
      ),
    };
  }

  function planActivity(activity: Activity, windows: number, entered: number): PlannedActivity {
    return {
      isActive: activeWindows(windows, activity, draw),
      parts: activity.parts.map((part) => planPart(part, activity.windows, entered)),
      within: activity.within.map((each) => planActivity(each, Math.round(activity.windows), entered)),
    };
  }

  function planPart({ runs, accesses }: ActivityPart, windows: number, entered: number): PlannedPart {
    return {
      accesses: accesses.map(({ kind, encoding, times, values }): PlannedAccess => ({
        kind,
        register: registerOf(encoding),
        values: values === undefined ? undefined : valuesOf(values, memoryOf(encoding), draw),
        left: rounded(times, draw),
      })),
      windows: Math.round(windows),
      past: 0,
      pastRuns: 0,
      more: Math.max(0, runs - windows),
      room: windows * Math.max(0, entered - 1),
    };
  }

  /** What a register held does not end with a phase. */
  function memoryOf(encoding: number): Memory {
    let memory = memories.get(encoding);
    if (memory === undefined) memories.set(encoding, (memory = emptyMemory()));
    return memory;
  }

  /** Runs of the next window: one or more to enter the guest, else as few as there are to come. */
  function runCount(isEntered: boolean): number {
    if (isEntered) {
      let runs = going.held.pop() ?? going.runs();
      for (let tries = 0; runs === 0 && tries < mostTries; tries++) {
        going.owedWindows++;
        runs = going.runs();
      }
      return Math.max(1, runs);
    }
    if (going.owedWindows > 0) {
      going.owedWindows--;
      return 0;
    }
    let runs = going.runs();
    for (let tries = 0; runs > 1 && tries < mostTries; tries++) {
      going.held.push(runs);
      runs = going.runs();
    }
    return runs;
  }

  /** Which of a window's runs enter the guest: one of them or more, or none. */
  function entriesOf(runs: number, isEntered: boolean): boolean[] {
    const list = Array.from({ length: runs }, () => {
      if (going.owedRuns > 0) {
        going.owedRuns--;
        return false;
      }
      return going.isEmpty() === 0;
    });
    if (isEntered && !list.includes(true)) {
      list[0] = true;
      going.owedRuns++;
    }
    if (isEntered) return list;
    going.owedRuns -= list.filter((each) => each).length;
    return list.map(() => false);
  }

  /** The runs of a window in which a part is: at least one of those with an entry, and no more than are left. */
  function runsOf(part: PlannedPart, entered: readonly number[]): number[] {
    const others = entered.length - 1;
    const share = Math.min(1, part.room > 0 ? part.more / part.room : Number(part.more > 0));
    let extra = 0;
    if (part.windows <= 1) extra = Math.round(part.more);
    else for (let at = 0; at < others; at++) if (draw() < share) extra++;
    extra = Math.max(0, Math.min(extra, others, Math.ceil(part.more)));
    // Each choice of so many runs is as likely as any other.
    let needed = extra + 1;
    const chosen = entered.filter((_, at) => {
      const isChosen = draw() < needed / (entered.length - at);
      if (isChosen) needed--;
      return isChosen;
    });
    part.more -= extra;
    part.room -= Math.max(0, going.entered - 1);
    return chosen;
  }

  /**
   * How often an access comes in `runs` runs of a window: once in each, and its share of what is left of it beyond
   * that. The last window of the phase takes the rest.
   */
  function timesOf(access: PlannedAccess, { windows, past, pastRuns }: PlannedPart, runs: number): number {
    const later = (windows - 1) * ((pastRuns + runs) / (past + 1));
    const extra = Math.max(0, Math.round(access.left - runs - later));
    // Each later window needs one, too.
    const least = Math.max(1, Math.min(runs, access.left - (windows - 1)));
    const times = least + partOf(extra, windows, draw);
    access.left -= times;
    return times;
  }

  /** By run: what the guest does in it. */
  function accessesOf(active: readonly PlannedPart[], entered: readonly number[]): PlannedAccess[][] {
    const byRun: PlannedAccess[][] = [];
    for (const part of active) {
      const runs = runsOf(part, entered);
      for (const access of part.accesses) {
        for (let times = timesOf(access, part, runs.length); times > 0; times--) {
          const at = times <= runs.length ? times - 1 : Math.floor(draw() * runs.length);
          (byRun[runs[at]] ??= []).push(access);
        }
      }
      part.windows--;
      part.past++;
      part.pastRuns += runs.length;
    }
    return byRun;
  }

  function leave(buffer: EventBuffer, kind: number, { encoding, value, emulated }: Exit, time: number): void {
    const register = encoding < 0 ? 0 : registerOf(encoding);
    buffer.push(kind, register, time, value !== undefined, value?.[0] ?? 0, value?.[1] ?? 0);
    if (emulated >= 0) buffer.push(emulated, register, time, false, 0, 0);
  }

  /** One pass through the guest: entries, what it does, exits. Returns the time of the last exit. */
  function run(buffer: EventBuffer, list: readonly PlannedAccess[], isLast: boolean, start: number): number {
    let time = start;
    const stretches = 1 + going.fastExits();
    for (let stretch = 0; stretch < stretches; stretch++) {
      buffer.point(Kind.entry, time);
      const length = going.guest();
      const from = Math.floor((list.length * stretch) / stretches);
      const to = Math.floor((list.length * (stretch + 1)) / stretches);
      for (let at = from; at < to; at++) {
        const { kind, register, values } = list[at];
        const when = time + Math.floor((length * (at - from + 1)) / (to - from + 1));
        values?.next();
        buffer.push(kind, register, when, values !== undefined, values?.lo ?? 0, values?.hi ?? 0);
      }
      time += length;
      if (stretch < stretches - 1) leave(buffer, Kind.fastExit, going.fastExit(), time);
      else leave(buffer, Kind.fullExit, isLast ? going.lastExit() : going.innerExit(), time);
    }
    return time;
  }

  return {
    window(start) {
      if (going.left < 1) going = begin();
      going.left--;
      // The phase of a whole life that was last begun is over with this window.
      if (going.left < 1 && number === phases.length - 1) isOnce = true;
      const isWindowEntered = going.isWindowEntered();
      const active = isWindowEntered ? activeParts(going.activities) : [];
      const runs = runCount(isWindowEntered);
      const isEntered = entriesOf(runs, isWindowEntered);
      const entered = isEntered.flatMap((each, at) => (each ? [at] : []));
      const byRun = accessesOf(active, entered);
      const buffer = spare.pop() ?? createBuffer((done) => spare.push(done));
      const edges = going.edges();
      let time = start;
      if (loads) buffer.point(Kind.load, time);
      time += Math.floor(edges / 2);
      for (let at = 0; at < runs; at++) {
        const gap = at === runs - 1 ? 0 : going.between();
        buffer.point(Kind.runStart, time);
        if (isEntered[at]) time = run(buffer, byRun[at] ?? [], at === runs - 1, time);
        time += Math.floor(gap / 2);
        buffer.point(Kind.runEnd, time);
        time += gap - Math.floor(gap / 2);
      }
      time += edges - Math.floor(edges / 2);
      if (loads) buffer.point(Kind.put, time);
      return buffer;
    },
    out: () => going.out(),
    once: () => isOnce,
  };
}
