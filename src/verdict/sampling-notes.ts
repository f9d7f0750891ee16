import { recordedName } from "./recorded-profile.js";
import { leastRecordings, type PooledRow } from "./pooled.js";
import type { RateIntervals } from "./rate-interval.js";
import type { VerdictRow } from "./verdict-row.js";

/** What the intervals of these rows assume. */
export function samplingNotes(rows: readonly VerdictRow[], pooled: readonly PooledRow[]): string[] {
  const methods = new Set(
    [...rows, ...pooled].flatMap(({ interval }) => (interval === null ? [] : [interval.method])),
  );
  const has = (...some: readonly RateIntervals["method"][]): boolean =>
    some.some((each) => methods.has(each));
  const notes: string[] = [];
  if (has("bootstrap", "both")) {
    notes.push(
      "Intervals by bootstrap: of each vCPU's windows, blocks of neighbours are drawn again (circular; as long as the rule of Politis and White says). They take a rate to be the same all through a recording, but for chance; `trapline replay --interval` shows whether it is.",
    );
  }
  if (has("clopper-pearson", "both")) {
    notes.push(
      "Where fewer than ten windows trap, or all but fewer than ten, the interval holds that of Clopper and Pearson too (both), and is theirs alone where none or all trap (exact): it takes windows for independent, and of none in n goes to 1 - 0.05^(1/n), about 3/n.",
    );
  }
  if (methods.size > 0) {
    notes.push(
      "Intervals are about chance in what was recorded, at the likely prices. What prices do is said by the draws; what another guest does, by none of this.",
    );
  }
  if (has("recordings")) {
    notes.push(
      "Of several recordings together: whole recordings are drawn again, as if they were a sample of such guests. With few of them such an interval is coarse, and mostly too narrow.",
    );
  }
  if (pooled.some(({ profile }) => profile === recordedName)) {
    notes.push(
      "Recordings together, at recorded prices: each is priced at its own, and the costs are added.",
    );
  }
  if (pooled.length > 0 && !has("recordings") && methods.size > 0) {
    notes.push(`Several recordings together have an interval where there are ${leastRecordings} or more.`);
  }
  return notes;
}
