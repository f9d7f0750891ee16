import { TraplineError } from "../errors.js";
import type { TraceHeader } from "./header.js";
import { syntheticPart } from "./synthetic.js";

type Marked = Pick<TraceHeader, "modelled">;

/** What every report of such a trace says beside its figures; undefined for what was recorded as a whole. */
export function modelledText({ modelled = [] }: Marked): string | undefined {
  if (modelled.length === 0) return undefined;
  return modelled
    .map(({ part, model, seed, from }) => {
      const drawn = seed === null ? "" : `, seed ${seed}`;
      return `${part} ${model}${drawn}${from === null ? "" : ` (${from.identity})`}`;
    })
    .join("; ");
}

/** Refuses a trace that is in part a model's to whoever looks for what a recorded hypervisor did. */
export function checkRecorded(header: Marked, file: string): void {
  const modelled = modelledText(header);
  if (modelled === undefined) return;
  throw new TraplineError(
    "unsupported",
    `is modelled (${modelled}): not all of it is what a hypervisor did`,
    {
      file,
    },
  );
}

/** The same as a field of a result. */
export function modelledField(header: Marked): { readonly modelled?: string } {
  const modelled = modelledText(header);
  return modelled === undefined ? {} : { modelled };
}

const meaning: Readonly<Record<string, string>> = {
  exits:
    "Entries, exits, loads and puts are a model's, laid over what a guest did by itself. The modelled hypervisor takes no time and changes nothing for the guest; shares of all executed are of what the guest executed.",
  writes:
    "The guest's accesses are those of another recording, without what its own hypervisor did and on a clock of its time in the guest alone. The exits come when they came on the other host, whatever this guest did just then: where a guest leaves and switches tasks together, as in WFI, windows with writes are fewer in reality or more. Which CPU it ran on is not carried over.",
  [syntheticPart]:
    "No machine ran this guest: it was made up, for tests of scale and worst cases, and its figures say nothing of a guest that was measured.",
  uses: "The guest was not seen to use pointer authentication; where it first does after it was loaded is a model's. All else was done without it.",
};

/** The same as a note, with what it means for whoever reads the figures; none for a recording. */
export function modelledNotes(header: Marked): string[] {
  const { modelled = [] } = header;
  const text = modelledText(header);
  if (text === undefined) return [];
  const parts = new Set(modelled.map(({ part }) => part));
  return [[`Modelled: ${text}.`, ...[...parts].flatMap((part) => meaningOf(part))].join(" ")];
}

/** A later writer may mark parts that this trapline does not know. */
const meaningOf = (part: string): string[] => (Object.hasOwn(meaning, part) ? [meaning[part]] : []);
