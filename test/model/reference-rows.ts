import type { Assignment } from "#src/model/assignment.js";
import type { CountRow, Naming } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import type { Event } from "./dsl.js";

/** What the judge counts under each policy. */
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
