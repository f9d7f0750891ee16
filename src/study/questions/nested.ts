import type { Nesting } from "../../prices/profile.js";
import { costChart } from "../../report/html/charts/cost.js";
import { figure } from "../../verdict/sentence.js";
import type { VerdictRow } from "../../verdict/verdict-row.js";
import type { Question } from "../question.js";
import { traceOf } from "../recordings.js";
import { costTable, differenceColumns } from "../tables.js";
import { countOf, list, outcomeOf, pick, placeOf, recordingOf, tally, worth } from "../words.js";

/** The patch in the kernel of a guest hypervisor. */
export const nested: Question = {
  id: "nested",
  title: "What if the hypervisor is itself a guest?",
  raised:
    'O. Upton: "the cost of traps will be dramatically higher when running as a guest hypervisor, so we\'d want to avoid them if possible". M. Brown: complaints about more register switching "specifically mentioned nested virt"',
  async answer(ask) {
    const { rows } = await ask.verdict(
      traceOf("kvm-vhe"),
      traceOf("kvm-nvhe"),
      "-p",
      "dirty-pie",
      "--nesting",
      "none,l2,l2-nv2",
      "--cost",
      "neoverse-n1,instructions",
    );
    const [{ profile, trace }] = rows;
    const at = (nesting: Nesting): VerdictRow => pick(rows, { trace, profile, nesting });
    const [host, l2, nv2] = [at("none"), at("l2"), at("l2-nv2")];
    const of = (nesting: Nesting): VerdictRow[] => rows.filter((row) => row.nesting === nesting);
    return {
      short: `Without NV2, dirty-pie in a guest hypervisor ${said(of("l2"))}. With NV2 it ${said(of("l2-nv2"))}.`,
      text: [
        `A trap that costs the host ${figure(host.trapPrice)} ${host.unit} at ${profile} prices costs a guest hypervisor ${figure(l2.trapPrice)} without NV2 and ${figure(nv2.trapPrice)} with it: L0 is left and entered on the way to L1 and back. ${bothHold(of("l2"), of("l2-nv2"))}Without NV2 every access of L1 to a register of its guest traps too, so that a save is a trap as well. With NV2 a save is a load and a store in memory, and only the trap remains dear.`,
        `The same counts at these prices, \`${recordingOf(host)}\`: ${[l2, nv2].map((row) => `${placeOf(row)}: dirty-pie ${worth(row)}`).join("; ")}.`,
      ],
      table: costTable(rows, ["recording", "nesting", "prices", "traps", "elided", ...differenceColumns]),
      picture: costChart(rows.filter((row) => row.profile === profile)),
      certainty: (["l2", "l2-nv2"] as const).map((nesting) => {
        const own = of(nesting);
        return `${placeOf(own[0])}: ${tally(own)}.`;
      }),
      unknown: [
        "The guests were recorded on a host, not under a guest hypervisor: how often an L2 guest leaves for reasons of L0's own is not in the counts, and neither is what L0 saves for L1.",
        "Nested prices are multiples of a full exit, measured on one emulated machine or assumed: `trapline costs` says which.",
      ],
    };
  },
};

const bothHold = (l2: readonly VerdictRow[], nv2: readonly VerdictRow[]): string =>
  countOf(l2, "less") === l2.length && countOf(nv2, "more") > 0 && countOf(nv2, "less") === 0
    ? "Both remarks of the thread hold, each for one kind of machine. "
    : "";

/** In which of the rows it pays, where all agree; else how they divide. */
function said(rows: readonly VerdictRow[]): string {
  const [less, more] = [countOf(rows, "less"), countOf(rows, "more")];
  if (less === rows.length)
    return "costs less than eager in every recording, at every profile of prices asked";
  if (more === rows.length)
    return "costs more than eager in every recording, at every profile of prices asked";
  const names = (outcome: "less" | "more"): string =>
    list(
      rows
        .filter((row) => outcomeOf(row) === outcome)
        .map((row) => `\`${recordingOf(row)}\` at ${row.profile} prices`),
    );
  const parts = [
    ...(less > 0 ? [`costs less for ${names("less")}`] : []),
    ...(more > 0 ? [`costs more for ${names("more")}`] : []),
    ...(less + more < rows.length
      ? [`is not settled in ${rows.length - less - more} of ${rows.length} cases`]
      : []),
  ];
  return parts.join(", and ");
}
