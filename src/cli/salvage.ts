import { salvageTrace, type Salvage } from "../salvage/salvage.js";
import { surveyTrace } from "../salvage/survey.js";
import { damagedNotes, damagedPlace, isIncomplete } from "../trace/damaged.js";
import type { DamagedPart } from "../trace/header.js";
import { openTrace } from "../trace/reader.js";
import type { TraceFile } from "./trace-file.js";
import { tell } from "./output.js";
import type { Session } from "./session.js";

/**
 * A trace that is damaged, as one of what can be read of it, in the session's scratch folder; one that is whole, or
 * whose damage does not matter to what is asked, as it is. Says on standard error what was found.
 */
export function salvaged(
  session: Session,
  file: TraceFile,
  number: number,
  how: Salvage,
  fromWindows: boolean,
): TraceFile {
  const survey = surveyTrace(file.path);
  try {
    const { damaged } = survey;
    if (damaged.length === 0) return file;
    const say = (text: string): void => tell(`trapline: ${file.name}: ${text}`);
    // A block has its number where the trace opens: then windows can be used as they are.
    if (fromWindows && damaged.every(({ part, block }) => part === "events" && block !== undefined)) {
      for (const each of damaged) say(`${placeOf(each)}: damaged (${each.what}), and not needed for this`);
      return file;
    }
    const path = session.scratch.path(file.name, number);
    const header = salvageTrace(survey, path, how, { level: 0 });
    for (const each of header.damaged ?? []) say(`${placeOf(each)}: ${each.what}; ${lostOf(each)}`);
    if (isIncomplete(header)) say(`incomplete: ${header.events} events are what is left`);
    return { path, name: file.name, made: true };
  } finally {
    survey.close();
  }
}

const placeOf = (each: DamagedPart): string => `${each.part} (${damagedPlace(each)})`;

const lostOf = ({ lost }: DamagedPart): string =>
  lost === 0 ? "made again, nothing is lost" : `${lost ?? "an unknown number of"} events are left out`;

/** What a reader of figures must know of traces that were damaged. */
export function damageOf(opened: readonly TraceFile[]): string[] {
  return opened.flatMap(({ path }) => {
    const trace = openTrace(path);
    trace.close();
    return damagedNotes(trace.header);
  });
}
