import { modeName } from "../../report/html/charts/names.js";
import { heatMap } from "../../report/html/charts/heat-map.js";
import { confidence, percent } from "../../verdict/sentence.js";
import type { AdviseResult } from "../../report/advise.js";
import type { Cell } from "../../report/text-table.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import { noPicture } from "../no-picture.js";
import type { Question } from "../question.js";
import { recordingNames, traceOf } from "../recordings.js";
import { greatestShare, interval, list, many, outcomeOf, recordingOf, signed, tally } from "../words.js";

/** Each register that can be tracked as a group of its own. */
export const registers: Question = {
  id: "registers",
  title: "Which other registers?",
  raised: 'M. Brown: "We should be able to do something similar for some of the other registers."',
  async answer(ask) {
    const traces = recordingNames.map(traceOf);
    const { rows } = await ask.verdict(...traces, "-p", "dirty-each");
    const advice: AdviseResult[] = [];
    for (const trace of traces)
      advice.push(await ask.advise(trace, "--sure", "0.95", "--nesting", "none,l2-nv2"));
    const replayed = await ask.replay(traces[0], "-p", "eager,dirty-pie,dirty-each");
    const groups = rows.filter(({ group }) => group !== null);
    const names = [...new Set(groups.map(({ group }) => group ?? ""))];
    const of = (group: string): VerdictRow[] => groups.filter((row) => row.group === group);
    const outcomes = (wanted: "less" | "more"): string[] =>
      names.filter((name) => of(name).every((row) => outcomeOf(row) === wanted));
    const [less, more] = [outcomes("less"), outcomes("more")];
    const often = names.filter((name) => of(name).every(({ writeShare }) => (writeShare ?? 0) >= 0.1));
    const rare = names.filter((name) =>
      of(name).some(({ trace, writeShare }) => trace === traces[0] && (writeShare ?? 1) < 0.01),
    );
    const [{ profile }] = rows;
    const whole = rows.filter(({ group }) => group === null);
    const trapNothing = advice.filter(({ advice: { policy } }) => policy.groups.length === 0).length;
    return {
      short: `${less.length === 0 ? "None for which it is settled at these prices in all three recordings" : `Settled as cheaper in all three recordings: ${list(less)}`}; settled as dearer in all three: ${more.length === 0 ? "none" : list(more)}.`,
      text: [
        `\`dirty-each\` makes every register a group that has a write trap and that nothing else writes (registers which share a trap bit are one group): ${many(names.length, "group")} here. ${often.length === 0 ? "None is" : `${list(often)} ${often.length === 1 ? "is" : "are"}`} written in a tenth of the windows or more in every recording. ${many(rare.length, "group")} of \`kvm-vhe\` ${rare.length === 1 ? "is" : "are"} written in less than 1 % of the windows.`,
        `All of it together: ${whole.map((row) => `\`${recordingOf(row)}\` ${signed(row.difference.likely)} ${row.unit} at ${profile} prices, the sign in ${confidence(row.sameSign)} of the draws`).join("; ")}.`,
        `\`advise --sure 0.95\` recommends a group only if it costs less in 95 % of the draws: ${trapNothing === advice.length ? "for each of the recordings it says to trap nothing" : advice.map(({ traces: [name], advice: { policy } }) => `${name.replace(".trl", "")}: ${policy.groups.length === 0 ? "trap nothing" : list(policy.groups.map((group) => group.name ?? group.registers.join("+")))}`).join("; ")}. Without \`--sure\` it goes by the likely prices, and says how sure each line is.`,
      ],
      table: table(names, groups),
      picture:
        heatMap([{ trace: traces[0], mode: replayed.config.mode, policies: replayed.policies }]) ??
        noPicture("registers", "Registers against policies"),
      certainty: [
        `Groups of all recordings at ${profile} prices: ${tally(groups)}. A group that never trapped may be open as well: its dirty test may cost more than the save.`,
        `The largest of them, in 90 % of the draws: ${percent(greatestShare(groups))} of all executed.`,
        `Chance in the recording (95 %, likely prices), of the register written most: ${recordingNames.map((name) => mostWritten(groups.filter(({ trace }) => trace === traceOf(name)))).join("; ")}.`,
      ],
      unknown: [
        "Registers that the guest did not write here and that the recorded kernel does not switch: nothing was seen of them.",
        "Registers that hardware writes too (ELR_EL1, SPSR_EL1, ESR_EL1, FAR_EL1, PAR_EL1 and such) are left out: a write trap would miss those writes.",
      ],
    };
  },
};

function mostWritten(rows: readonly VerdictRow[]): string {
  const [most] = rows.toSorted((a, b) => (b.writeShare ?? 0) - (a.writeShare ?? 0));
  return `${most.group} in ${interval(most)}`;
}

function table(names: readonly string[], rows: readonly VerdictRow[]): Cell[][] {
  const traces = [...new Set(rows.map(({ trace }) => trace))];
  const head = traces.flatMap((trace) => {
    const mode = rows.find((row) => row.trace === trace)?.mode ?? "";
    return [
      `${trace.replace(".trl", "")} (${modeName(mode)}) windows that trap`,
      "against eager",
      "same sign",
    ];
  });
  return [
    ["group", ...head],
    ...names.map((group) => [
      group,
      ...traces.flatMap((trace) => {
        const row = rows.find((each) => each.trace === trace && each.group === group);
        if (row === undefined) return ["-", "-", "-"];
        return [percent(row.writeShare ?? 0), signed(row.difference.likely), confidence(row.sameSign)];
      }),
    ]),
  ];
}
