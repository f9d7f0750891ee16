import type { Round, WorstGroup, WorstGuest } from "../search/worst/worst-group.js";
import type { Bound } from "../verdict/bound.js";
import { figure, percent } from "../verdict/sentence.js";
import { markedCsv } from "./modelled.js";
import { markdownTable, textTable, wrapText, type Cell } from "./text-table.js";

/** A guest that hurts a group most: against eager, or against the oracle. */
export interface WorstRow {
  readonly group: string;
  readonly registers: readonly string[];
  readonly against: "eager" | "oracle";
  /** Rounds of windows, each the number of writes of its windows, and their shares of all windows. */
  readonly rounds: readonly { readonly writes: readonly number[]; readonly share: number }[];
  readonly guest: string;
  /** Writes a window. */
  readonly rate: number;
  /** Costs of a window, in the profile's unit. */
  readonly policy: number;
  readonly eager: number;
  readonly oracle: number | null;
  /** The policy's cost over the others'; null where it is over nothing. */
  readonly ratioToEager: number | null;
  readonly ratioToOracle: number | null;
  /** Of an adaptive group. */
  readonly bound: Bound | null;
}

/** What `trapline worst-case --json` prints. */
export interface WorstCaseResult {
  readonly schema: "trapline.worst-case/1";
  readonly tool: string;
  readonly policy: string;
  readonly mode: string;
  readonly kernel: string;
  readonly features: readonly string[];
  readonly profile: string;
  readonly unit: string;
  readonly nesting: string;
  readonly rate: number;
  readonly rows: readonly WorstRow[];
  readonly trace: { readonly path: string; readonly against: string; readonly windows: number } | null;
  /** These guests are made up: no recording has a part in the figures. */
  readonly modelled: string;
}

export const worstRows = (groups: readonly WorstGroup[]): WorstRow[] =>
  groups.flatMap((group) => [
    rowOf(group, "eager", group.againstEager),
    ...(group.againstOracle === undefined ? [] : [rowOf(group, "oracle", group.againstOracle)]),
  ]);

function rowOf({ group, bound }: WorstGroup, against: "eager" | "oracle", guest: WorstGuest): WorstRow {
  const { rounds, rate, policy, eager, oracle } = guest;
  return {
    group: group.name,
    registers: group.registers,
    against,
    rounds: rounds.map(({ writes, share }) => ({ writes, share })),
    guest: guestText(rounds),
    rate,
    policy,
    eager,
    oracle,
    ratioToEager: eager > 0 ? policy / eager : null,
    ratioToOracle: oracle !== null && oracle > 0 ? policy / oracle : null,
    bound: bound ?? null,
  };
}

/** A guest in words. */
function guestText(rounds: readonly Round[]): string {
  if (rounds.length === 1) return roundText(rounds[0].writes);
  return rounds
    .map(({ writes, share }) => `${percent(share)} of the time ${roundText(writes)}`)
    .join(", else ");
}

function roundText(writes: readonly number[]): string {
  const [first] = writes;
  if (writes.every((each) => each === first)) {
    return first === 0 ? "never writes" : `writes every window${timesText(first)}`;
  }
  // A round has no beginning: it is told from where its writes begin.
  const start = writes.findIndex((each, at) => each > 0 && writes.at(at - 1) === 0);
  const turned = [...writes.slice(start), ...writes.slice(0, start)];
  const runs: { writes: number; windows: number }[] = [];
  for (const each of turned) {
    const last = runs.at(-1);
    if (last?.writes === each) last.windows++;
    else runs.push({ writes: each, windows: 1 });
  }
  const told = runs
    .slice(0, mostRuns)
    .map((run) =>
      run.writes === 0
        ? `not for ${run.windows}`
        : `writes ${windowsText(run.windows)}${timesText(run.writes)}`,
    )
    .join(", ");
  return runs.length > mostRuns ? `${told}, ... (a round of ${writes.length} windows)` : told;
}

/** What a line of a table holds; the JSON has all windows. */
const mostRuns = 6;

const windowsText = (count: number): string => `${count} window${count === 1 ? "" : "s"}`;
const timesText = (writes: number): string => (writes === 1 ? "" : `, ${writes} times each`);

