import { costChart } from "../../report/html/charts/cost.js";
import { percent } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { Question } from "../question.js";
import { traceOf } from "../recordings.js";
import { costTable, differenceColumns } from "../tables.js";
import {
  countOf,
  greatestShare,
  interval,
  list,
  many,
  outcomeOf,
  recordingOf,
  tally,
  worth,
} from "../words.js";

/** The reviewer's first question, of the patch as it was posted and of a guest that boots and works. */
export const benefit: Question = {
  id: "benefit",
  title: "Does save elision benefit a VM at all?",
  raised:
    'O. Upton, 1 March 2024: "Is there any data beyond a microbenchmark to suggest save elision benefits the VM at all?"',
  async answer(ask) {
    const { rows } = await ask.verdict(
      traceOf("kvm-vhe"),
      traceOf("kvm-nvhe"),
      "-p",
      "dirty-pie",
      "--cost",
      "neoverse-n1,apple-m1,instructions",
    );
    const first = rows.filter(({ profile }) => profile === rows[0].profile);
    return {
      short: shortAnswer(rows),
      text: [
        `The posted patch makes PIR_EL1 and PIRE0_EL1 one group. ${first.map(counted).join(" ")}`,
        `${rarely(first)}Saved are an \`MRS\` and a store per register; spent are the traps, and a test of a dirty bit and a branch for each register at each save point. At the likely prices: ${first.map((row) => `\`${recordingOf(row)}\` ${worth(row)}`).join("; ")}.`,
        `Within the middle 90 % of all draws the difference is at most ${percent(greatestShare(rows))} of what host and guests executed.`,
      ],
      table: costTable(rows, ["recording", "prices", "traps", "elided", ...differenceColumns]),
      picture: costChart(rows),
      certainty: [
        `Prices: ${tally(rows)}. The profiles agree on the likely price of a trap and of a save where nobody has published one, so equal likely figures are no confirmation of each other: their ranges differ.`,
        `Chance in the recording (95 %, likely prices): ${first.map(interval).join("; ")}.`,
      ],
      unknown: [
        "What an `MRS`, a store and a predicted branch cost on a core that has FEAT_S1PIE: no such figure is published. So the price of the dirty test is known no better than that of the save that it avoids.",
        "What the traps and saves do to caches and pipelines: the recordings count instructions.",
        "One guest, one boot and a short workload: another guest may write more often (see below).",
      ],
    };
  },
};

const counted = (row: VerdictRow): string =>
  `In \`${recordingOf(row)}\` it takes ${many(row.traps, "trap")} and elides ${row.savesElided} saves in ${row.windows} windows.`;

/** Whether the pair is written as rarely as the patch expects. */
function rarely(rows: readonly VerdictRow[]): string {
  const most = Math.max(...rows.map(({ writeShare }) => writeShare ?? 1));
  return most < 0.01
    ? `So the idea works as its author expected: at most ${percent(most)} of the windows write the pair. What is left is the price. `
    : `The pair is written in up to ${percent(most)} of the windows. `;
}

function shortAnswer(rows: readonly VerdictRow[]): string {
  const count = { less: countOf(rows, "less"), more: countOf(rows, "more"), open: countOf(rows, "open") };
  const places = (outcome: "less" | "more"): string =>
    list(
      rows
        .filter((row) => outcomeOf(row) === outcome)
        .map((row) => `\`${recordingOf(row)}\` at ${row.profile} prices`),
    );
  const size = `in the middle 90 % of the draws the difference is at most ${percent(greatestShare(rows))} of all executed`;
  if (count.open === rows.length) return `Not shown: no profile of prices settles the sign, and ${size}.`;
  if (count.less === rows.length) return `Yes, at every profile of prices, but ${size}.`;
  if (count.more === rows.length)
    return `No: it costs more than it saves at every profile of prices, and ${size}.`;
  const parts = [
    ...(count.less > 0 ? [`less for ${places("less")}`] : []),
    ...(count.more > 0 ? [`more for ${places("more")}`] : []),
    ...(count.open > 0 ? [`not settled in ${count.open} of ${rows.length} cases`] : []),
  ];
  return `It depends on prices that are not known: ${parts.join("; ")}; ${size}.`;
}
