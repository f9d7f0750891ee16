import type { PolicyResult, RegisterTotals, ReplayResult, Totals } from "../replay/result.js";
import { csvTable, markdownTable, textTable, type Cell } from "./text-table.js";

export interface ReplayReportOptions {
  /** Every register, or those in which a policy differs from the first one. */
  readonly registers: "changed" | "all";
}

/** The answer as text: a line per policy, then the registers that matter. */
export function replayText(result: ReplayResult, options: ReplayReportOptions): string {
  return report(result, options, textTable, (title) => title);
}

export function replayMarkdown(result: ReplayResult, options: ReplayReportOptions): string {
  return report(result, options, markdownTable, (title) => `### ${title}`);
}

/** Long form: one row a policy, context and register; with `--by vcpu` also one a vCPU. */
export function replayCsv(result: ReplayResult): string {
  const counts = ({ traps, saves, elided, restores }: Totals): Cell[] => [traps, saves, elided, restores];
  const rows: Cell[][] = [
    ["policy", "trace", "vm", "mpidr", "context", "register", "traps", "saves", "elided", "restores"],
  ];
  for (const { policy, registers, vcpus = [] } of result.policies) {
    for (const row of registers) {
      rows.push([policy, "", "", "", row.context, row.register, ...counts(row)]);
    }
    for (const { trace, vm, mpidr, registers: own } of vcpus) {
      for (const row of own) {
        rows.push([policy, trace, vm, hex(mpidr), row.context, row.register, ...counts(row)]);
      }
    }
  }
  return csvTable(rows);
}

type Table = (rows: readonly (readonly Cell[])[]) => string;

function report(
  result: ReplayResult,
  options: ReplayReportOptions,
  table: Table,
  heading: (title: string) => string,
): string {
  const { config, traces, policies, notes } = result;
  const parts: string[] = [];
  for (const trace of traces) {
    const what = `${trace.windows} windows, ${trace.runs} runs, ${trace.guestExits} guest exits`;
    parts.push(heading(`${trace.path}: ${what}, ${plural(trace.vcpus, "vCPU")}`));
  }
  const features = config.features.length === 0 ? "" : `; ${config.features.join(" ")}`;
  parts.push(`mode ${config.mode}, kernel ${config.kernel}${features}`, "");
  parts.push(table(policyRows(policies)), "");
  if (traces.length > 1) parts.push(table(traceRows(result)), "");
  const vcpuTable = vcpuRows(policies);
  if (vcpuTable.length > 1) parts.push(table(vcpuTable), "");
  const registers = registerRows(policies, options.registers);
  if (registers.length > 1) parts.push(table(registers), "");
  else parts.push("No policy differs from the first in any register.", "");
  parts.push(...notes.map((note) => `Note: ${note}`));
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
  const signed = (n: number, what: string): string[] => (n === 0 ? [] : [`${n > 0 ? "+" : ""}${n} ${what}`]);
  const parts = [
    ...signed(change.traps, "traps"),
    ...signed(change.saves, "saves"),
    ...signed(change.restores, "restores"),
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

function vcpuRows(policies: readonly PolicyResult[]): Cell[][] {
  const rows: Cell[][] = [["trace", "VMID", "MPIDR", "policy", "traps", "saves", "elided", "restores"]];
  for (const { policy, vcpus = [] } of policies) {
    for (const { trace, vm, mpidr, totals } of vcpus) {
      const { traps, saves, elided, restores } = totals;
      rows.push([trace, vm, hex(mpidr), policy, traps, saves, elided, restores]);
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
  const head = policies.flatMap((policy) => [
    ...(traps(policy) ? [`${policy.policy} traps`] : []),
    `${policy.policy} saves`,
  ]);
  return [
    ["register", "context", "restores", ...head],
    ...shown.map((row): Cell[] => [
      row.register,
      row.context,
      find(first, row)?.restores ?? 0,
      ...policies.flatMap((policy) => {
        const own = find(policy, row);
        return [...(traps(policy) ? [own?.traps ?? 0] : []), own?.saves ?? 0];
      }),
    ]),
  ];
}

const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const hex = (n: number): string => `0x${n.toString(16)}`;
