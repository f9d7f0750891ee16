import { validationChart } from "../../report/html/charts/validation.js";
import { modeName } from "../../report/html/charts/names.js";
import type { ValidateResult } from "../../replay/validate.js";
import { noPicture } from "../no-picture.js";
import type { Question } from "../question.js";
import { chattyPolicy, traceOf } from "../recordings.js";
import { interval, outcomeOf, pick, recordingOf, sureness, worth } from "../words.js";
import { costTable } from "../tables.js";
import { figure } from "../../verdict/sentence.js";

/** Kernels that were recorded at work: does the model count what they did, and what did the patched one pay? */
export const real: Question = {
  id: "real",
  title: "What did real KVM do when it was patched?",
  raised:
    "O. Upton asked for data; M. Brown: \"There's no hardware with these registers yet as far as I know so I don't know how meaningful any benchmark would be anyway\"",
  async answer(ask) {
    const chatty = traceOf("chatty-vhe");
    const results = [
      await ask.validate(traceOf("kvm-vhe")),
      await ask.validate(traceOf("kvm-nvhe")),
      await ask.validate(chatty, "-p", chattyPolicy),
    ];
    const costs = await ask.recordedCosts(chatty);
    const { rows } = await ask.verdict(chatty, "-p", chattyPolicy, "--cost", "recorded,neoverse-n1");
    const patched = results[2];
    const recorded = rows.filter(({ profile }) => profile === rows[0].profile);
    const all = pick(recorded, { group: null });
    const pair = pick(recorded, { group: "PIE" });
    const wrong = results.map((result) => differing(result).length);
    const trap = costs.traps.find(
      ({ path, reason, outcome }) => path === "fast" && reason === "SYS64 write" && outcome === "retried",
    );
    const agree = wrong.every((count) => count === 0);
    return {
      short: `${agree ? "It did what the model counts, row for row" : `It differs from the model in ${wrong.join(", ")} rows of the three recordings`}. At the prices that the patched kernel's own recording shows, its policy ${worth(all)}${outcomeOf(all) === "open" ? ", which settles nothing" : ""}.`,
      text: [
        `${results.map(line).join(" ")} A row is a register, a context (guest or host) and one of save, restore and trap.`,
        `\`chatty-vhe\` ran Linux 6.12 with dirty tracking of ${recorded.filter(({ group }) => group !== null).length} groups (\`${chattyPolicy}\`), under a guest that writes often. Its kernel took ${recordedSum(patched, "trap")} write traps, the model counts ${modelSum(patched, "trap")}; it saved tracked and other registers ${recordedSum(patched, "save")} times, the model ${modelSum(patched, "save")}.`,
        ...(trap === undefined
          ? []
          : [
              `From the trap to the return into the guest EL2 executed ${trap.spread.median} instructions (median of ${trap.spread.count} that the handler opened and let the guest try again; 10th to 90th percentile ${trap.spread.p10} to ${trap.spread.p90}). The pair alone ${worth(pair)}; over all groups the policy ${worth(all)}.`,
            ]),
      ],
      table: costTable(
        rows.filter(({ profile, group }) => profile === all.profile || group === null || group === "PIE"),
        ["prices", "group", "traps", "elided", "likely", "unit", "range", "share", "sure"],
      ),
      picture:
        validationChart(results) ?? noPicture("validation", "The recording's own kernel against the model"),
      certainty: [
        `Model against kernel: ${results.map((result) => `\`${recordingOf(result)}\` ${result.compared - differing(result).length} of ${result.compared} rows equal`).join("; ")}.`,
        `Recorded prices: all groups, ${sureness(all)}; the pair, ${sureness(pair)}. Prices that a recording does not show are those of the profile \`instructions\`.`,
        `Chance in the recording (95 %, likely prices), the pair: ${interval(pair)}.`,
      ],
      unknown: [
        `Cycles. An emulator executed these instructions; exception entry, \`ERET\` and barriers cost more than an instruction each, so a trap's ${trap === undefined ? "" : `${figure(trap.spread.median)} `}instructions are a lower bound of its price.`,
        "The same patch on real cores with FEAT_S1PIE and FEAT_FGT: not recorded.",
        "What the recorded kernels switched elsewhere in the hypervisor (timers, GIC, debug) is listed by `validate` and not modelled.",
      ],
    };
  },
};

const differing = ({ rows }: ValidateResult): readonly unknown[] =>
  rows.filter(({ recorded, model }) => model !== null && model !== recorded);

const modelled = ({ rows }: ValidateResult, what: string) =>
  rows.filter((row) => row.what === what && row.model !== null);
const recordedSum = (result: ValidateResult, what: string): number =>
  modelled(result, what).reduce((sum, { recorded }) => sum + recorded, 0);
const modelSum = (result: ValidateResult, what: string): number =>
  modelled(result, what).reduce((sum, { model }) => sum + (model ?? 0), 0);

function line(result: ValidateResult): string {
  const count = differing(result).length;
  const name = `\`${recordingOf(result)}\` (${modeName(result.mode)}, policy ${result.policy})`;
  return count === 0
    ? `In ${name} the model agrees with the kernel in all ${result.compared} rows.`
    : `In ${name} it differs in ${count} of ${result.compared} rows.`;
}
