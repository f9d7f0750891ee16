import { figure, percent } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { Question } from "../question.js";
import { recordingNames, traceOf } from "../recordings.js";
import { sizeChart } from "../size-chart.js";
import { costTable, differenceColumns } from "../tables.js";
import { interval, many, outcomeOf, recordingOf, sureness, worth } from "../words.js";

/** The size of state at which a trap pays, and the two lazy switches that KVM has had. */
export const worthATrap: Question = {
  id: "worth-a-trap",
  title: "Is a trap ever worth it, and for how large a state?",
  raised:
    'M. Zyngier: "The only case where this sort of trap can be beneficial is when the cost of the trap [...] is small compared to the cost of the context switch of the trapped state. This may make sense for FP, SVE and the like. Doesn\'t make much sense for anything else." And: "I\'m actually minded to remove existing instances of this stupid trapping, such as PAuth, which is entirely pointless."',
  async answer(ask) {
    const traces = recordingNames.map(traceOf);
    const vhe = [traceOf("kvm-vhe"), traceOf("chatty-vhe")];
    const none = ["--resamples", "0"];
    const each = await ask.verdict(...traces, "-p", "dirty-each", ...none);
    const fp = await ask.verdict(...vhe, "-p", "lazy-fp");
    const pauth = await ask.verdict(
      ...vhe,
      "--uses",
      "pauth=load",
      "-p",
      "lazy-pauth",
      "--nesting",
      "none,l2-nv2",
      ...none,
    );
    const groups = each.rows.filter(({ group }) => group !== null);
    const rowOf = (group: string, trace: string): VerdictRow | undefined =>
      groups.find((row) => row.group === group && row.trace === trace);
    const size = (group: string, trace: string): string => {
      const own = rowOf(group, trace)?.breakEvenSize ?? null;
      return own === null ? "not asked" : own.pays === "from" ? String(own.registers) : own.pays;
    };
    const sizeWords = (group: string): string => {
      const own = rowOf(group, first)?.breakEvenSize ?? null;
      if (own === null) return "at a size that was not asked";
      return own.pays === "from" ? `for a group of ${many(own.registers, "register")} or more` : own.pays;
    };
    const shareText = (group: string, trace: string): string => percent(rowOf(group, trace)?.writeShare ?? 0);
    const [{ profile, unit, trapPrice }] = groups;
    const [first] = vhe;
    const rare = "PIR_EL1";
    const often = "CONTEXTIDR_EL1";
    const lazy = [...fp.rows, ...pauth.rows];
    const host = pauth.rows.filter(({ nesting }) => nesting === "none");
    return {
      short: `It depends on how often the trap comes as well as on the size of the state: at the likely prices one in ${shareText(rare, first)} of the windows pays off ${sizeWords(rare)}, one in ${shareText(often, first)} ${sizeWords(often)}. Trapping FP ${outcomes(fp.rows)}. Trapping PAuth ${outcomes(host)} for a guest that uses it after each load.`,
      text: [
        `A trap is taken as ${figure(trapPrice)} ${unit} (${profile}, likely), a tracked group as one dirty test whatever its size. How many registers a group must have to be worth its trap: ${[rare, "TTBR0_EL1", often].map((group) => `${group} ${traces.map((trace) => `${size(group, trace)} (\`${trace.replace(".trl", "")}\`)`).join(", ")}`).join("; ")}. These numbers are at the likely prices; how sure the sign of each group is stands with the next question.`,
        `FP and SIMD, trapped at the first use after a load: ${fp.rows.map((row) => `\`${recordingOf(row)}\` ${worth(row)}; ${row.traps} of ${row.windows} windows trapped`).join(". ")}. These are the 32 vector registers; SVE state is larger, and has no price here.`,
        `PAuth: the guests were not seen to use it, so a model lays one use after the first entry of each load. ${host.map((row) => `\`${recordingOf(row)}\`: ${worth(row)}`).join("; ")}. [docs/pauth.md](pauth.md) sets this beside the one published figure, and says at which share of used loads the sign turns.`,
      ],
      table: costTable(lazy, [
        "recording",
        "nesting",
        "policy",
        "traps",
        "windows",
        "elided",
        "restores",
        ...differenceColumns,
      ]),
      picture: sizeChart(groups),
      certainty: [
        `Sign: ${lazy.map((row) => `\`${recordingOf(row)}\`, ${row.policy}${row.nesting === "none" ? "" : " in a guest hypervisor with NV2"}: ${sureness(row)}`).join("; ")}.`,
        `Numbers of registers are at the likely prices. The ranges of the trap's price and of the dirty test move them.`,
        `Chance in the recording (95 %, likely prices), lazy-fp: ${fp.rows.map(interval).join("; ")}.`,
      ],
      unknown: [
        "PAuth is modelled: whether a guest uses it in every load is a guess, and the sign hangs on it.",
        "SVE and SME: not told apart from FP in the recordings, and not priced.",
        "`kvm-nvhe` does not show vcpu_load, and lazy switching from load to put cannot be asked of it.",
      ],
    };
  },
};

function outcomes(rows: readonly VerdictRow[]): string {
  const said = rows.map(
    (row) =>
      `${{ less: "costs less", more: "costs more", open: "is not settled" }[outcomeOf(row)]} in \`${recordingOf(row)}\``,
  );
  const words = new Set(rows.map(outcomeOf));
  if (words.size > 1) return said.join(", ");
  return { less: "costs less than eager", more: "costs more than eager", open: "is not settled" }[
    outcomeOf(rows[0])
  ];
}
