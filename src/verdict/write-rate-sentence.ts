import { modeText } from "./mode-text.js";
import { figure, percent, traceText } from "./sentence.js";
import type { RateRange, WriteRateRow } from "./write-rate-row.js";

/** A bound on a rate in words; `always` and `never` have no number. */
export function rateText(value: number, show: (value: number) => string): string {
  return value === Infinity ? "any" : value === 0 ? "none" : show(value);
}

const span = ({ p5, p95 }: RateRange, show: (value: number) => string): string =>
  `${rateText(p5, show)} to ${rateText(p95, show)} in 90 % of the draws of prices`;

/** What such a trace can say of a group, in a sentence that can be quoted. */
export function writeRateSentence(row: Omit<WriteRateRow, "sentence">): string {
  const { registers, profile, share, writesPerSecond, loadsPerSecond, windowsPerSecond } = row;
  const of = row.modelled === undefined ? "on this host" : traceText(row);
  const where = `${of} (${modeText(row)}; ${hostText(loadsPerSecond, windowsPerSecond, row)})`;
  const what = registers.join("+");
  if (share.likely === Infinity) {
    return `${what}: dirty-save wins ${where} at every write rate: at ${profile} prices even a write in each window pays; ${span(share, percent)} of windows.`;
  }
  if (share.likely === 0) {
    return `${what}: dirty-save wins ${where} at no write rate: at ${profile} prices it costs no less even if the guest never writes.`;
  }
  const windows = `${percent(share.likely)} of windows with a write (${span(share, percent)})`;
  if (writesPerSecond === null) {
    return `${what}: dirty-save wins ${where} below ${windows}, at ${profile} prices; the clock does not tell how many that are per second.`;
  }
  return `${what}: dirty-save wins ${where} below ${figure(writesPerSecond.likely)} writes per second and vCPU (${span(writesPerSecond, figure)}), at ${profile} prices: ${windows}.`;
}

function hostText(
  loads: number | null,
  windows: number | null,
  { windows: count, windowsEndAt }: Pick<WriteRateRow, "windows" | "windowsEndAt">,
): string {
  const rates = [
    ...(loads === null ? [] : [`${figure(loads)} loads and puts`]),
    ...(windows === null || windowsEndAt === "put" ? [] : [`${figure(windows)} runs`]),
  ];
  return rates.length === 0 ? `${count} windows` : `${rates.join(" and ")} per second and vCPU`;
}
