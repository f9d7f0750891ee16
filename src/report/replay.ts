import type { PolicyResult, RegisterTotals, ReplayResult, Totals } from "../replay/result.js";
import { modelledLines, modelsOf, markedCsv, type MayBeModelled } from "./modelled.js";
import { markdownTable, textTable, wrapText, type Cell } from "./text-table.js";

export interface ReplayReportOptions {
  /** Every register, or those in which a policy differs from the first one. */
  readonly registers: "changed" | "all";
}

/** The answer as text: a line per policy, then the registers that matter. */
export function replayText(result: ReplayResult, options: ReplayReportOptions): string {
  return report(result, options, textForm);
}

export function replayMarkdown(result: ReplayResult, options: ReplayReportOptions): string {
  return report(result, options, markdownForm);
}

/** Long form: one row a policy, context and register; with `--by vcpu` also one a vCPU. */
export function replayCsv(result: ReplayResult): string {
  const counts = ({ traps, saves, elided, restores }: Totals): Cell[] => [traps, saves, elided, restores];
  const ofThread = byThread(result.policies);
  const head = ["context", "register", "traps", "saves", "elided", "restores"];
  const rows: Cell[][] = [["policy", "trace", "vm", "mpidr", ...ofThread("thread"), ...head]];
  const marks: MayBeModelled[] = [];
  const all = modelsOf(result.traces).join("; ");
  for (const { policy, registers, vcpus = [] } of result.policies) {
    for (const row of registers) {
      rows.push([policy, "", "", "", ...ofThread(""), row.context, row.register, ...counts(row)]);
      marks.push(all === "" ? {} : { modelled: all });
    }
    for (const { trace, vm, mpidr, thread, registers: own } of vcpus) {
      const part = [policy, trace, vm, hex(mpidr), ...ofThread(thread)];
      for (const row of own) {
        rows.push([...part, row.context, row.register, ...counts(row)]);
        marks.push(result.traces.find(({ path }) => path === trace) ?? {});
      }
    }
  }
  return markedCsv(marks, result.complete ? rows : rows.map(markedIncomplete));
}

/** A sum that lacks something is not to be taken for the whole of it. */
const markedIncomplete = (row: readonly Cell[], at: number): Cell[] => [
  ...row,
  at === 0 ? "complete" : "false",
];

/** How the parts of a report are written. */
interface Form {
  /** `keys`: columns that say what a row is about. */
  readonly table: (rows: readonly (readonly Cell[])[], keys?: number) => string;
  readonly heading: (title: string) => string;
  readonly note: (text: string) => string;
}

const textForm: Form = {
  table: textTable,
  heading: (title) => title,
  note: (text) => wrapText(text, "Note: ", "      "),
};

const markdownForm: Form = {
  table: markdownTable,
  heading: (title) => `### ${title}`,
  note: (text) => `*Note*: ${text}\n`,
};

function report(result: ReplayResult, options: ReplayReportOptions, { table, heading, note }: Form): string {
  const { config, traces, policies, notes, missing = [], refused = [] } = result;
  const parts: string[] = missing.map(({ trace, reason }) => note(`incomplete, without ${trace}: ${reason}`));
  if (missing.length > 0) parts.push("");
  if (traces.length === 0 && missing.length > 0) return parts.join("\n").trimEnd();
  for (const trace of traces) {
    const what = `${trace.windows} windows, ${trace.runs} runs, ${trace.guestExits} guest exits`;
    parts.push(heading(`${trace.path}: ${what}, ${plural(trace.vcpus, "vCPU")}`));
  }
  const kernel =
    config.kernel === "recorded" ? "registers as recorded" : `registers of kernel ${config.kernel}`;
  const features = config.features.length === 0 ? "" : `, features ${config.features.join(" ")}`;
  parts.push(`mode ${config.mode}, ${kernel}${features}`, ...modelledLines(traces), "");
  parts.push(table(policyRows(policies)), "");
  if (traces.length > 1) parts.push(table(traceRows(result), 2), "");
  const vcpuTable = vcpuRows(policies, traces.length > 1);
  if (vcpuTable.length > 1) parts.push(table(vcpuTable, 4), "");
  const registers = registerRows(policies, options.registers);
  if (registers.length > 1) parts.push(table(registers, 3), "");
  else parts.push("No policy differs from the first in any register.", "");
  parts.push(...notes.map(note));
  parts.push(...refused.map(({ what, why }) => `Not answered: ${what}: ${why}`));
  return parts.join("\n").trimEnd();
}

