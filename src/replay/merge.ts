import type { SwitchConfig } from "../configs/resolve.js";
import { TraplineError } from "../errors.js";
import type { Assignment } from "../model/assignment.js";
import type { CountRow } from "../model/counts.js";
import { expandCounts } from "../model/expand.js";
import { resultOf } from "../model/group-results.js";
import { addWindows } from "../model/histogram.js";
import { passesOf } from "../model/passes.js";
import type { TraceHeader } from "../trace/header.js";
import type { ConfigChoice } from "./config.js";
import type { Shard } from "./plan.js";
import type { PolicyRef } from "./policy-ref.js";
import { borrowTrace, countedWindows, isOracle, type PreparedTrace } from "./prepare.js";
import { groupCells, regionBytes, windowCells } from "./shard.js";

/** What one trace gave under every policy, in the plan's order. */
export interface TraceCounts {
  readonly path: string;
  readonly header: TraceHeader;
  readonly config: SwitchConfig;
  readonly assignments: readonly Assignment[];
  readonly policies: readonly { readonly policy: string; readonly rows: readonly CountRow[] }[];
}

/** Joins the shards of one trace, in the plan's order, to its counts. */
export interface TraceMerger {
  /** Bytes of the region that a shard writes. */
  regionBytes(shard: Shard): number;
  /** The next shard of windows or groups: it must begin where the one before of its kind ended. */
  add(shard: Shard, region: ArrayBufferLike): void;
  addOracles(rows: readonly (readonly CountRow[])[]): void;
  /** All counts; refuses while a shard is missing. */
  finish(): TraceCounts;
}

export function createTraceMerger(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
): TraceMerger {
  return mergerOf(borrowTrace(path, policies, choice));
}

/** The same for a trace that is prepared already, whether it is open or not. */
export function mergerOf(prepared: PreparedTrace): TraceMerger {
  const { trace, groups, naming } = prepared;
  const { header, path } = trace;
  const { once } = trace.windows();
  const windowEnds = countedWindows(prepared);
  const cells = windowEnds.map((end, at) => new Float64Array(end === 0 ? 0 : windowCells(prepared, at)));
  const results = new Float64Array(groups.layout.length);
  const done = { windows: windowEnds.map(() => 0), groups: windowEnds.map(() => 0) };
  let oracles: readonly (readonly CountRow[])[] | undefined;

  const bytesOf = (shard: Shard): number => regionBytes(prepared, shard);

  const problem = (what: string, remedy: string): TraplineError =>
    new TraplineError("input", what, { file: path }, remedy);
  const missing = (what: string): TraplineError =>
    problem(`${what} is missing`, "Run the missing shards, then merge all");

  /** Puts the results of some carried groups where those of all are. */
  function addGroups({ segmentation, first, end }: Shard, own: Float64Array): void {
    const layout = groupCells(prepared, segmentation, first, end);
    groups.carried[segmentation].slice(first, end).forEach((group, at) => {
      const from = layout.starts[at];
      const width = naming.vcpus * layout.widths[at];
      results.set(own.subarray(from, from + width), groups.layout.starts[group]);
    });
  }

  return {
    regionBytes: bytesOf,
    add(shard, region) {
      const { what, segmentation, first, end } = shard;
      if (what === "oracles") throw new RangeError("oracles have rows");
      const at = done[what][segmentation];
      if (first > at) throw missing(`the part from ${what} ${at} to ${first}`);
      if (first < at) {
        const twice = `the part from ${what} ${first} to ${Math.min(at, end)} came twice`;
        throw problem(twice, "Merge each part once");
      }
      const last = what === "windows" ? windowEnds[segmentation] : groups.carried[segmentation].length;
      if (end <= first || end > last || region.byteLength !== bytesOf(shard)) {
        throw problem("a part has the wrong size", "Run its shard again");
      }
      if (what === "groups") addGroups(shard, new Float64Array(region));
      else new Uint32Array(region).forEach((count, cell) => (cells[segmentation][cell] += count));
      done[what][segmentation] = end;
    },
    addOracles(rows) {
      oracles = rows;
    },
    finish() {
      windowEnds.forEach((end, at) => {
        if (done.windows[at] !== end) throw missing(`the part from windows ${done.windows[at]} to ${end}`);
        const { length } = groups.carried[at];
        if (done.groups[at] !== length) throw missing(`the part from groups ${done.groups[at]} to ${length}`);
      });
      if (prepared.oracles.length > 0 && oracles === undefined) throw missing("the part of the oracles");
      groups.settled.forEach((settled, segmentation) => {
        for (const group of settled) {
          const { automaton, classes, telescope } = groups.automatonOf(group);
          addWindows(groups.layout, results, group, automaton, classes, cells[segmentation], telescope);
        }
      });
      const passes = passesOf(header, once);
      const own = (oracles ?? [])[Symbol.iterator]();
      let counted = 0;
      const policyRows = prepared.assignments.map((assignment): readonly CountRow[] => {
        if (isOracle(assignment)) return own.next().value ?? [];
        const numbers = groups.tracked.numbers[counted++];
        return expandCounts(naming, passes, assignment, (group, vcpu) =>
          resultOf(groups.layout, results, numbers[group], vcpu),
        );
      });
      return {
        path,
        header,
        config: prepared.config,
        assignments: prepared.assignments,
        policies: prepared.assignments.map(({ policy }, at) => ({
          policy: policy.name,
          rows: policyRows[at],
        })),
      };
    },
  };
}
