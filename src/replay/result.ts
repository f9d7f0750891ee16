import { nameOrder } from "../registers/lookup.js";
import type { CountRow } from "../model/counts.js";
import { Kind } from "../trace/kinds.js";
import type { TraceHeader } from "../trace/header.js";
import { unswitchedNotes } from "../policies/unswitched.js";
import { damagedField, damagedNotes, isIncomplete } from "../trace/damaged.js";
import { modelledField, modelledNotes } from "../trace/modelled.js";
import type { TraceCounts } from "./merge.js";
import type { Missing } from "./missing.js";

export interface Totals {
  readonly traps: number;
  readonly saves: number;
  readonly elided: number;
  readonly restores: number;
}

export interface RegisterTotals extends Totals {
  readonly register: string;
  readonly context: "guest" | "host";
}

export interface VcpuTotals {
  readonly trace: string;
  /** VMID and VMPIDR_EL2. */
  readonly vm: number;
  readonly mpidr: number;
  /** The host's thread that runs it, where the recording tells vCPUs apart by that. */
  readonly thread?: number;
  readonly totals: Totals;
  readonly registers: readonly RegisterTotals[];
}

export interface PolicyResult {
  readonly policy: string;
  readonly totals: Totals;
  /** Totals less those of `eager`, where it is among the policies. */
  readonly change?: Totals;
  readonly registers: readonly RegisterTotals[];
  /** By vCPU, where it was asked for. */
  readonly vcpus?: readonly VcpuTotals[];
}

export interface TraceResult {
  readonly path: string;
  readonly events: number;
  /** Spans between a restore and the next save of EL1 state, of guest and host contexts. */
  readonly windows: number;
  readonly vcpus: number;
  readonly runs: number;
  readonly guestEntries: number;
  readonly guestExits: number;
  readonly capabilities: TraceHeader["capabilities"];
  readonly anomalies: TraceHeader["anomalies"];
  /** What of the trace was not recorded but modelled; absent for a recording. */
  readonly modelled?: string;
  /** What of a damaged trace is not in the counts; absent where all is. */
  readonly damaged?: TraceHeader["damaged"];
  /** Per policy, where several traces are merged. */
  readonly policies?: readonly { readonly policy: string; readonly totals: Totals }[];
}

/** What `trapline replay --json` prints. */
export interface ReplayResult {
  readonly schema: "trapline.replay/1";
  readonly tool: string;
  readonly config: {
    readonly mode: string;
    readonly kernel: string;
    readonly features: readonly string[];
  };
  /** False where counts of some traces are not in it. */
  readonly complete: boolean;
  /** Those traces, and why; absent where there are none. */
  readonly missing?: readonly Missing[];
  readonly notes: readonly string[];
  readonly traces: readonly TraceResult[];
  readonly policies: readonly PolicyResult[];
  /** Policies that one of the traces cannot answer, and why; absent where all were counted. */
  readonly refused?: readonly { readonly what: string; readonly why: string }[];
}

const none: Totals = { traps: 0, saves: 0, elided: 0, restores: 0 };

/** Sums the counts of all traces, and says what a reader must know of them. */
export function makeResult(
  counts: readonly TraceCounts[],
  tool: string,
  byVcpu: boolean,
  missing: readonly Missing[] = [],
): ReplayResult {
  const names = counts.length === 0 ? [] : counts[0].policies.map(({ policy }) => policy);
  const features = [...new Set(counts.flatMap(({ config }) => config.features))];
  const one = (values: readonly string[]): string => [...new Set(values)].join(", ");
  const policies = names.map((policy, at): PolicyResult => {
    const registers = sumRegisters(counts.flatMap((each) => each.policies[at].rows));
    const vcpus = byVcpu ? { vcpus: counts.flatMap((each) => vcpuTotals(each, at)) } : {};
    return { policy, totals: sumTotals(registers), registers, ...vcpus };
  });
  const eager = policies.find(({ policy }) => policy === "eager");
  return {
    schema: "trapline.replay/1",
    tool,
    config: {
      mode: one(counts.map(({ config }) => config.mode)),
      kernel: one(counts.map(({ config }) => config.kernel)),
      features,
    },
    complete: missing.length === 0 && !counts.some(({ header }) => isIncomplete(header)),
    ...(missing.length === 0 ? {} : { missing }),
    notes: [...notesOn(counts), ...changesOf(counts), ...(byVcpu ? hostNotes(counts) : [])],
    traces: counts.map((each) => traceResult(each, counts.length + missing.length > 1)),
    policies: policies.map((each) =>
      eager === undefined || each === eager
        ? each
        : { ...each, change: difference(each.totals, eager.totals) },
    ),
  };
}

function traceResult({ path, header, config, policies }: TraceCounts, several: boolean): TraceResult {
  const count = (...kinds: number[]): number =>
    header.tally.reduce((sum, [kind, , , n]) => (kinds.includes(kind) ? sum + n : sum), 0);
  return {
    path,
    events: header.events,
    windows: config.mode === "vhe" ? count(Kind.put) : 2 * count(Kind.runEnd),
    vcpus: header.vcpus.length,
    runs: count(Kind.runStart),
    guestEntries: count(Kind.entry),
    guestExits: count(Kind.fullExit, Kind.fastExit),
    capabilities: header.capabilities,
    anomalies: header.anomalies,
    ...modelledField(header),
    ...damagedField(header),
    ...(several
      ? { policies: policies.map(({ policy, rows }) => ({ policy, totals: sumTotals(rows) })) }
      : {}),
  };
}

