import { createScratch, type Scratch } from "./scratch.js";

/** What a command does its work with: a signal that says stop, and what must be cleaned up whatever happens. */
export interface Session {
  readonly signal: AbortSignal;
  readonly scratch: Scratch;
}

export function createSession(signal: AbortSignal): Session {
  return { signal, scratch: createScratch() };
}
