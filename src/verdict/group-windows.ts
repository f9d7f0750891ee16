import type { Point } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import type { Naming } from "../model/counts.js";
import { pointOfKind } from "../model/points.js";
import type { Assignment } from "../model/assignment.js";
import { guestPoints } from "../policies/group-points.js";
import type { Group } from "../policies/policy.js";
import { Kind } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";
import { wordHasValue, wordKind, wordPlace } from "../trace/word.js";
import { eagerPerPass } from "./point-passes.js";
import { alwaysMade, createRowCounters, lowHalf } from "./row-counters.js";
import { countedBy, isOf, listed, type Row } from "./window-counters.js";
import {
  createWindowCollector,
  measures,
  type Counted,
  type Measure,
  type PerPass,
  type WindowSums,
} from "./window-sums.js";

/** Groups whose windows end at the same point, and by vCPU what they counted in each. */
export interface PointWindows {
  readonly point: Point;
  /** Numbers of groups, see `GroupWindows`; the order is that of the sums. */
  readonly members: readonly number[];
  readonly byVcpu: readonly WindowSums[];
}

/** A group, and where its windows and those of its policy as a whole are found in `points`. */
export interface GroupPlace {
  readonly policy: string;
  readonly group: Group;
  readonly own: number;
  /** The longest windows that any group of the policy has: in these, all its groups can be looked at together. */
  readonly whole: number;
  /** Registers of the group that its save points save, and that its restore points restore, where they do. */
  readonly savedRegisters: number;
  readonly restoredRegisters: number;
}

export interface GroupWindows {
  readonly groups: readonly GroupPlace[];
  readonly points: readonly PointWindows[];
}

/** A row, where it is saved, and where the windows of its policy as a whole end. */
interface WindowedRow extends Row {
  readonly save: Point;
  readonly whole: Point;
}

/** Chunks of all contexts together, and of one at most and at least. 4096 keep 20,000 windows in chunks of eight. */
const allChunks = 8192;
const mostChunks = 4096;
const leastChunks = 64;

/** Save points, those with the longest windows first. */
const byLength: readonly Point[] = ["put", "load", "run-end", "run-start", "exit", "entry"];

/**
 * Goes over a trace once and gives, for every group of policies, what it counted in each window of each guest
 * context. Two flags a group do where the rules of a policy are plain, and the rules of each group by itself for
 * nearly all others; the rest are interpreted, which is slower. Oracles, which no interpreter arms, are left out.
 * Saves and restores are those that the policy makes beyond eager's, which are fewer than none where it elides some:
 * where a window holds several save points of a group, eager costs more there too.
 * @param run - What eager switches; a policy may be in a mode of its own
 */
export function groupWindows(
  trace: Pick<Trace, "blocks" | "columns">,
  naming: Naming,
  run: SwitchConfig,
  assignments: readonly Assignment[],
): GroupWindows {
  const rows: WindowedRow[] = [];
  for (const assignment of assignments) {
    const { policy, config } = assignment;
    if (policy.oracle !== undefined) continue;
    const switched = policy.groups.flatMap((group) => {
      const save = guestPoints(group, config)?.save;
      return save === undefined ? [] : [{ group, save }];
    });
    const whole = byLength.find((point) => switched.some(({ save }) => save === point));
    if (whole === undefined) continue;
    const by = countedBy(policy);
    for (const { group, save } of switched) rows.push({ assignment, group, save, whole, by });
  }
  const used = byLength.filter((point) => rows.some(({ save, whole }) => save === point || whole === point));
  const points = used.map((point) => ({
    point,
    members: rows.flatMap(({ save, whole }, number) => (save === point || whole === point ? [number] : [])),
  }));
  const byVcpu = count(trace, naming, run, rows, points);
  return {
    groups: rows.map(({ assignment: { policy, config }, group, save, whole }) => ({
      policy: policy.name,
      group,
      own: used.indexOf(save),
      whole: used.indexOf(whole),
      savedRegisters: listed(group, config.lists.guest.save),
      restoredRegisters: listed(group, config.lists.guest.restore),
    })),
    points: points.map(({ point, members }, number) => ({ point, members, byVcpu: byVcpu[number] })),
  };
}

