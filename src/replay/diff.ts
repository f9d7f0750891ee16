import { nameOrder } from "../registers/lookup.js";
import type { Totals } from "./result.js";
import type { ResultFile } from "./result-file.js";

export const countNames = ["traps", "saves", "elided", "restores"] as const;

/** A value that is not the same in both results; null where a result has none. */
export interface ValueDifference {
  /** `mode`, `kernel`, `features`, `complete`, `counts by vCPU`; or of a trace, such as `windows`. */
  readonly what: string;
  /** The trace by its name in A; null for what holds of the whole result. */
  readonly trace: string | null;
  readonly a: string | number | null;
  readonly b: string | number | null;
}

/** Something that one result has and the other has not. What it counted is not listed beside. */
export interface OnlyIn {
  readonly result: "a" | "b";
  readonly what: "policy" | "trace" | "vCPU";
  readonly name: string;
}

/** Counts that differ. What is null narrows nothing: without register and context it is a policy's sum. */
export interface CountDifference {
  readonly policy: string;
  readonly trace: string | null;
  readonly vm: number | null;
  readonly mpidr: number | null;
  /** Where the recording tells vCPUs apart by the host's threads. */
  readonly thread?: number;
  readonly context: "guest" | "host" | null;
  readonly register: string | null;
  /** Null where only the other result has this register. */
  readonly a: Totals | null;
  readonly b: Totals | null;
  /** B less A, where what a result has not counts 0. */
  readonly change: Totals;
}

/** What `trapline diff --json` prints. */
export interface ResultDiff {
  readonly schema: "trapline.diff/1";
  readonly equal: boolean;
  /** The results, by file; a trace's name and the tool are no difference. */
  readonly a: ResultName;
  readonly b: ResultName;
  readonly values: readonly ValueDifference[];
  readonly only: readonly OnlyIn[];
  readonly counts: readonly CountDifference[];
}

export interface ResultName {
  readonly file: string;
  readonly tool: string;
  readonly traces: readonly string[];
  /** What of its traces was not recorded but modelled; absent for recordings. */
  readonly modelled?: string;
}

export interface NamedResult {
  readonly file: string;
  readonly result: ResultFile;
}

/**
 * What changed from one result to another. Traces are paired by their names; the traces of two results with one
 * each are a pair whatever they are called, which is how two kernels or two guests are compared.
 */
export function diffResults(a: NamedResult, b: NamedResult): ResultDiff {
  const pathOf = pairing(a.result, b.result);
  const [first, second] = [a, b].map(({ result }) => flatten(result, pathOf));
  const only = (["policy", "trace", "vCPU"] as const).flatMap((what): OnlyIn[] => [
    ...missing(first.members[what], second.members[what]).map(
      (name) => ({ result: "a", what, name }) as const,
    ),
    ...missing(second.members[what], first.members[what]).map(
      (name) => ({ result: "b", what, name }) as const,
    ),
  ]);
  // A result without counts by vCPU has no vCPU of its own to miss; a trace that one lacks is named already.
  const byVcpu = first.byVcpu && second.byVcpu;
  const traces = only.filter(({ what }) => what === "trace").map(({ name }) => name);
  const listed = only.filter(
    ({ what, name }) => what !== "vCPU" || (byVcpu && !traces.some((trace) => name.endsWith(` of ${trace}`))),
  );
  const values = [
    ...valueDifferences(null, wholeValues(a.result), wholeValues(b.result)),
    ...a.result.traces.flatMap((trace) => {
      const other = b.result.traces.find(({ path }) => pathOf(path) === pathOf(trace.path));
      return other === undefined ? [] : valueDifferences(trace.path, traceValues(trace), traceValues(other));
    }),
  ];
  const counts = countDifferences(first, second);
  return {
    schema: "trapline.diff/1",
    equal: values.length === 0 && listed.length === 0 && counts.length === 0,
    a: nameOf(a),
    b: nameOf(b),
    values,
    only: listed,
    counts,
  };
}

function nameOf({ file, result: { tool, traces } }: NamedResult): ResultName {
  const models = new Set(traces.flatMap(({ modelled }) => (modelled === undefined ? [] : [modelled])));
  return {
    file,
    tool,
    traces: traces.map(({ path }) => path),
    ...(models.size === 0 ? {} : { modelled: [...models].join("; ") }),
  };
}

/** The name in A of a trace of either result. */
function pairing(a: ResultFile, b: ResultFile): (path: string) => string {
  const [first] = a.traces;
  const single = a.traces.length === 1 && b.traces.length === 1;
  return single ? () => first.path : (path) => path;
}

type Scope = Omit<CountDifference, "a" | "b" | "change">;

interface Flat {
  /** Counts by what they are counts of. */
  readonly rows: ReadonlyMap<string, { readonly scope: Scope; readonly totals: Totals }>;
  readonly members: Readonly<Record<OnlyIn["what"], ReadonlySet<string>>>;
  /** Whether it has counts by vCPU, and sums by trace, which a result of one trace has not. */
  readonly byVcpu: boolean;
  readonly byTrace: boolean;
}

