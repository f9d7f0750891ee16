import { syntheticPart } from "../trace/synthetic.js";
import { modeText } from "./mode-text.js";
import type { VerdictRow } from "./verdict-row.js";

/** A number with three digits that count, without an exponent. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toString();
  return Number(value.toPrecision(3)).toString();
}

const thousands = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
] as const;

/** The same in little room: thousands as k, millions as M, thousand millions as G. */
export function short(value: number): string {
  const [size, letter] = thousands.find(([least]) => Math.abs(value) >= 0.9995 * least) ?? [1, ""];
  return `${Number((value / size).toPrecision(3))}${letter}`;
}

/** A share as per cent: two digits that count, however small it is. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value === 0) return "0 %";
  const digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(value))));
  return `${value.toFixed(Math.min(12, digits))} %`;
}

/** A share of draws, rounded down: 100 % is said of nothing less. */
export const confidence = (share: number): string => `${Math.floor(1000 * share) / 10} %`;

/** At this share of the draws a sign is called likely; at all corners and draws it is called sure. */
const likelyShare = 0.95;

/** What a sentence is about: a recording, one with modelled parts, or a trace that was made up as a whole. */
export function traceText({ modelled }: { readonly modelled?: string }): string {
  if (modelled === undefined) return "on this recording";
  return modelled.startsWith(`${syntheticPart} `)
    ? `on this trace, which is ${modelled},`
    : `on this recording under modelled ${modelled}`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The verdict in a sentence: what was counted, what it is worth, and how sure the sign is. */
export function verdictSentence(row: Omit<VerdictRow, "sentence">): string {
  const { policy, group, profile, unit, traps, savesElided, windows, difference } = row;
  const what = group === null ? policy : `${policy} (${group})`;
  const where = modeText(row);
  const on = capital(traceText(row));
  const counted =
    row.undefinedAccesses > 0
      ? `${row.undefinedAccesses} accesses would be UNDEFINED: this guest uses what ${policy} hides, and breaks`
      : countedText(traps, savesElided, group === null ? 0 : windows);
  const { likely } = difference;
  if (likely === 0 && row.sameSign === 1) {
    return `${on} (${where}), ${what}: ${counted}; at ${profile} prices it costs what eager costs.`;
  }
  const share = row.shareOfAll === null ? "" : ` (${percent(Math.abs(row.shareOfAll))} of all executed)`;
  const amount = `${figure(Math.abs(likely))} ${unit} ${likely < 0 ? "less" : "more"} than eager${share}`;
  return `${on} (${where}), ${what}: ${counted}; at ${profile} prices it costs ${amount}; ${certainty(row)}.`;
}

/** @param windows - 0 where groups have different ones */
function countedText(traps: number, savesElided: number, windows: number): string {
  const where = windows > 0 ? ` in ${windows} windows` : "";
  return savesElided < 0
    ? `${traps} traps and ${-savesElided} more saves${where}`
    : `${traps} traps for ${savesElided} elided saves${where}`;
}

/** What an adaptive policy promises whatever the guest does; undefined for others. */
export function boundSentence({
  policy,
  group,
  unit,
  bound,
}: Pick<VerdictRow, "policy" | "group" | "unit" | "bound">): string | undefined {
  if (bound === null) return undefined;
  const what = group === null ? policy : `${policy} (${group})`;
  if (bound.ratio === Infinity) {
    return `No bound holds for ${what}: at these prices a window can cost its oracle nothing.`;
  }
  return `On no guest does ${what} cost more than ${figure(bound.ratio)} times what its oracle costs, and ${figure(bound.added)} ${unit}.`;
}

function certainty({ sameSign, cornersSameSign }: Omit<VerdictRow, "sentence">): string {
  if (sameSign === 1 && cornersSameSign === 1)
    return "the sign is the same at every price in the profile's ranges";
  const draws = `in ${confidence(sameSign)} of the draws from its ranges`;
  return sameSign >= likelyShare
    ? `the sign is the same ${draws}, though not at every price`
    : `that is not settled: the sign is the same only ${draws}`;
}
