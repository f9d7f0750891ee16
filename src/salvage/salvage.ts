import { copyTables, fieldsOf } from "../modelled/copy.js";
import type { DamagedPart, TraceHeader } from "../trace/header.js";
import { Kind } from "../trace/kinds.js";
import { blockTimes } from "../trace/times.js";
import { wordHasValue, wordKind, wordPlace, wordRegister } from "../trace/word.js";
import { createTraceWriter, type WriterOptions } from "../trace/writer.js";
import type { Piece } from "./locate.js";
import type { Survey } from "./survey.js";

/** What to do about a damaged trace: leave out what is damaged, or all from the first damaged block of events on. */
export type Salvage = "skip" | "stop";

/**
 * Writes the events that can be read as a trace at `output`, whose header says what is missing. Where a block of events
 * is left out stands an event `lost` on every pCPU, the first with their number: as where a recorder lost events, a
 * policy goes on in the state in which it was before. Windows are made anew of the events. Times, places and registers
 * are those of the damaged trace. Returns the header. Throws as a writer does.
 */
export function salvageTrace(
  { header, pieces, damaged, columns }: Survey,
  output: string,
  how: Salvage,
  options: WriterOptions = {},
): TraceHeader {
  const writer = createTraceWriter(output, options);
  try {
    const { registerOf, placeOf } = copyTables(header, writer);
    const last: number[] = [];
    /** Events that are missing before the next: -1 for an unknown number; undefined for no gap. */
    let missing: number | undefined;

    function markGap(): void {
      let count = missing ?? 0;
      missing = undefined;
      for (let pcpu = 0; pcpu < header.pcpus.length; pcpu++) {
        const time = last[pcpu];
        if (time === undefined) continue;
        writer.append(
          Kind.lost,
          0,
          writer.place(pcpu, -1),
          time,
          count > 0,
          count % 2 ** 32,
          Math.floor(count / 2 ** 32),
        );
        count = 0;
      }
    }

    function copy(piece: Extract<Piece, { row: unknown }>): void {
      const all = columns(piece.row);
      const { words, valuesLo, valuesHi } = all;
      const { all: times } = blockTimes(all, header.places);
      for (const { pcpu, time } of all.head.bases) last[pcpu] ??= time;
      if (missing !== undefined) markGap();
      let value = 0;
      words.forEach((word, at) => {
        const has = wordHasValue(word);
        const place = wordPlace(word);
        const [lo, hi] = has ? [valuesLo[value], valuesHi[value]] : [0, 0];
        if (has) value++;
        last[header.places[2 * place]] = times[at];
        writer.append(wordKind(word), registerOf[wordRegister(word)], placeOf[place], times[at], has, lo, hi);
      });
    }

    const said: DamagedPart[] = [...damaged];
    for (const [at, piece] of pieces.entries()) {
      if ("row" in piece) copy(piece);
      else if (how === "skip" || piece.damage.lost === 0) {
        if (piece.damage.lost !== 0) missing = gapWith(missing, piece.damage.lost);
      } else {
        const rest = leftOut(pieces.slice(at + 1));
        if (rest !== undefined) said.push(rest);
        missing = pieces.slice(at).map(eventsOf).reduce<number | undefined>(gapWith, missing);
        break;
      }
    }
    if (missing !== undefined) markGap();
    return writer.finish({ ...fieldsOf(header), ...(said.length === 0 ? {} : { damaged: said }) });
  } finally {
    writer.abort();
  }
}

const eventsOf = (piece: Piece): number | undefined =>
  "row" in piece ? piece.row.events : piece.damage.lost;

/** One unknown number makes the sum unknown. */
const gapWith = (missing: number | undefined, lost: number | undefined): number =>
  lost === undefined || missing === -1 ? -1 : (missing ?? 0) + lost;

/** Blocks that can be read and are not, behind the damage. */
function leftOut(pieces: readonly Piece[]): DamagedPart | undefined {
  const rows = pieces.flatMap((piece) => ("row" in piece ? [piece.row] : []));
  if (rows.length === 0) return undefined;
  const sum = (of: "bytes" | "events"): number => rows.reduce((total, row) => total + row[of], 0);
  const what = `left out behind the damage, ${rows.length} ${rows.length === 1 ? "block" : "blocks"}`;
  return { part: "events", what, offset: rows[0].offset, bytes: sum("bytes"), lost: sum("events") };
}