const head = [
  "group",
  "worst against",
  "guest",
  "policy",
  "eager",
  "oracle",
  "to eager",
  "to oracle",
  "bound",
];

const ratio = (value: number | null): Cell => (value === null ? "-" : figure(value));

const figures = (row: WorstRow): Cell[] => [
  row.against,
  row.guest,
  figure(row.policy),
  figure(row.eager),
  row.oracle === null ? "-" : figure(row.oracle),
  ratio(row.ratioToEager),
  ratio(row.ratioToOracle),
  row.bound === null ? "" : figure(row.bound.ratio),
];

function table({ rows }: WorstCaseResult): Cell[][] {
  // Groups of as many registers, saved at the same points, have the same guests.
  const byGroup = new Map<string, WorstRow[]>();
  for (const row of rows) byGroup.set(row.group, [...(byGroup.get(row.group) ?? []), row]);
  const alike = new Map<string, { names: string[]; rows: WorstRow[] }>();
  for (const [name, own] of byGroup) {
    const key = JSON.stringify(own.map(figures));
    const found = alike.get(key);
    if (found === undefined) alike.set(key, { names: [name], rows: own });
    else found.names.push(name);
  }
  return [...alike.values()].flatMap(({ names: [name, ...others], rows: own }) =>
    own.map((row) => [others.length === 0 ? name : `${name} and ${others.length} more`, ...figures(row)]),
  );
}

function notes({
  profile,
  unit,
  nesting,
  rate,
  rows,
  trace,
  kernel,
  mode,
  features,
  modelled,
}: WorstCaseResult): string[] {
  const list = [
    `Modelled: ${modelled}. No machine ran these guests.`,
    `What a window costs on average in the long run, in ${unit}, at ${profile} prices${nesting === "none" ? "" : `, nesting ${nesting}`}; at most ${figure(rate)} written windows a window. A window is a load, a run and a put, in mode ${mode} of kernel ${kernel}${features.length === 0 ? "" : ` with ${features.join(" ")}`}.`,
    "No guest made of such windows does worse to the policy, whatever it writes in which of them.",
  ];
  if (rows.some(({ bound }) => bound !== null)) {
    list.push("Bound: what is proved of an adaptive group's ratio to its oracle, whatever the guest does.");
  }
  if (trace !== null) {
    const named = features.length === 0 ? "" : ` --features ${features.join()}`;
    list.push(
      `${trace.path} holds the worst guest against the ${trace.against === "eager" ? "policy eager" : "oracle"}, ${trace.windows} windows of it: trapline replay ${trace.path} --kernel ${kernel}${named}`,
    );
  }
  return list;
}

export const worstCaseText = (result: WorstCaseResult): string =>
  [
    `The worst guests for ${result.policy}`,
    "",
    textTable([head, ...table(result)], 2),
    "",
    ...notes(result).map((note) => wrapText(note, "Note: ", "      ")),
  ].join("\n");

export const worstCaseMarkdown = (result: WorstCaseResult): string =>
  [
    `### The worst guests for ${result.policy}`,
    "",
    markdownTable([head, ...table(result)]),
    "",
    ...notes(result).map((note) => `*Note*: ${note}\n`),
  ]
    .join("\n")
    .trimEnd();

export const worstCaseCsv = ({ policy, rows, modelled }: WorstCaseResult): string =>
  markedCsv(
    rows.map(() => ({ modelled })),
    [
      [
        "policy",
        "group",
        "against",
        "guest",
        "rate",
        "policy_cost",
        "eager_cost",
        "oracle_cost",
        "ratio_to_eager",
        "ratio_to_oracle",
        "bound_ratio",
        "bound_added",
      ],
      ...rows.map((row): Cell[] => [
        policy,
        row.group,
        row.against,
        row.guest,
        row.rate,
        row.policy,
        row.eager,
        row.oracle ?? "",
        row.ratioToEager ?? "",
        row.ratioToOracle ?? "",
        row.bound?.ratio ?? "",
        row.bound?.added ?? "",
      ]),
    ],
  );
