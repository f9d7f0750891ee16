import { TraplineError } from "../errors.js";
import { tableOfRows } from "../trace/table.js";
import { createBlockReader, type BlockColumns } from "../trace/block-reader.js";
import type { BlockRow, DamagedPart, TraceHeader } from "../trace/header.js";
import { openRanges } from "../trace/ranges.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { blockTimes } from "../trace/times.js";
import { locateBlocks, type Piece } from "./locate.js";

/** What of a trace can be read. */
export interface Survey {
  readonly header: TraceHeader;
  /** Blocks of events and damaged stretches that may have been some, in order. */
  readonly pieces: readonly Piece[];
  /** All that is damaged. */
  readonly damaged: readonly DamagedPart[];
  /** The columns of a block that is a piece. */
  readonly columns: (row: BlockRow) => BlockColumns;
  readonly close: () => void;
}

/**
 * Reads a trace whole and says what of it is damaged. Throws TraplineError where nothing of it can be used: "input" for
 * what is no trace, "unsupported" for a later version, "corrupt" for a header that is damaged.
 */
export function surveyTrace(path: string): Survey {
  let trace: Trace;
  try {
    trace = openTrace(path);
  } catch (error) {
    if (!(error instanceof TraplineError) || error.code !== "corrupt") throw error;
    return surveyBroken(path);
  }
  try {
    const { header } = trace;
    const blocks = [...trace.blocks];
    const numbers = new Map(blocks.map((row, block) => [row.offset, block]));
    const columns = (row: BlockRow): BlockColumns => trace.columns(numbers.get(row.offset) ?? -1);
    const damaged: DamagedPart[] = [];
    const pieces = blocks.map((row) => lookAt({ row }, header, columns, damaged, numbers));
    return {
      header,
      pieces,
      damaged: [...damaged, ...damagedWindows(trace)],
      columns,
      close: () => trace.close(),
    };
  } catch (error) {
    trace.close();
    throw error;
  }
}

function surveyBroken(path: string): Survey {
  const { size, readAt, close } = openRanges(path);
  try {
    const { header, pieces, damaged } = locateBlocks(path, size, readAt);
    const rows = pieces.flatMap((piece) => ("row" in piece ? [piece.row] : []));
    const numbers = new Map(rows.map((row, block) => [row.offset, block]));
    const reader = createBlockReader(path, header, tableOfRows(rows), readAt);
    const columns = (row: BlockRow): BlockColumns => reader.columns(numbers.get(row.offset) ?? -1);
    const all = [...damaged];
    const looked = pieces.map((piece) => lookAt(piece, header, columns, all, numbers));
    return { header, pieces: looked, damaged: all, columns, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A piece, or the damage that it turns out to be. */
function lookAt(
  piece: Piece,
  { places }: TraceHeader,
  columns: (row: BlockRow) => BlockColumns,
  damaged: DamagedPart[],
  numbers: ReadonlyMap<number, number>,
): Piece {
  if ("damage" in piece) {
    damaged.push(piece.damage);
    return piece;
  }
  const { offset, bytes, events } = piece.row;
  const what = troubleIn(() => {
    const { wrong } = blockTimes(columns(piece.row), places);
    if (wrong >= 0) throw new TraplineError("corrupt", `the time of event ${wrong} is wrong`);
  });
  if (what === undefined) return piece;
  const block = numbers.get(offset);
  const number = block === undefined ? {} : { block };
  const damage = { part: "events", what: what.message, ...number, offset, bytes, lost: events };
  damaged.push(damage);
  return { damage };
}

/** Windows and dictionaries that cannot be read: they can be made again of the events. */
function damagedWindows(trace: Trace): DamagedPart[] {
  const part = (name: string, error: TraplineError, bytes: number): DamagedPart => {
    return { part: name, what: error.message, offset: error.place.offset ?? 0, bytes, lost: 0 };
  };
  const found = troubleIn(() => trace.windows());
  if (found !== undefined) return [part("dictionary", found, 0)];
  const { blocks, read } = trace.windows();
  return [...blocks].flatMap((_, block) => {
    const trouble = troubleIn(() => read(block));
    return trouble === undefined ? [] : [part("windows", trouble, 0)];
  });
}

function troubleIn(work: () => unknown): TraplineError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
}
