import type { TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { modelledNotes, modelledText } from "../trace/modelled.js";
import { modeText } from "./import.js";
import { textList } from "./text-table.js";

/** A trace that was made of two, by the names that the user knows. */
export interface Joined {
  readonly writes: string;
  readonly exits: string;
  readonly output: string;
  readonly header: TraceHeader;
}

const countsOf = ({
  tally,
}: TraceHeader): Readonly<Record<"accesses" | "exits" | "loads" | "puts", number>> => {
  const sum = (...kinds: readonly number[]): number =>
    tally.reduce((total, [kind, , , count]) => (kinds.includes(kind) ? total + count : total), 0);
  return {
    accesses: sum(Kind.guestWrite, Kind.guestRead, Kind.emulatedWrite, Kind.emulatedRead),
    exits: sum(Kind.fullExit, Kind.fastExit),
    loads: sum(Kind.load),
    puts: sum(Kind.put),
  };
};

/** What was laid over what, and that the result is a model's. */
export function joinText({ writes, exits, output, header }: Joined): string {
  const { accesses, exits: left, loads, puts } = countsOf(header);
  const rows: [string, string][] = [
    ["writes", `${accesses} accesses of ${header.vcpus.length} vCPUs, of ${writes}`],
    ["exits", `${left} exits, ${loads} loads, ${puts} puts, of ${exits}: ${modeText(header)}`],
    ["marked", modelledText(header) ?? ""],
    ...modelledNotes(header).map((note): [string, string] => ["note", note]),
  ];
  return `${writes} + ${exits} -> ${output}\n${textList(rows)}`;
}

export function joinJson({ writes, exits, output, header }: Joined): Readonly<Record<string, unknown>> {
  return {
    schema: "trapline.join/1",
    writes,
    exits,
    output,
    events: countsOf(header),
    mode: header.mode,
    modelled: header.modelled,
  };
}
