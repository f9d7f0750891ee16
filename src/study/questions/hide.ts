import { costChart } from "../../report/html/charts/cost.js";
import { figure } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { Question } from "../question.js";
import { traceOf } from "../recordings.js";
import { costTable } from "../tables.js";
import { countOf, many, pick, recordingOf, sureness, worth } from "../words.js";

/** The maintainer's alternative: a VM that does not have the feature. */
export const hide: Question = {
  id: "hide",
  title: "Why not hide the feature instead?",
  raised:
    'M. Zyngier: "They can also avoid exposing the feature to the guest, which will remove *any* save/restore. because *that* is the right thing to do if you want to minimise the impact of additional features."',
  async answer(ask) {
    const { rows } = await ask.verdict(
      traceOf("kvm-vhe"),
      traceOf("kvm-nvhe"),
      traceOf("chatty-vhe"),
      "-p",
      "dirty-pie,hidden",
      "--cost",
      "neoverse-n1,instructions",
      "--resamples",
      "0",
    );
    const [{ profile }] = rows;
    const hidden = rows.filter(({ policy }) => policy === "hidden");
    const plain = hidden.filter(({ trace }) => trace !== traceOf("chatty-vhe"));
    const first = plain.filter((row) => row.profile === profile);
    const beside = (row: VerdictRow): VerdictRow =>
      pick(rows, { trace: row.trace, policy: "dirty-pie", profile });
    const all = countOf(plain, "less") === plain.length;
    const users = hidden.filter((row) => row.profile === profile && row.undefinedAccesses > 0);
    return {
      short: `${all ? "Hiding costs less than eager at every profile of prices asked, and its sign is settled" : `Hiding costs less in ${countOf(plain, "less")} of ${plain.length} cases of the plain guests`}, with the restores gone as well; but ${users.length === 0 ? "no guest here uses the registers" : `${users.length === first.length + 1 ? "every guest" : many(users.length, "guest")} recorded here uses the registers, and would have to do without`}.`,
      text: [
        `Per recording, at ${profile} prices: ${first.map((row) => `\`${recordingOf(row)}\`: hidden ${worth(row)}, with ${row.savesElided} saves and ${row.restoresElided} restores gone; dirty-pie ${worth(beside(row))}${ratio(row, beside(row))}`).join(". ")}.`,
        `It is not the same VM any more. ${users.map((row) => `\`${recordingOf(row)}\` makes ${many(row.undefinedAccesses, "access")} to the pair`).join(", ")}: a guest that reads in its ID registers that the feature is not there makes none, one that does not look takes an UNDEFINED exception. The cost of \`chatty-vhe\` in the table includes all of these exceptions, so it is no price of hiding from a guest that looks; the sign above leaves it out.`,
      ],
      table: costTable(rows, [
        "recording",
        "policy",
        "prices",
        "elided",
        "restores",
        "undefined",
        "likely",
        "unit",
        "range",
        "share",
        "sure",
      ]),
      picture: costChart(
        rows.filter((row) => row.profile === profile && row.trace !== traceOf("chatty-vhe")),
      ),
      certainty: [
        `hidden, plain guests: ${plain.map((row) => `\`${recordingOf(row)}\` at ${row.profile} prices: ${sureness(row)}`).join("; ")}.`,
        "No trap rate is estimated for hidden, so chance in the recording has no say in it: saves and restores follow from the number of windows.",
      ],
      unknown: [
        "What a guest without S1PIE does instead, and what it loses: memory protection is not in these counts.",
        "Live migration and fleets, where hiding a feature is often decided for other reasons.",
      ],
    };
  },
};

function ratio(hidden: VerdictRow, dirty: VerdictRow): string {
  if (hidden.difference.likely >= 0 || dirty.difference.likely >= 0) return "";
  return ` (hidden spares ${figure(hidden.difference.likely / dirty.difference.likely)} times as much)`;
}
