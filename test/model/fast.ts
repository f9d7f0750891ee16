/** The fast path, put together by hand: what a shard and a merge do, on words in memory. */

import { beginningRegion, joinRegions } from "#src/model/compose.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import { expandRegion } from "#src/model/expand.js";
import { clearRegion } from "#src/model/layout.js";
import { compileProgram, initialMasks } from "#src/model/program.js";
import type { Assignment, Program } from "#src/model/program.js";
import { createInterpreter } from "#src/model/reference.js";
import { createRunner } from "#src/model/run.js";
import { packWord } from "#src/trace/word.js";
import type { Event } from "./dsl.js";

export interface FastPath {
  readonly program: Program;
  /** A region for each piece between the cuts, none of which knows of the others. */
  pieces(cuts: readonly number[]): Uint32Array[];
  /** Joins regions to the beginning, in order, and expands them. */
  rows(regions: readonly Uint32Array[]): CountRow[][];
}

export function fastPath(
  assignments: readonly Assignment[],
  naming: Naming,
  events: readonly Event[],
): FastPath {
  const program = compileProgram(naming, assignments);
  const run = createRunner(program);
  const words = Uint32Array.from(events, ({ kind, register, place, hasValue }) =>
    packWord(kind, register, place, hasValue),
  );
  return {
    program,
    pieces(cuts) {
      const at = [0, ...cuts, words.length];
      return at.slice(1).map((end, piece) => {
        const region = new Uint32Array(program.layout.words).fill(0xdead);
        clearRegion(region, program.layout);
        run(words, at[piece], end, region);
        return region;
      });
    },
    rows(regions) {
      const masks = assignments.map(({ policy }) => initialMasks(policy));
      const total = beginningRegion(program.layout, masks);
      for (const region of regions) joinRegions(program.layout, total, region);
      return expandRegion(program.layout, total, assignments);
    },
  };
}

export function referenceRows(
  assignments: readonly Assignment[],
  naming: Naming,
  events: readonly Event[],
): CountRow[][] {
  return assignments.map(({ policy, config }) => {
    const interpreter = createInterpreter(naming, policy, config);
    for (const event of events) interpreter.step(event);
    return interpreter.rows();
  });
}
