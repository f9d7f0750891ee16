import { TraplineError } from "../errors.js";
import type { TraceHeader } from "../trace/header.js";
import type { Stretch } from "./model.js";

/**
 * How many clock units of the trace under `--exits` one of the other trace's is: a number, or `fit`, by which both
 * guests take the same time in all.
 */
export type Scale = number | "fit";

/** Takes `,scale=S` off the end of a model's text. Throws TraplineError "usage". */
export function splitScale(text: string): { readonly value: string; readonly scale: Scale | undefined } {
  const [, value, scale] = /^(.*),scale=([^,]*)$/s.exec(text) ?? [];
  return scale === undefined
    ? { value: text, scale: undefined }
    : { value, scale: scaleOf(scale, "--exits") };
}

/** Throws TraplineError "usage". */
export function scaleOf(text: string, option: string): Scale {
  if (text === "fit") return "fit";
  const value = /^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && Number.isFinite(value)) return value;
  throw new TraplineError("usage", `${option}: scale= takes fit or a number above 0, not "${text}"`);
}

/** The scale as a number. `other`: clock units that the vCPUs which are taken spent in their guests, all together. */
export function scaleFor(scale: Scale, own: TraceHeader, other: number): number {
  if (scale !== "fit") return scale;
  // A guest without a hypervisor is in itself from its CPU's first event to its last.
  const used = new Set(own.places.filter((_, at) => at % 2 === 0 && own.places[at + 1] >= 0));
  const time = [...used].reduce((sum, pcpu) => sum + own.pcpus[pcpu].last - own.pcpus[pcpu].first, 0);
  return time / other;
}

/** The same stretches on the other clock: whole numbers whose sums keep what rounding leaves. */
export function* scaled(stretches: Iterable<Stretch>, scale: number): Generator<Stretch> {
  let rest = 0;
  for (const { length, leaving } of stretches) {
    const exact = length * scale + rest;
    const whole = Math.floor(exact);
    rest = exact - whole;
    yield { length: whole, leaving };
  }
}
