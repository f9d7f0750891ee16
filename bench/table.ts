import { isMeasured, median, type Outcome } from "./case.js";

const billions = 1e9;

/** Amount a second, with a unit that fits. */
function rateOf(amount: number, unit: string, seconds: number): string {
  if (amount === 0) return "";
  const rate = amount / seconds;
  return rate >= billions
    ? `${(rate / billions).toFixed(2)} G ${unit}/s`
    : `${(rate / 1e6).toFixed(1)} M ${unit}/s`;
}

/** One table of all outcomes, as Markdown. */
export function outcomeTable(outcomes: readonly Outcome[]): string {
  const head = ["input", "case", "seconds", "least", "most", "rate", "peak MB", "limited by"];
  const rows = outcomes.map((outcome) => {
    const { input, name } = outcome;
    if (!isMeasured(outcome)) return [input, name, outcome.why, "", "", "", "", ""];
    const { seconds, amount, unit, peak, limit } = outcome;
    const middle = median(seconds);
    const times = [middle, seconds[0], seconds[seconds.length - 1]].map((each) => each.toFixed(3));
    return [
      input,
      name,
      ...times,
      rateOf(amount, unit, middle),
      peak === undefined ? "" : peak.toFixed(0),
      limit,
    ];
  });
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
