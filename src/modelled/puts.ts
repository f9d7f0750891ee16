import { TraplineError } from "../errors.js";
import { Kind } from "../trace/kinds.js";
import type { Leaving, Stretch } from "./model.js";

/**
 * Full exits for each put where a model is not told. A Linux guest with two vCPUs that booted under KVM and ran a
 * small workload, a CPU for each: 11,298 full exits and 3,344 puts, one in 3.4 (traces/kvm-vhe.tarmac.zst is its
 * beginning). Another one, that did more: 8,967 and 1,787, one in 5.0 (chatty-vhe).
 */
export const defaultPut = 3;

/** An exit for no reason in particular, after which the vCPU stays loaded. */
export const plainExit: Leaving = {
  kind: Kind.fullExit,
  encoding: -1,
  value: undefined,
  between: [Kind.runEnd, Kind.runStart],
};

/** Takes `,put=M` off the end of a model's text. Throws TraplineError "usage". */
export function splitPut(text: string): { readonly value: string; readonly put: number | undefined } {
  const match = /^(.*),put=([^,]*)$/s.exec(text);
  if (match === null) return { value: text, put: undefined };
  const [, value, put] = match;
  return { value, put: wholeNumber(put, "put") };
}

/** A whole number from 1 on, such as 250000 or 1e6. */
export function wholeNumber(text: string, what: string, option = "--exits"): number {
  const value = /^\d+(?:\.\d+)?(?:e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TraplineError("usage", `${option}: ${what}= takes a whole number from 1, not "${text}"`);
}

/** Puts and loads the vCPU again at each `every`-th full exit. */
export function* withPuts(stretches: Iterable<Stretch>, every: number): Generator<Stretch> {
  const put = new Map<Leaving, Leaving>();
  let exits = 0;
  for (const stretch of stretches) {
    const { length, leaving } = stretch;
    if (leaving.kind === Kind.fastExit || ++exits % every !== 0) {
      yield stretch;
      continue;
    }
    let longer = put.get(leaving);
    if (longer === undefined) {
      const [end, ...rest] = leaving.between;
      put.set(leaving, (longer = { ...leaving, between: [end, Kind.put, Kind.load, ...rest] }));
    }
    yield { length, leaving: longer };
  }
}
