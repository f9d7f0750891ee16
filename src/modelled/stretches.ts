import { Kind } from "../trace/kinds.js";
import { traceEvents } from "../trace/events.js";
import type { Trace } from "../trace/reader.js";
import type { Leaving, Stretch } from "./model.js";

const isBetween = (kind: number): boolean =>
  kind === Kind.runStart || kind === Kind.runEnd || kind === Kind.load || kind === Kind.put;

const isExit = (kind: number): kind is Leaving["kind"] => kind === Kind.fullExit || kind === Kind.fastExit;

/**
 * What a recorded hypervisor did with a vCPU, as a model can repeat it: each stretch from an entry to the next exit
 * on the same pCPU, and what came between that exit and the next entry. Where events are missing in between, at
 * the recording's end for one, the vCPU stays loaded and its run ends and begins.
 */
export function* recordedStretches(trace: Trace, vcpu: number): Generator<Stretch> {
  const { places, registers, capabilities } = trace.header;
  // One object for all exits that are alike.
  const leavings = new Map<string, Leaving>();
  let entry: { readonly place: number; readonly time: number } | undefined;
  let left: { readonly length: number; readonly leaving: Omit<Leaving, "between"> } | undefined;
  let between: number[] = [];

  function finished(last: NonNullable<typeof left>): Stretch {
    const { length, leaving } = last;
    const { kind, encoding, value } = leaving;
    const did = betweenOf(kind, between, capabilities.runs);
    const key = `${kind} ${encoding} ${value?.join(":")} ${did.join(" ")}`;
    let found = leavings.get(key);
    if (found === undefined) {
      // Values may all be different: what is kept to save memory must not take it.
      if (leavings.size >= mostLeavings) leavings.clear();
      leavings.set(key, (found = { ...leaving, between: did }));
    }
    return { length, leaving: found };
  }

  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    if (places[2 * place + 1] !== vcpu) continue;
    if (kind === Kind.entry) {
      if (left !== undefined) yield finished(left);
      left = undefined;
      entry = { place, time };
    } else if (isExit(kind)) {
      if (left !== undefined) yield finished(left);
      left = undefined;
      between = [];
      if (entry?.place === place && time >= entry.time) {
        const encoding = register === 0 ? -1 : registers[register];
        const value = hasValue ? ([lo, hi] as const) : undefined;
        left = { length: time - entry.time, leaving: { kind, encoding, value } };
      }
      entry = undefined;
    } else if (isBetween(kind) && left !== undefined && between.length < mostBetween) between.push(kind);
  }
  between = [];
  if (left !== undefined) yield finished(left);
}

const mostLeavings = 1 << 12;
const mostBetween = 1 << 10;

/** What came between an exit and an entry, if the one leads to the other; else the least that does. */
function betweenOf(exit: Leaving["kind"], seen: readonly number[], runs: boolean): readonly number[] {
  if (exit === Kind.fastExit) return [];
  const kinds = runs ? seen : [Kind.runEnd, ...seen, Kind.runStart];
  let state: "running" | "loaded" | "out" = "running";
  for (const kind of kinds) {
    if (state === "running" && kind === Kind.runEnd) state = "loaded";
    else if (state === "loaded" && kind === Kind.put) state = "out";
    else if (state === "out" && kind === Kind.load) state = "loaded";
    else if (state === "loaded" && kind === Kind.runStart) state = "running";
    else return least;
  }
  return state === "running" && kinds.length > 0 ? kinds : least;
}

const least = [Kind.runEnd, Kind.runStart];
