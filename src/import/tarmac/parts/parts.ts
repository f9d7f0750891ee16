import { setImmediate } from "node:timers/promises";
import type { OpenFile } from "../../input/source.js";
import { units } from "../clock.js";
import type { TarmacScanner } from "../scan.js";
import { startHelpers, type Helpers } from "./helpers.js";
import { parsePart } from "./parse-part.js";
import { readPart } from "./read-part.js";
import { claim, Control, createShared, Field, viewSlots, wake, type Slot } from "./slot.js";

/** The parts of a text, read by several threads and taken by this one in their order. */
export interface Parts {
  readonly slotCount: number;
  slot(part: number): Slot;
  /** Parts below `limit` may be worked on. */
  allow(limit: number): void;
  /** Whether the part whose turn it is can be taken without waiting for another thread. */
  isReady(): boolean;
  /** Takes the part whose turn it is; works on others while that is not ready. Returns whether the text ends there. */
  takeNext(): Promise<boolean>;
  /** How many parts were taken. */
  taken(): number;
  /** Ends the other threads. */
  stop(): Promise<void>;
}

/**
 * @param threads - This one among them. The others are started once the unit of time is known.
 * @param file - Where parts are read from; undefined if their text is put into the slots.
 */
export function createParts(
  scanner: TarmacScanner,
  threads: number,
  file: OpenFile | undefined,
  partBytes: number,
): Parts {
  const slotCount = 2 * threads + 2;
  const shared = createShared(slotCount, partBytes);
  const control = new Int32Array(shared.control);
  const slots = viewSlots(shared);
  let helpers: Helpers | undefined;
  let taken = 0;

  const isRecorded = (): boolean => Atomics.load(slots[taken % slotCount].head, Field.ready) === taken + 1;

  function help(): void {
    const unit = units.indexOf(scanner.unit());
    if (unit < 0) return;
    control[Control.unit] = unit;
    helpers = startHelpers(threads - 1, { ...shared, file });
  }

  /** Works on a part or waits for one. Returns whether the part whose turn it is was read into its slot. */
  async function work(): Promise<boolean> {
    const part = claim(control);
    if (part < 0) {
      await helpers?.arrival();
      return false;
    }
    const slot = slots[part % slotCount];
    if (file !== undefined) readPart(file, part, slot);
    // Nobody will wait for its records: its lines are read when it is taken, which is a moment from now.
    if (part === taken) return true;
    parsePart(slot, control[Control.unit]);
    Atomics.store(slot.head, Field.ready, part + 1);
    return false;
  }

  return {
    slotCount,
    slot: (part) => slots[part % slotCount],
    allow(limit) {
      Atomics.store(control, Control.limit, limit);
      wake(control);
    },
    isReady: isRecorded,
    async takeNext() {
      let recorded = isRecorded();
      while (!recorded && !(await work())) recorded = isRecorded();
      const slot = slots[taken % slotCount];
      scanner.take(slot, recorded);
      const last = slot.head[Field.last] === 1;
      taken++;
      if (helpers === undefined && !last) help();
      // Lets signals and messages in, and whoever shows progress.
      await setImmediate();
      return last;
    },
    taken: () => taken,
    async stop() {
      Atomics.store(control, Control.closed, 1);
      wake(control);
      await helpers?.stop();
    },
  };
}
