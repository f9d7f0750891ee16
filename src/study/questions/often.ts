import { breakEvenChart } from "../../report/html/charts/break-even.js";
import { boundSentence, figure, percent } from "../../verdict/sentence.js";
import { noPicture } from "../no-picture.js";
import type { Question } from "../question.js";
import { traceOf } from "../recordings.js";
import { costTable } from "../tables.js";
import { interval, outcomeOf, pick, recordingOf, sureness, worth } from "../words.js";

/** The guest that the reviewers feared, recorded, and the worst that can be made. */
export const often: Question = {
  id: "often",
  title: "What about a guest that writes often?",
  raised:
    'M. Brown: the patch "will have a negative performance impact if guests do start updating these registers frequently", and "a new guest could always come along and blow performance up with a change in access patterns"',
  async answer(ask) {
    const { rows } = await ask.verdict(
      traceOf("kvm-vhe"),
      traceOf("chatty-vhe"),
      "-p",
      "dirty-pie,adaptive",
      "--cost",
      "neoverse-n1,instructions",
    );
    const worst = await ask.worstCase("dirty-pie");
    const [{ profile }] = rows;
    const trace = traceOf("chatty-vhe");
    const chatty = pick(rows, { trace, policy: "dirty-pie", profile });
    const plain = pick(rows, { trace: traceOf("kvm-vhe"), policy: "dirty-pie", profile });
    const adaptive = pick(rows, { trace, policy: "adaptive", group: null, profile });
    const pays = chatty.breakEvenWriteShare;
    const limit =
      pays === null || !("value" in pays)
        ? "At these prices no rate of writes turns the sign."
        : `At ${profile} prices dirty-pie pays ${pays.pays} ${percent(pays.value)} of windows with a write.`;
    const pairs = rows.filter(({ policy }) => policy === "dirty-pie");
    const own = pairs.filter((row) => row.trace === trace);
    const settled = own.filter((row) => outcomeOf(row) === "more").length;
    const most = worst.rows.find(({ against }) => against === "eager");
    // Infinite bounds are null in JSON.
    const bound = Number.isFinite(adaptive.bound?.ratio) ? boundSentence(adaptive) : undefined;
    return {
      short: `${settled === own.length ? "Then dirty-pie loses" : settled > 0 ? "Then dirty-pie loses at some of the prices" : "That dirty-pie loses then is not settled"}: under the guest that rewrites the pair in ${percent(chatty.writeShare ?? 0)} of its windows it ${worth(chatty)} (${profile} prices).`,
      text: [
        `\`chatty-vhe\` is a guest that was patched to rewrite PIRE0_EL1 at every 4th context switch and PIR_EL1 at every 8th. dirty-pie takes ${chatty.traps} traps in its ${chatty.windows} windows. ${limit} The plain guest of \`kvm-vhe\` is at ${percent(plain.writeShare ?? 0)}, this one at ${percent(chatty.writeShare ?? 0)}.`,
        `\`adaptive\` tries the same idea for every register that can be trapped soundly, and stops trapping for a while where a trap came. On this guest it takes ${adaptive.traps} traps over all of its groups and ${worth(adaptive)}.${bound === undefined ? "" : ` ${bound}`} That bound is proved, not measured.`,
        ...(most === undefined
          ? []
          : [
              `The worst that any guest can do to dirty-pie (${worst.mode === "vhe" ? "VHE" : "nVHE"}, ${worst.profile} prices) is one that ${most.guest}: ${figure(most.policy)} ${worst.unit} a window against ${figure(most.eager)} for eager${most.ratioToEager === null ? "" : `, ${figure(most.ratioToEager)} times as much`}. It was made, not recorded.`,
            ]),
      ],
      table: costTable(
        [...pairs, ...rows.filter(({ policy, group }) => policy === "adaptive" && group === null)],
        [
          "recording",
          "policy",
          "prices",
          "traps",
          "windows",
          "writes",
          "pays",
          "likely",
          "unit",
          "range",
          "share",
          "sure",
        ],
      ),
      picture: breakEvenChart(pairs) ?? noPicture("break-even", "Break-even map"),
      certainty: [
        `${own.map((row) => `\`${recordingOf(row)}\`, dirty-pie at ${row.profile} prices: ${sureness(row)}`).join("; ")}.`,
        `Chance in the recording (95 %, likely prices): ${[plain, chatty].map(interval).join("; ")}.`,
      ],
      unknown: [
        `Whether any real guest writes like this. Its patch was made to be the counter-example; Linux as released made dirty-pie trap ${plain.traps} times in its whole recording.`,
        "How a guest would use permission indirection once it does so at run time, as permission overlays are used for protection keys.",
      ],
    };
  },
};
