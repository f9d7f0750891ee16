import type { DamagedPart, TraceHeader } from "./header.js";

type Marked = Pick<TraceHeader, "damaged" | "source">;

/** Whether events are missing: damage may have cost none, where what it hit could be made again. */
export const isIncomplete = ({ damaged = [] }: Marked): boolean => damaged.some(({ lost }) => lost !== 0);

/** As a field of a result. */
export const damagedField = ({
  damaged,
}: Marked): {
  readonly damaged?: readonly DamagedPart[];
} => (damaged === undefined ? {} : { damaged });

/** The mark of figures that lack events; none where all are in them. */
export const incompleteField = (header: Marked): { readonly complete?: false } =>
  isIncomplete(header) ? { complete: false } : {};

/** Where it was in the damaged file. */
export const damagedPlace = ({ block, offset, bytes }: DamagedPart): string =>
  (block === undefined ? "" : `block ${block}, `) +
  (bytes === 0 ? `byte ${offset}` : `bytes ${offset} to ${offset + bytes}`);

/** What a reader of figures must know of it. */
export function damagedNotes(header: Marked): string[] {
  const { damaged = [], source } = header;
  if (damaged.length === 0) return [];
  const known = damaged.reduce((sum, { lost = 0 }) => sum + lost, 0);
  const parts = damaged.filter(({ lost }) => lost !== 0);
  if (parts.length === 0) {
    return [
      `${source.name}: ${damaged.map(({ part }) => part).join(", ")} of the trace damaged, and made again: no event is missing.`,
    ];
  }
  const unknown = parts.some(({ lost }) => lost === undefined);
  const where = parts.map(({ offset, bytes }) => `${offset} to ${offset + bytes}`).join(", ");
  return [
    `Incomplete: ${unknown ? "more than " : ""}${known} events of ${source.name} are missing, where the trace is damaged (bytes ${where}). Behind each gap every vCPU goes on in the state in which it was before; per gap, context and group up to one trap, and one save and one restore of each register, may be counted too many or too few beside what was lost (policies that learn, and tvm, may differ for longer).`,
  ];
}