function vcpuTotals({ path, header, policies }: TraceCounts, at: number): VcpuTotals[] {
  const totals = header.vcpus.map(({ vm, mpidr, thread }, vcpu): VcpuTotals => {
    const rows = policies[at].rows.filter(({ context, unit }) => context === "guest" && unit === vcpu);
    const registers = sumRegisters(rows);
    const own = thread === undefined ? {} : { thread };
    return { trace: path, vm, mpidr, ...own, totals: sumTotals(registers), registers };
  });
  // A trace numbers them as they appear.
  return totals.toSorted((a, b) => a.vm - b.vm || a.mpidr - b.mpidr || (a.thread ?? 0) - (b.thread ?? 0));
}

/** Counts by register and context, guests first, in table order. */
function sumRegisters(rows: readonly CountRow[]): RegisterTotals[] {
  const sums = new Map<string, RegisterTotals>();
  for (const row of rows) {
    const key = `${row.context} ${row.register}`;
    const { register, context } = row;
    sums.set(key, { register, context, ...add(sums.get(key) ?? none, row) });
  }
  return [...sums.values()].toSorted(
    (a, b) =>
      nameOrder(a.register, b.register) || Number(a.context === "host") - Number(b.context === "host"),
  );
}

export const sumTotals = (rows: readonly Totals[]): Totals => rows.reduce(add, none);

function add(a: Totals, b: Totals): Totals {
  return {
    traps: a.traps + b.traps,
    saves: a.saves + b.saves,
    elided: a.elided + b.elided,
    restores: a.restores + b.restores,
  };
}

function difference(a: Totals, b: Totals): Totals {
  return {
    traps: a.traps - b.traps,
    saves: a.saves - b.saves,
    elided: a.elided - b.elided,
    restores: a.restores - b.restores,
  };
}

/** How often policies that learn, and oracles, changed their minds: no column says it. */
function changesOf(counts: readonly TraceCounts[]): string[] {
  const changes = new Map<string, number>();
  for (const { policy, rows } of counts.flatMap(({ policies }) => policies)) {
    changes.set(
      policy,
      rows.reduce((sum, row) => sum + (row.changes ?? 0), changes.get(policy) ?? 0),
    );
  }
  return [...changes].flatMap(([policy, times]) =>
    times === 0 ? [] : [`${policy} went ${times} times from trapping a group to eager, or back.`],
  );
}

/** Rows of vCPUs are of guests: they sum to less than a policy's where the host's context is switched. */
function hostNotes(counts: readonly TraceCounts[]): string[] {
  const rows = counts.flatMap(({ policies }) => policies.flatMap((policy) => policy.rows));
  if (!rows.some(({ context }) => context === "host")) return [];
  return [
    "What is saved and restored of the host's contexts belongs to no vCPU: it is in the sums of policies alone.",
  ];
}

/** What the figures do not say by themselves. */
export function notesOn(counts: readonly Pick<TraceCounts, "header" | "config" | "assignments">[]): string[] {
  const notes = new Set<string>();
  for (const { header, assignments } of counts) {
    for (const note of damagedNotes(header)) notes.add(note);
    for (const note of modelledNotes(header)) notes.add(note);
    const tracked = assignments.some(
      ({ policy, config: own }) => own.mode === "nvhe" && policy.groups.some(({ save }) => save === "dirty"),
    );
    if (tracked) {
      notes.add(
        "On nVHE an interrupt between a trap and its retry makes the retry trap again in the next run: traps and saves of registers that are written often may be up to one per cent higher on a real kernel.",
      );
    }
    if (header.capabilities.guestReads === "filtered") {
      const reads = assignments.some(({ policy }) =>
        policy.groups.some(({ trap }) => trap === "first-access" || trap === "undefined"),
      );
      if (reads) notes.add("The recorder left out reads of some registers: traps on reads may be missing.");
    }
    for (const { policy, config: own } of assignments) {
      for (const note of unswitchedNotes(policy, own)) notes.add(note);
      const { oracle } = policy;
      if (oracle === undefined) continue;
      notes.add(
        `${policy.name} knows the future, and chooses at ${oracle.profile} prices${oracle.nesting === "none" ? "" : `, nesting ${oracle.nesting}`}: what no policy that arms the same groups can be cheaper than.`,
      );
    }
    for (const { policy } of assignments) {
      if (policy.assumeNotHardwareWritten.length > 0) {
        notes.add(
          `${policy.name} assumes that hardware never writes ${policy.assumeNotHardwareWritten.join(", ")}.`,
        );
      }
    }
    for (const [what, times] of Object.entries(header.anomalies)) {
      notes.add(`${header.source.name}: ${what}, ${times} times.`);
    }
  }
  return [...notes];
}