function flatten({ traces, policies }: ResultFile, pathOf: (path: string) => string): Flat {
  const rows = new Map<string, { scope: Scope; totals: Totals }>();
  const vcpuNames = new Set<string>();
  const add = (part: Partial<Scope> & { readonly policy: string }, totals: Totals): void => {
    const scope: Scope = { trace: null, vm: null, mpidr: null, context: null, register: null, ...part };
    rows.set(scopeKey(scope), { scope, totals });
  };
  for (const { policy, totals, registers, vcpus = [] } of policies) {
    add({ policy }, totals);
    for (const { path, policies: own = [] } of traces) {
      const found = own.find((each) => each.policy === policy);
      if (found !== undefined) add({ policy, trace: pathOf(path) }, found.totals);
    }
    for (const row of registers) add({ policy, register: row.register, context: row.context }, row);
    for (const { trace, vm, mpidr, thread, totals: sum, registers: own } of vcpus) {
      const part = { policy, trace: pathOf(trace), vm, mpidr, ...(thread === undefined ? {} : { thread }) };
      vcpuNames.add(vcpuName(part));
      add(part, sum);
      for (const row of own) add({ ...part, register: row.register, context: row.context }, row);
    }
  }
  return {
    rows,
    members: {
      policy: new Set(policies.map(({ policy }) => policy)),
      trace: new Set(traces.map(({ path }) => pathOf(path))),
      vCPU: vcpuNames,
    },
    byVcpu: policies.some(({ vcpus }) => vcpus !== undefined),
    byTrace: traces.some(({ policies: own }) => own !== undefined),
  };
}

const scopeKey = ({ policy, trace, vm, mpidr, thread, context, register }: Scope): string =>
  JSON.stringify([policy, trace, vm, mpidr, thread ?? null, context, register]);

const vcpuName = ({ trace, vm, mpidr, thread }: Pick<Scope, "trace" | "vm" | "mpidr" | "thread">): string =>
  thread === undefined
    ? `VMID ${vm}, MPIDR 0x${(mpidr ?? 0).toString(16)} of ${trace}`
    : `thread ${thread} of ${trace}`;

const missing = (from: ReadonlySet<string>, other: ReadonlySet<string>): string[] =>
  [...from].filter((name) => !other.has(name));

const none: Totals = { traps: 0, saves: 0, elided: 0, restores: 0 };

function countDifferences(a: Flat, b: Flat): CountDifference[] {
  const found: CountDifference[] = [];
  for (const [key, { scope }] of new Map([...a.rows, ...b.rows])) {
    if (!inBoth(scope, a, b)) continue;
    const [before, after] = [a, b].map(({ rows }) => rows.get(key)?.totals);
    const change = difference(after ?? none, before ?? none);
    const isSame = before !== undefined && after !== undefined;
    if (isSame && countNames.every((name) => change[name] === 0)) continue;
    found.push({ ...scope, a: pick(before), b: pick(after), change });
  }
  const policies = [...a.members.policy];
  const rank = (list: readonly string[], name: string): number => list.indexOf(name);
  return found.toSorted(
    (x, y) =>
      rank(policies, x.policy) - rank(policies, y.policy) ||
      compare(x.trace ?? "", y.trace ?? "") ||
      (x.vm ?? -2) - (y.vm ?? -2) ||
      (x.mpidr ?? -1) - (y.mpidr ?? -1) ||
      (x.thread ?? -1) - (y.thread ?? -1) ||
      Number(x.register !== null) - Number(y.register !== null) ||
      nameOrder(x.register ?? "", y.register ?? "") ||
      compare(x.context ?? "", y.context ?? ""),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Whether both results have the policy, the trace and the vCPU; where one has not, that is listed once. */
function inBoth(scope: Scope, a: Flat, b: Flat): boolean {
  const has = ({ members }: Flat): boolean =>
    members.policy.has(scope.policy) &&
    (scope.trace === null || members.trace.has(scope.trace)) &&
    (scope.vm === null || members.vCPU.has(vcpuName(scope)));
  const isTraceSum = scope.trace !== null && scope.vm === null;
  if (isTraceSum && !(a.byTrace && b.byTrace)) return false;
  return has(a) && has(b);
}

const pick = (totals: Totals | undefined): Totals | null =>
  totals === undefined ? null : difference(totals, none);

function difference(a: Totals, b: Totals): Totals {
  return {
    traps: a.traps - b.traps,
    saves: a.saves - b.saves,
    elided: a.elided - b.elided,
    restores: a.restores - b.restores,
  };
}

type Values = Readonly<Record<string, string | number>>;

const wholeValues = ({ config, complete, policies }: ResultFile): Values => ({
  mode: config.mode,
  kernel: config.kernel,
  features: config.features.toSorted().join(" "),
  complete: complete ? "yes" : "no",
  "counts by vCPU": policies.some(({ vcpus }) => vcpus !== undefined) ? "yes" : "no",
});

function traceValues(trace: ResultFile["traces"][number]): Values {
  const { events, windows, vcpus, runs, guestEntries, guestExits, capabilities, anomalies, modelled } = trace;
  return {
    events,
    windows,
    vCPUs: vcpus,
    runs,
    "guest entries": guestEntries,
    "guest exits": guestExits,
    ...prefixed("capability", capabilities),
    ...prefixed("anomaly", anomalies),
    ...(modelled === undefined ? {} : { modelled }),
  };
}

const prefixed = (what: string, values: Readonly<Record<string, string | number | boolean>>): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `${what} ${name}`,
      typeof value === "boolean" ? (value ? "yes" : "no") : value,
    ]),
  );

function valueDifferences(trace: string | null, a: Values, b: Values): ValueDifference[] {
  const read = (values: Values, what: string): string | number | null =>
    Object.hasOwn(values, what) ? values[what] : null;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map((what) => ({ what, trace, a: read(a, what), b: read(b, what) }))
    .filter((each) => each.a !== each.b);
}
