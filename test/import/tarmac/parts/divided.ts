import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TraplineError } from "#src/errors.js";
import type { OpenFile } from "#src/import/input/source.js";
import { createRecorder } from "#src/import/machine/recorder.js";
import { createWorld } from "#src/import/machine/world.js";
import { units } from "#src/import/tarmac/clock.js";
import { createCutter } from "#src/import/tarmac/parts/cutter.js";
import { parsePart } from "#src/import/tarmac/parts/parse-part.js";
import { readPart } from "#src/import/tarmac/parts/read-part.js";
import { scanText } from "#src/import/tarmac/parts/scan-text.js";
import { createShared, Field, viewSlots, type Slot } from "#src/import/tarmac/parts/slot.js";
import { createTarmacScanner, type TarmacOptions, type TarmacScanner } from "#src/import/tarmac/scan.js";
import { collector, type Collected } from "../../machine/collect.js";

/** How a text is divided. */
export interface Way {
  /** Bytes of a part. */
  readonly part: number;
  /** Threads that work on it as they come; 0: in this one, each part as `recorded` says. */
  readonly threads: number;
  /** Of which parts in turn the records are made before they are taken. */
  readonly recorded?: readonly boolean[];
  /** Where the pieces of a stream end; undefined for a file. */
  readonly pieces?: readonly number[] | undefined;
}

/** All that reading a text came to; or the error that ended it. */
export type Outcome = { readonly events: readonly Collected[]; readonly summaries: unknown } | string;

/** What becomes of a text: that nothing depends on the way is what the tests are about. */
export async function outcomeOf(
  folder: string,
  bytes: Uint8Array,
  way: Way,
  options: Partial<TarmacOptions> = {},
): Promise<Outcome> {
  const { writer, events } = collector();
  const world = createWorld(createRecorder(writer));
  const scanner = createTarmacScanner(world, { name: "test.tarmac", onError: "fail", ...options });
  const name = join(folder, "text.tarmac");
  // One thread reads a file as a stream.
  const ends = way.pieces ?? (way.threads === 1 ? [] : undefined);
  const pieces = ends === undefined ? undefined : cut(bytes, ends);
  let descriptor = -1;
  try {
    if (pieces === undefined) {
      writeFileSync(name, bytes);
      descriptor = openSync(name, "r");
    }
    const file = pieces === undefined ? { descriptor, name, size: bytes.length } : undefined;
    if (way.threads === 0) {
      const slots = viewSlots(createShared(2, way.part));
      const take = taker(scanner, way.recorded ?? [true]);
      if (file === undefined) await takeStream(pieces ?? [], slots, take);
      else takeFile(file, slots, take);
    } else {
      const chunks = toAsync(pieces ?? []);
      const whole = (): Promise<never> => Promise.reject(new Error("a text is read as chunks"));
      const recording = { chunks, file, whole, others: async () => [], onRead: () => undefined };
      await scanText(scanner, recording, way.threads, { enough: 1, part: way.part });
    }
    const text = scanner.finish();
    return { events, summaries: { text, machine: world.finish() } };
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    return JSON.stringify([error.code, error.message, error.place]);
  } finally {
    if (descriptor >= 0) closeSync(descriptor);
  }
}

type Take = (slot: Slot) => void;

/** Takes parts as `Parts` does: with records once the unit is known. */
function taker(scanner: TarmacScanner, recorded: readonly boolean[]): Take {
  let part = 0;
  return (slot) => {
    const unit = units.indexOf(scanner.unit());
    const isRecorded = unit >= 0 && recorded[part++ % recorded.length];
    if (isRecorded) parsePart(slot, unit);
    scanner.take(slot, isRecorded);
  };
}

function takeFile(file: OpenFile, [slot]: readonly Slot[], take: Take): void {
  for (let part = 0; ; part++) {
    readPart(file, part, slot);
    take(slot);
    if (slot.head[Field.last] === 1) return;
  }
}

async function takeStream(pieces: Iterable<Uint8Array>, slots: readonly Slot[], take: Take): Promise<void> {
  const cutter = createCutter(slots[0]);
  let part = 0;
  for await (const piece of toAsync(pieces)) {
    for (let at = cutter.add(piece, 0); at < piece.length; at = cutter.add(piece, at)) {
      cutter.next(slots[(part + 1) % 2]);
      take(slots[part % 2]);
      part++;
    }
  }
  cutter.end();
  take(slots[part % 2]);
}

/** Pieces that are valid only until the next is asked for, as those of `openInput` are. */
function* cut(bytes: Uint8Array, at: readonly number[]): Generator<Uint8Array, void> {
  const ends = [...new Set(at)].toSorted((a, b) => a - b);
  for (const [each, from] of [0, ...ends].entries()) {
    const piece = Uint8Array.from(bytes.subarray(from, ends[each] ?? bytes.length));
    yield piece;
    piece.fill(0x7e);
  }
}

async function* toAsync(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
