import type { Assignment } from "../../../model/assignment.js";
import { namingOf } from "../../../replay/prepare.js";
import type { BlockColumns } from "../../../trace/block-reader.js";
import { Reason, exitReason } from "../../../trace/exits.js";
import type { TraceHeader, Vcpu } from "../../../trace/header.js";
import { Kind } from "../../../trace/kinds.js";
import { wordHasValue, wordKind, wordPlace } from "../../../trace/word.js";
import { eagerPerPass, passedSum } from "../../../verdict/point-passes.js";
import { createRowCounters, lowHalf, type RowCounters } from "../../../verdict/row-counters.js";
import { countedBy, type Row } from "../../../verdict/window-counters.js";
import { createGrowing, type Growing } from "./growing.js";

/** The windows of one vCPU in order: a row each of `counts`, by column. */
export interface VcpuWindows {
  readonly vcpu: Vcpu;
  readonly windows: number;
  /** Clock units since the first event of the trace, or of the vCPU's own time; see `Timeline.ownTime`. */
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
  readonly counts: readonly Uint32Array[];
}

/** With one pCPU there is one clock. */
export const hasOwnTime = ({ clock, pcpus }: TraceHeader): boolean => clock.perCpu && pcpus.length > 1;

export const seesWrites = ({ capabilities }: TraceHeader): boolean => capabilities.guestWrites === "all";

/** Takes the blocks of a trace in order. */
export interface Collector {
  /** The events of a block, and when each was. */
  block(columns: Pick<BlockColumns, "words" | "valuesLo" | "valuesHi">, times: Float64Array): void;
  finish(): VcpuWindows[];
}

/** A vCPU as far as it has come. */
interface Open {
  readonly starts: Growing<Float64Array>;
  readonly lengths: Growing<Float64Array>;
  readonly columns: readonly Growing<Uint32Array>[];
  readonly now: Float64Array;
  /** Of each policy's traps, then of each policy's saves: what was counted when the last window ended. */
  readonly before: Float64Array;
  begun: number;
  /** Of the last event, and the time of its vCPU; NaN before any. */
  pcpu: number;
  clock: number;
  time: number;
}

/** What a policy counted in a guest's context, up to now: its groups, and what it saves as eager does. */
function policyTotals(
  counters: RowCounters,
  rows: readonly Row[],
  { policy, config }: Assignment,
): { readonly traps: (vcpu: number) => number; readonly saves: (vcpu: number) => number } {
  const own = [...rows.keys()].filter((row) => rows[row].assignment.policy === policy);
  const named = new Set(policy.groups.flatMap(({ registers }) => registers));
  const rest = eagerPerPass((name) => !named.has(name), config, "save");
  const sum = (vcpu: number, measure: "traps" | "saves"): number =>
    own.reduce((total, row) => total + counters.totals(row, vcpu, measure), 0);
  return {
    traps: (vcpu) => sum(vcpu, "traps"),
    saves: (vcpu) => sum(vcpu, "saves") + passedSum(rest, counters.passes.of[vcpu]),
  };
}

/**
 * @param columns - How many are counted: runs, exits by each of the reasons and by others, writes where the trace has
 *   them, and traps, then saves, by policy
 */
export function createCollector(
  header: TraceHeader,
  assignments: readonly Assignment[],
  columns: number,
  reasons: readonly number[],
  { begin, end }: { readonly begin: number; readonly end: number },
): Collector {
  const naming = namingOf(header);
  const rows = assignments.flatMap((assignment) => {
    const { policy } = assignment;
    return policy.groups.map((group): Row => ({ assignment, group, by: countedBy(policy) }));
  });
  const counters = createRowCounters(naming, rows);
  const totals = assignments.map((assignment) => policyTotals(counters, rows, assignment));
  const ownTime = hasOwnTime(header);
  const columnOfReason = new Map(reasons.map((reason, at) => [reason, 1 + at]));
  const other = 1 + reasons.length;
  const hasWrites = seesWrites(header);
  const writes = other + 1;
  const traps = writes + (hasWrites ? 1 : 0);
  const open = header.vcpus.map((): Open => ({
    starts: createGrowing((length) => new Float64Array(length)),
    lengths: createGrowing((length) => new Float64Array(length)),
    columns: Array.from({ length: columns }, () => createGrowing((length) => new Uint32Array(length))),
    now: new Float64Array(columns),
    before: new Float64Array(2 * assignments.length),
    begun: Number.NaN,
    pcpu: -1,
    clock: 0,
    time: 0,
  }));

  /** Adds what policies counted since the last window ended to the window at hand; returns whether that is anything. */
  function settle(vcpu: Open, number: number): boolean {
    let isAny = false;
    for (const [policy, total] of totals.entries()) {
      const parts = [total.traps(number), total.saves(number)];
      for (const [which, now] of parts.entries()) {
        const at = which * totals.length + policy;
        const more = now - vcpu.before[at];
        vcpu.now[traps + at] += more;
        vcpu.before[at] = now;
        isAny ||= more !== 0;
      }
    }
    return isAny;
  }

  function close(vcpu: Open): void {
    const begun = Number.isNaN(vcpu.begun) ? vcpu.time : vcpu.begun;
    vcpu.starts.push(begun);
    vcpu.lengths.push(Math.max(0, vcpu.time - begun));
    vcpu.columns.forEach((column, at) => column.push(vcpu.now[at]));
    vcpu.now.fill(0);
    vcpu.begun = Number.NaN;
  }

  return {
    block({ words, valuesLo, valuesHi }, times) {
      let value = 0;
      for (let event = 0; event < words.length; event++) {
        const word = words[event];
        const hasValue = wordHasValue(word);
        const valueAt = hasValue ? value++ : -1;
        const place = wordPlace(word);
        const number = header.places[2 * place + 1];
        if (number < 0) continue;
        const pcpu = header.places[2 * place];
        const vcpu = open[number];
        const time = times[event];
        if (!ownTime) vcpu.time = Math.max(time, vcpu.time);
        // On another clock nothing is known of what passed since; importers may put events a little out of time.
        else if (vcpu.pcpu === pcpu) vcpu.time += Math.max(0, time - vcpu.clock);
        vcpu.pcpu = pcpu;
        vcpu.clock = time;
        const kind = wordKind(word);
        if (counters.sees[word & lowHalf] === 1) counters.step(word, hasValue ? valuesLo[valueAt] : 0);
        if (kind === begin && Number.isNaN(vcpu.begun)) vcpu.begun = vcpu.time;
        if (kind === Kind.runStart) vcpu.now[0]++;
        else if (kind === Kind.guestWrite) {
          if (hasWrites) vcpu.now[writes]++;
        } else if (kind === Kind.fullExit || kind === Kind.fastExit) {
          const lo = hasValue ? valuesLo[valueAt] : 0;
          const hi = hasValue ? valuesHi[valueAt] : 0;
          const reason = Math.min(exitReason(hasValue, lo, hi), Reason.unknown);
          vcpu.now[columnOfReason.get(reason) ?? other]++;
        }
        if (kind === end) {
          settle(vcpu, number);
          close(vcpu);
        }
      }
    },
    finish() {
      return open.map((vcpu, at): VcpuWindows => {
        // The recording ended inside a window.
        if (settle(vcpu, at) || vcpu.now.some((count) => count > 0)) close(vcpu);
        return {
          vcpu: header.vcpus[at],
          windows: vcpu.starts.length(),
          starts: vcpu.starts.finish(),
          lengths: vcpu.lengths.finish(),
          counts: vcpu.columns.map((column) => column.finish()),
        };
      });
    },
  };
}
