import { TraplineError } from "../errors.js";
import { createScratch, type Scratch } from "./scratch.js";

/** What a command does its work with: a signal that says stop, and what must be cleaned up whatever happens. */
export interface Session {
  readonly signal: AbortSignal;
  readonly scratch: Scratch;
}

export function createSession(signal: AbortSignal): Session {
  return { signal, scratch: createScratch() };
}

/** What `work` gives, unless the user says stop first: a read from a silent pipe cannot be called back. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const interrupted = (): TraplineError => new TraplineError("interrupted", "interrupted");
  if (signal.aborted) throw interrupted();
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(interrupted());
  });
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