function policyRows(policies: readonly PolicyResult[]): Cell[][] {
  const changed = policies.some(({ change }) => change !== undefined);
  const rows: Cell[][] = [
    ["policy", "traps", "saves", "elided", "restores", ...(changed ? ["against eager"] : [])],
  ];
  for (const { policy, totals, change } of policies) {
    rows.push([policy, totals.traps, totals.saves, totals.elided, totals.restores, changeText(change)]);
  }
  return rows;
}

function changeText(change: Totals | undefined): string {
  if (change === undefined) return "";
  const signed = (n: number, what: string): string[] =>
    n === 0 ? [] : [`${n > 0 ? "+" : "-"}${plural(Math.abs(n), what)}`];
  const parts = [
    ...signed(change.traps, "trap"),
    ...signed(change.saves, "save"),
    ...signed(change.restores, "restore"),
  ];
  return parts.length === 0 ? "no change" : parts.join(", ");
}

function traceRows({ traces, policies }: ReplayResult): Cell[][] {
  const rows: Cell[][] = [["trace", "policy", "traps", "saves", "elided", "restores"]];
  for (const trace of traces) {
    for (const { policy } of policies) {
      const found = trace.policies?.find((each) => each.policy === policy);
      if (found === undefined) continue;
      const { traps, saves, elided, restores } = found.totals;
      rows.push([trace.path, policy, traps, saves, elided, restores]);
    }
  }
  return rows;
}

/** A cell where vCPUs of a recording are told apart by the host's threads, none elsewhere. */
function byThread(policies: readonly PolicyResult[]): (cell: Cell) => Cell[] {
  const has = policies.some(({ vcpus = [] }) => vcpus.some(({ thread }) => thread !== undefined));
  return (cell) => (has ? [cell] : []);
}

function vcpuRows(policies: readonly PolicyResult[], several: boolean): Cell[][] {
  const of = (trace: string): Cell[] => (several ? [trace] : []);
  const ofThread = byThread(policies);
  const rows: Cell[][] = [
    [
      ...of("trace"),
      "VMID",
      "MPIDR",
      ...ofThread("thread"),
      "policy",
      "traps",
      "saves",
      "elided",
      "restores",
    ],
  ];
  for (const { policy, vcpus = [] } of policies) {
    for (const { trace, vm, mpidr, thread, totals } of vcpus) {
      const { traps, saves, elided, restores } = totals;
      rows.push([...of(trace), vm, hex(mpidr), ...ofThread(thread), policy, traps, saves, elided, restores]);
    }
  }
  return rows;
}

/** One row a register and context, with each policy's traps and saves. */
function registerRows(policies: readonly PolicyResult[], which: "changed" | "all"): Cell[][] {
  const [first] = policies;
  const keys = new Map<string, RegisterTotals>();
  for (const { registers } of policies) {
    for (const row of registers) keys.set(`${row.context} ${row.register}`, row);
  }
  const find = ({ registers }: PolicyResult, { register, context }: RegisterTotals): Totals | undefined =>
    registers.find((row) => row.register === register && row.context === context);
  const shown = [...keys.values()].filter((row) => {
    if (which === "all") return true;
    const base = find(first, row);
    return policies.some((policy) => {
      const own = find(policy, row);
      return (own?.traps ?? 0) > 0 || own?.saves !== base?.saves || own?.restores !== base?.restores;
    });
  });
  const traps = (policy: PolicyResult): boolean => policy.totals.traps > 0;
  const restores = (policy: PolicyResult): boolean => policy.totals.restores !== first.totals.restores;
  const head = policies.flatMap((policy) => [
    ...(traps(policy) ? [`${policy.policy}\ntraps`] : []),
    `${policy.policy}\nsaves`,
    ...(restores(policy) ? [`${policy.policy}\nrestores`] : []),
  ]);
  return [
    ["register", "context", "restores", ...head],
    ...shown.map((row): Cell[] => [
      row.register,
      row.context,
      find(first, row)?.restores ?? 0,
      ...policies.flatMap((policy) => {
        const own = find(policy, row);
        return [
          ...(traps(policy) ? [own?.traps ?? 0] : []),
          own?.saves ?? 0,
          ...(restores(policy) ? [own?.restores ?? 0] : []),
        ];
      }),
    ]),
  ];
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const hex = (n: number): string => `0x${n.toString(16)}`;
