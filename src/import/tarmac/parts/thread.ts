import type { MessagePort } from "node:worker_threads";
import { errorRecord, TraplineError, type ErrorRecord } from "../../../errors.js";
import type { OpenFile } from "../../input/source.js";
import { parsePart } from "./parse-part.js";
import { readPart } from "./read-part.js";
import { claim, Control, Field, viewSlots, type Shared } from "./slot.js";

/** What a helping thread is started with. */
export interface ThreadData extends Shared {
  /** The file that parts are read from; undefined if their text is put into the slots. */
  readonly file: OpenFile | undefined;
}

/** What a thread tells: a part is ready, or its file cannot be read. */
export type ThreadMessage = { readonly part: number } | { readonly error: ErrorRecord };

/** Works on parts until told that there will be no more; tells of each that is ready. */
export function workOnParts(data: ThreadData, port: MessagePort): void {
  const tell = (message: ThreadMessage): void => port.postMessage(message);
  try {
    work(data, (part) => tell({ part }));
  } catch (error) {
    if (!(error instanceof TraplineError)) throw error;
    tell({ error: errorRecord(error) });
  }
}

function work(data: ThreadData, tell: (part: number) => void): void {
  const { file } = data;
  const control = new Int32Array(data.control);
  const slots = viewSlots(data);
  for (;;) {
    // Before the look at the parts, so that nothing is missed between that and the wait.
    const seen = Atomics.load(control, Control.wake);
    const part = claim(control);
    if (part >= 0) {
      const slot = slots[part % slots.length];
      if (file !== undefined) readPart(file, part, slot);
      parsePart(slot, control[Control.unit]);
      Atomics.store(slot.head, Field.ready, part + 1);
      tell(part);
    } else if (Atomics.load(control, Control.closed) === 1) {
      return;
    } else {
      Atomics.wait(control, Control.wake, seen);
    }
  }
}
