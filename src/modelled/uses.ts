import { TraplineError } from "../errors.js";
import { Kind } from "../trace/kinds.js";
import { wholeNumber } from "./puts.js";

/** Where a guest that was not seen to use pointer authentication is said to use it first. */
export interface UseModel {
  /** As it is asked for, in full. */
  readonly text: string;
  /** After the first entry that follows such an event. */
  readonly after: typeof Kind.load | typeof Kind.runStart;
  /** Of each so many of them of a vCPU, the last. */
  readonly every: number;
}

const forms = "pauth=load, pauth=run, and ,every=N";

/** The model that `--uses` names. Throws TraplineError "usage". */
export function useModel(text: string): UseModel {
  const [, point, count] = /^pauth=(load|run)(?:,every=([^,]*))?$/.exec(text) ?? [];
  if (point === undefined) throw new TraplineError("usage", `--uses takes ${forms}, not "${text}"`);
  const every = count === undefined ? 1 : wholeNumber(count, "every", "--uses");
  return {
    text: `pauth=${point}${every === 1 ? "" : `,every=${every}`}`,
    after: point === "load" ? Kind.load : Kind.runStart,
    every,
  };
}