function count(
  trace: Pick<Trace, "blocks" | "columns">,
  naming: Naming,
  run: SwitchConfig,
  rows: readonly WindowedRow[],
  points: readonly { readonly point: Point; readonly members: readonly number[] }[],
): WindowSums[][] {
  const share = 2 * Math.floor(allChunks / Math.max(1, naming.vcpus) / 2);
  const chunks = Math.min(mostChunks, Math.max(leastChunks, share));
  const perPass = rows.map((row) => beyondEager(row, run));
  const collectors = points.map(({ members }) =>
    Array.from({ length: naming.vcpus }, () =>
      createWindowCollector(
        members.map((row) => perPass[row]),
        chunks,
      ),
    ),
  );
  const counters = createRowCounters(naming, rows);
  const { passes, sees } = counters;
  const guest = guestClock(naming);
  const now = points.map(({ members }) =>
    Array.from({ length: naming.vcpus }, (_, vcpu): Counted => ({
      of: (member, measure) => counters.counted(members[member], vcpu, measure),
      get guestTime() {
        return guest.total[vcpu];
      },
      passes: passes.of[vcpu],
    })),
  );
  const ending = Array.from(pointOfKind, ([kind, point]) => ({
    kind,
    number: points.findIndex((each) => each.point === point),
  })).filter(({ number }) => number >= 0);
  const endsAt = new Int32Array(32).fill(-1);
  for (const { kind, number } of ending) endsAt[kind] = number;

  const clock = new Float64Array(naming.pcpus);
  for (let block = 0; block < trace.blocks.length; block++) {
    const { head, words, times, valuesLo } = trace.columns(block);
    for (const { pcpu, time } of head.bases) clock[pcpu] = time;
    let value = 0;
    for (let at = 0; at < words.length; at++) {
      const word = words[at];
      const pcpu = naming.places[2 * wordPlace(word)];
      clock[pcpu] += times[at];
      const seen = sees[word & lowHalf];
      if (seen === 2) guest.forget();
      if (seen === 1) {
        const vcpu = naming.places[2 * wordPlace(word) + 1];
        if (vcpu >= 0) {
          const kind = wordKind(word);
          const lo = wordHasValue(word) ? valuesLo[value] : 0;
          guest.step(kind, vcpu, pcpu, clock[pcpu]);
          counters.step(word, lo);
          const point = endsAt[kind];
          if (point >= 0) collectors[point][vcpu].end(now[point][vcpu]);
        }
      }
      if (wordHasValue(word)) value++;
    }
  }
  return collectors.map((own, point) => own.map((each, vcpu) => each.finish(now[point][vcpu])));
}

/** What comes with each pass of a point: saves and restores that the policy always makes, less eager's, and tests. */
function beyondEager(row: Row, run: SwitchConfig): PerPass {
  const { group, assignment } = row;
  const made = alwaysMade(row);
  const less = (own: readonly number[] | undefined, what: "save" | "restore"): number[] =>
    eagerPerPass(isOf(group), run, what).map((eager, point) => (own?.[point] ?? 0) - eager);
  return {
    saves: less(made.saves, "save"),
    restores: less(made.restores, "restore"),
    ...(group.save === "dirty" ? { tests: eagerPerPass(isOf(group), assignment.config, "save") } : {}),
  };
}

/** Time in the guest by vCPU, from each entry to its exit on the same pCPU: as the trace's header sums it. */
function guestClock({ vcpus }: Naming) {
  const total = new Float64Array(vcpus);
  const entered = new Float64Array(vcpus);
  const where = new Int32Array(vcpus).fill(-1);
  return {
    total,
    /** Events were lost: whoever was in the guest may have left and come back. */
    forget: (): void => void where.fill(-1),
    step(kind: number, vcpu: number, pcpu: number, time: number): void {
      if (kind === Kind.entry) {
        where[vcpu] = pcpu;
        entered[vcpu] = time;
      } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
        if (where[vcpu] === pcpu && time > entered[vcpu]) total[vcpu] += time - entered[vcpu];
        where[vcpu] = -1;
      }
    },
  };
}

/** Sums over the windows of all contexts, by measure. */
export function sumsOf(windows: readonly WindowSums[], member: number): Record<Measure, number> {
  const sums = { traps: 0, saves: 0, restores: 0, changes: 0, tests: 0 };
  for (const { groups } of windows) {
    for (const measure of measures) {
      sums[measure] = groups[member].sums[measure].reduce((sum, value) => sum + value, sums[measure]);
    }
  }
  return sums;
}
