import { costChart } from "../../report/html/charts/cost.js";
import { modeName } from "../../report/html/charts/names.js";
import { figure, percent } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { Question } from "../question.js";
import { traceOf } from "../recordings.js";
import { costTable } from "../tables.js";
import { countOf, interval, many, outcomeOf, pick, sureness, worth } from "../words.js";

/** Where the save points stand, and what they are worth by themselves. */
export const modes: Question = {
  id: "modes",
  title: "VHE and nVHE: where are the save points?",
  raised:
    'O. Upton: on VHE EL1 state is saved and restored at vcpu_load and vcpu_put rather than at every exit. M. Zyngier: "What I want to see explained in all cases is why a register has to be eagerly switched and not deferred to the load/put phases"',
  async answer(ask) {
    const { rows } = await ask.verdict(
      traceOf("kvm-vhe"),
      "-p",
      "dirty-pie,deferred",
      "--mode",
      "vhe,nvhe",
      "--cost",
      "neoverse-n1,instructions",
    );
    const [{ profile }] = rows;
    const vhe = pick(rows, { mode: "vhe", policy: "dirty-pie", profile });
    const nvhe = pick(rows, { mode: "nvhe", policy: "dirty-pie", profile });
    const deferred = pick(rows, { mode: "nvhe", policy: "deferred", profile });
    const pairs = rows.filter(({ policy }) => policy === "dirty-pie");
    const moved = rows.filter(({ policy, mode }) => policy === "deferred" && mode === "nvhe");
    const times = Math.abs(deferred.difference.likely / nvhe.difference.likely);
    return {
      short: `The same guest has ${figure(nvhe.windows / vhe.windows)} times as many save points under nVHE as under VHE. ${movedSentence(moved)} ${pairSentence(pairs)}`,
      text: [
        `One recording, replayed with the save points of either mode: ${vhe.windows} windows from load to put (VHE), ${nvhe.windows} runs (nVHE), in which the host's registers are switched as well. dirty-pie takes ${many(vhe.traps, "trap")} for ${vhe.savesElided} elided saves on VHE, and ${nvhe.traps} for ${nvhe.savesElided} on nVHE.`,
        `At ${profile} prices dirty-pie on VHE ${worth(vhe)}. On nVHE it ${worth(nvhe)}. \`deferred\` traps nothing and moves all EL1 saves and restores to load and put: on nVHE it ${worth(deferred)}. That is ${figure(times)} times as much as dirty-pie changes there, though of all registers and not of two.`,
        `${times > 1 && countOf(moved, "less") === moved.length ? "Where a register is switched outweighs whether its save is elided. " : ""}Deferring is no proposal for nVHE, whose host runs at EL1 itself and needs its registers back at each exit: it is what a host gains that runs VHE.`,
      ],
      table: costTable(rows, [
        "mode",
        "policy",
        "prices",
        "traps",
        "elided",
        "restores",
        "likely",
        "unit",
        "range",
        "share",
        "sure",
      ]),
      picture: costChart(rows.filter((row) => row.profile === profile)),
      certainty: [
        `deferred on nVHE: ${moved.map((row) => `at ${row.profile} prices ${sureness(row)}`).join("; ")}.`,
        `dirty-pie: ${pairs.map((row) => `${modeName(row.mode)} at ${row.profile} prices, ${sureness(row)}`).join("; ")}.`,
        `Chance in the recording (95 %, likely prices), VHE and nVHE: ${[vhe, nvhe].map(interval).join("; ")}.`,
      ],
      unknown: [
        "Whether this guest, run by an nVHE host, would have left as often: here its exits are those that a VHE host gave it. `kvm-nvhe`, recorded under nVHE, stands in the other tables.",
        "Protected KVM, and hosts that switch other lists of registers than this kernel does.",
      ],
    };
  },
};

function movedSentence(rows: readonly VerdictRow[]): string {
  const less = countOf(rows, "less");
  const share = (row: VerdictRow): string =>
    row.shareOfAll === null ? "" : percent(Math.abs(row.shareOfAll));
  if (less === rows.length) {
    return `Deferring all saves to load and put would spare nVHE ${rows.map(share).join(" or ")} of all executed (${rows.map(({ profile }) => profile).join(", ")} prices).`;
  }
  return `That deferring all saves to load and put would pay for nVHE is settled for ${less} of ${many(rows.length, "profile")} of prices.`;
}

function pairSentence(rows: readonly VerdictRow[]): string {
  const settled = rows.filter((row) => outcomeOf(row) !== "open");
  if (settled.length === 0) return "Whether the patch pays is settled in neither mode.";
  const words = settled.map(
    (row) => `costs ${outcomeOf(row)} on ${modeName(row.mode)} at ${row.profile} prices`,
  );
  return `The patch ${words.join(", ")}${settled.length < rows.length ? "; the rest is not settled" : ""}.`;
}
