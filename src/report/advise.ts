import { confidence, figure, percent } from "../verdict/sentence.js";
import type { Advice, AdvisedGroup, Elsewhere } from "../search/advise.js";
import { markedCsv, modelledLines } from "./modelled.js";
import { markdownTable, textTable, wrapText, type Cell } from "./text-table.js";

/** What `trapline advise --json` prints. */
export interface AdviseResult {
  readonly schema: "trapline.advise/1";
  readonly tool: string;
  readonly traces: readonly string[];
  readonly seed: number;
  readonly samples: number;
  readonly sure: number;
  readonly merge: string;
  /** False where events of some traces are missing. */
  readonly complete: boolean;
  /** What of damaged traces is not in the figures; absent where all is. */
  readonly damaged?: readonly string[];
  readonly advice: Advice;
  /** The recommended policy as YAML, ready for `replay --policy`. */
  readonly policyFile: string;
}

/** The advice in a sentence, never stronger than the figures. */
export function adviceSummary({ groups, worth, profile, unit, nesting, policy }: Advice): string {
  const prices = `at ${profile} prices, nesting ${nesting}`;
  if (policy.groups.length === 0) return `Trap nothing: ${prices}, no group is worth its traps`;
  const traps = groups.reduce((sum, each) => sum + (each.recommended ? each.traps : 0), 0);
  const amount = `${figure(-worth.likely)} ${unit} less than eager`;
  const share = worth.shareOfAll === null ? "" : ` (${percent(-worth.shareOfAll)} of all executed)`;
  const list = policy.groups.length === 1 ? "1 group" : `${policy.groups.length} groups`;
  return `Trap ${list}: ${traps} traps; ${prices}, ${amount}${share}, cheaper in ${confidence(worth.sameSign)} of the draws`;
}

export const adviseText = (result: AdviseResult): string => report(result, textTable);
export const adviseMarkdown = (result: AdviseResult): string => report(result, markdownTable);

type Table = (rows: readonly (readonly Cell[])[]) => string;

function report(result: AdviseResult, table: Table): string {
  const { traces, seed, samples, sure, advice, policyFile } = result;
  const markdown = table === markdownTable;
  const chosen = advice.groups.filter(({ recommended }) => recommended);
  const rejected = advice.groups.filter(({ recommended }) => !recommended);
  const parts = [
    `${traces.join(", ")}: mode ${advice.mode.join(" and ")}; ${advice.profile} prices, in ${advice.unit}, nesting ${advice.nesting}`,
    ...modelledLines([advice]),
    "",
    `${adviceSummary(advice)}.`,
    "",
  ];
  if (chosen.length > 0) parts.push("Trap, each line as one group:", "", table(groupRows(chosen)), "");
  if (rejected.length > 0) parts.push("Do not trap:", "", table(groupRows(rejected)), "");
  if (advice.elsewhere.length > 1) {
    parts.push("The recommended policy at other prices:", "", table(elsewhereRows(advice)), "");
  }
  if (advice.untrackable.length > 0) {
    const reasons = new Map<string, string[]>();
    for (const { register, reason } of advice.untrackable) {
      const general = reason.replaceAll(register, "it");
      reasons.set(general, [...(reasons.get(general) ?? []), register]);
    }
    const lines = [...reasons].map(([why, names]) => wrapText(`${names.join(", ")}: ${why}`, "  ", "    "));
    parts.push("Cannot be tracked by a write trap:", "", ...lines, "");
  }
  parts.push("The policy, for `trapline replay --policy FILE`:", "");
  parts.push(...(markdown ? ["```yaml", policyFile.trimEnd(), "```"] : [policyFile.trimEnd()]), "");
  parts.push(`${samples} draws of the prices, seed ${seed}; recommended from ${percent(sure)} of them.`);
  parts.push(...notes(result).map((note) => wrapText(`Note: ${note}`, "", "")));
  return parts.join("\n").trimEnd();
}

function notes({ merge, advice, damaged = [] }: AdviseResult): string[] {
  const rule = {
    feature: "groups merge where their registers are of one feature, so that a VM has all of them or none",
    any: "groups merge wherever trap bits and save points allow it",
    none: "groups are not merged",
  }[merge];
  return [
    ...damaged,
    "Negative: the group costs less than eager. The advice holds for these recordings, and for a guest that writes as theirs did.",
    `${rule}; merging is greedy, two at a time.`,
    "a dirty test is counted for each tracked register and save point, as in the posted patch; one test for a whole group would cost less.",
    ...(advice.policy.groups.some(({ host }) => host === "dirty-once")
      ? [
          "the host's context stays eager, but for PIR_EL1 and PIRE0_EL1, whose host values are saved once per CPU as in the posted patch.",
        ]
      : []),
    ...(advice.elsewhere.some(({ nesting }) => nesting !== "none")
      ? [
          "nesting l2 and l2-nv2 price these counts as if a guest hypervisor had switched this guest; see `trapline costs`.",
        ]
      : []),
    ...(advice.unit === "cycles"
      ? ["shares of all executed take one instruction of the recording for one cycle."]
      : []),
  ];
}

const signed = (value: number): string => `${value > 0 ? "+" : ""}${figure(value)}`;
const shareText = (share: number | null): string => (share === null ? "" : percent(share));

const groupRows = (groups: readonly AdvisedGroup[]): Cell[][] => [
  ["group", "traps", "elided", "against\neager", "of all", "same\nsign", "why"],
  ...groups.map(({ group, traps, savesElided, worth, reason }) => [
    group.name,
    traps,
    savesElided,
    signed(worth.likely),
    shareText(worth.shareOfAll),
    confidence(worth.sameSign),
    reason,
  ]),
];

const elsewhereRows = (advice: Advice): Cell[][] => [
  ["profile", "nesting", "unit", "against\neager", "of all", "same\nsign", "advice there"],
  ...advice.elsewhere.map((row) => [
    row.profile,
    row.nesting,
    row.unit,
    signed(row.worth.likely),
    shareText(row.worth.shareOfAll),
    confidence(row.worth.sameSign),
    adviceThere(row),
  ]),
];

function adviceThere({ keeps, drops, adds }: Elsewhere): string {
  if (keeps.length + adds.length === 0) return "trap nothing";
  if (drops.length + adds.length === 0) return "the same";
  const without = drops.length === 0 ? [] : [`without ${drops.join(", ")}`];
  return [...without, ...(adds.length === 0 ? [] : [`also ${adds.join(", ")}`])].join("; ");
}

export function adviseCsv({ traces, advice }: AdviseResult): string {
  const marks = advice.groups.map(() => advice);
  return markedCsv(marks, [
    [
      "traces",
      "profile",
      "unit",
      "nesting",
      "group",
      "host",
      "recommended",
      "windows",
      "traps",
      "traps_apart",
      "saves_elided",
      "likely",
      "p5",
      "p95",
      "same_sign",
      "share_of_all",
      "reason",
    ],
    ...advice.groups.map((each): Cell[] => [
      traces.join(" "),
      advice.profile,
      advice.unit,
      advice.nesting,
      each.group.name,
      each.group.host,
      String(each.recommended),
      each.windows,
      each.traps,
      each.trapsApart,
      each.savesElided,
      each.worth.likely,
      each.worth.p5,
      each.worth.p95,
      each.worth.sameSign,
      each.worth.shareOfAll ?? "",
      each.reason,
    ]),
  ]);
}
