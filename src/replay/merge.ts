import { beginningRegion, joinRegions } from "../model/compose.js";
import type { CountRow } from "../model/counts.js";
import { expandRegion } from "../model/expand.js";
import { compileProgram, composes, initialMasks, type Assignment } from "../model/program.js";
import type { SwitchConfig } from "../configs/resolve.js";
import type { Layout } from "../model/layout.js";
import type { TraceHeader } from "../trace/header.js";
import { openTrace } from "../trace/reader.js";
import { TraplineError } from "../errors.js";
import { assign, type ConfigChoice } from "./config.js";
import { definitionOf, type PolicyRef } from "./plan.js";
import { namingOf } from "./shard.js";

/** What one trace gave under every policy, in the plan's order. */
export interface TraceCounts {
  readonly path: string;
  readonly header: TraceHeader;
  readonly config: SwitchConfig;
  readonly assignments: readonly Assignment[];
  readonly policies: readonly { readonly policy: string; readonly rows: readonly CountRow[] }[];
}

/** Joins the shards of one trace, in order, to its counts. */
export interface TraceMerger {
  readonly layout: Layout;
  /** The next range: `first` must be where the one before ended. */
  add(first: number, end: number, region: Uint32Array): void;
  addInterpreted(rows: readonly (readonly CountRow[])[]): void;
  /** All counts; refuses while a shard is missing. */
  finish(): TraceCounts;
}

export function createTraceMerger(
  path: string,
  policies: readonly PolicyRef[],
  choice: ConfigChoice,
): TraceMerger {
  const trace = openTrace(path);
  const { header } = trace;
  trace.close();
  const { assignments, config } = assign(header, policies.map(definitionOf), choice, path);
  const composing = assignments.filter(({ policy }) => composes(policy));
  const { layout } = compileProgram(namingOf(header), composing);
  const total = beginningRegion(
    layout,
    composing.map(({ policy }) => initialMasks(policy)),
  );
  let done = 0;
  let interpreted: readonly (readonly CountRow[])[] | undefined;

  const missing = (what: string): TraplineError =>
    new TraplineError(
      "input",
      `${what} is missing`,
      { file: path },
      "Run the missing shards, then merge all",
    );

  return {
    layout,
    add(first, end, region) {
      if (first !== done) {
        if (first > done) throw missing(`the part from event ${done} to ${first}`);
        const twice = `the part from event ${first} to ${Math.min(done, end)} came twice`;
        throw new TraplineError("input", twice, { file: path }, "Merge each part once");
      }
      if (region.length !== layout.words) {
        throw new TraplineError("input", "a part has the wrong size", { file: path }, "Run its shard again");
      }
      joinRegions(layout, total, region);
      done = end;
    },
    addInterpreted(rows) {
      interpreted = rows;
    },
    finish() {
      if (done !== header.events) throw missing(`the part from event ${done} to ${header.events}`);
      if (composing.length < assignments.length && interpreted === undefined) {
        throw missing("the part of the interpreted policies");
      }
      const expanded = expandRegion(layout, total, composing)[Symbol.iterator]();
      const rest = (interpreted ?? [])[Symbol.iterator]();
      return {
        path,
        header,
        config,
        assignments,
        policies: assignments.map(({ policy }) => ({
          policy: policy.name,
          rows: (composes(policy) ? expanded : rest).next().value ?? [],
        })),
      };
    },
  };
}
