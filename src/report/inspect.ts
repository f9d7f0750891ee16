import { registerName, tableOrder } from "../registers/lookup.js";
import { capabilityNames, capabilityText } from "../trace/capabilities.js";
import { reasonName } from "../trace/exits.js";
import type { TraceHeader } from "../trace/header.js";
import { kindName, kindNames, type KindName } from "../trace/kinds.js";
import { modelledText } from "../trace/modelled.js";
import { breachRows, damagedRows } from "./breaches.js";
import { exitTimesJson, exitTimesText, type ExitTimes } from "./exit-times.js";
import { modeText } from "./import.js";
import { textList, textTable, type Cell } from "./text-table.js";

export interface Inspected {
  readonly name: string;
  readonly header: TraceHeader;
  readonly blocks: number;
  readonly bytes: number;
  /** How long exits took, where the recording is of full exits alone. */
  readonly exitTimes?: readonly ExitTimes[];
}

interface AccessCounts {
  readonly register: string;
  readonly counts: Readonly<Partial<Record<KindName, number>>>;
}

export interface ExitCounts {
  readonly reason: string;
  readonly path: "fast" | "full";
  readonly register: string | undefined;
  readonly direction: "read" | "write" | undefined;
  readonly count: number;
}

/** Everything about a trace but its events. */
export function inspectJson({
  name,
  header,
  blocks,
  bytes,
  exitTimes,
}: Inspected): Readonly<Record<string, unknown>> {
  const { tally: _tally, exits: _exits, places: _places, registers, recorded, ...rest } = header;
  const names = (list: readonly number[]): string[] => list.map((index) => registerName(registers[index]));
  return {
    path: name,
    bytes,
    blocks,
    ...rest,
    recorded: {
      guestSave: names(recorded.guestSave),
      guestRestore: names(recorded.guestRestore),
      hostSave: names(recorded.hostSave),
      hostRestore: names(recorded.hostRestore),
    },
    kinds: kindCounts(header),
    exits: exitCounts(header),
    accesses: accessCounts(header),
    ...(exitTimes === undefined ? {} : { exitTimes: exitTimesJson(header, exitTimes) }),
  };
}

export function inspectText({ name, header, blocks, bytes, exitTimes }: Inspected): string {
  const { source, clock, capabilities, pcpus, anomalies } = header;
  const kinds = kindCounts(header);
  const about: [string, string][] = [
    ["made by", header.tool],
    [
      "from",
      `${source.name}: ${source.format}, ${source.dialect}; ${source.lines} lines, ${source.bytes} bytes`,
    ],
    ["host", hostText(header)],
    ["clock", `${clock.unit}${clock.perCpu ? ", of each pCPU by itself" : ""}`],
    ["file", `${bytes} bytes, ${header.events} events in ${blocks} blocks`],
    ...Object.entries(anomalies).map(([what, count]): [string, string] => ["odd", `${count} x ${what}`]),
    ...breachRows(header),
    ...damagedRows(header),
  ];
  const parts = [name, textList(about), ""];
  parts.push(
    textTable([
      ["what a policy may need", "recorded"],
      ...capabilityNames.map((key): Cell[] => [capabilityText[key], yesNo(capabilities[key])]),
    ]),
    "",
  );
  parts.push(textTable([["event", "count"], ...Object.entries(kinds)]), "");
  parts.push(
    textTable([
      ["pCPU", "first", "last"],
      ...pcpus.map(({ pcpu, first, last }): Cell[] => [String(pcpu), first, last]),
    ]),
    "",
    vcpuTable(header),
    "",
  );
  const exits = exitCounts(header);
  if (exits.length > 0) {
    const total = exits.reduce((sum, { count }) => sum + count, 0);
    parts.push(
      textTable([
        ["exit", "path", "register", "", "samples", "share"],
        ...exits.map(({ reason, path, register = "", direction = "", count }): Cell[] => [
          reason,
          path,
          register,
          direction,
          count,
          `${((100 * count) / total).toFixed(2).padStart(5)}%`,
        ]),
      ]),
      "",
    );
  }
  if (exitTimes !== undefined) parts.push(exitTimesText(header, exitTimes), "");
  const accesses = accessCounts(header);
  const columns = kindNames.filter((kind) => accesses.some(({ counts }) => counts[kind] !== undefined));
  parts.push(
    textTable([
      ["register", ...columns.map(twoLines)],
      ...accesses.map(({ register, counts }): Cell[] => [register, ...columns.map((kind) => counts[kind])]),
    ]),
  );
  return parts.join("\n");
}

/** A recording tells vCPUs apart by VMID and MPIDR, or by the host's threads that run them. */
function vcpuTable({ clock, vcpus, guestTime }: TraceHeader): string {
  const byThread = vcpus.some(({ thread }) => thread !== undefined);
  const together = vcpus.some(({ guest }) => guest !== undefined);
  return textTable([
    [
      ...(byThread ? ["thread", "name"] : []),
      ...(together ? ["guest"] : []),
      "VMID",
      "MPIDR",
      `${clock.unit} in the guest`,
      ...(together ? ["task switches"] : []),
    ],
    ...vcpus.map(({ vm, mpidr, thread = "-", name = "", guest = "-", guestSwitches = "-" }, at): Cell[] => [
      ...(byThread ? [String(thread), name] : []),
      ...(together ? [guest] : []),
      vm < 0 ? "-" : String(vm),
      mpidr === 0 && byThread ? "-" : `0x${mpidr.toString(16)}`,
      guestTime[at],
      ...(together ? [guestSwitches] : []),
    ]),
  ]);
}

export function hostText(header: TraceHeader): string {
  const { mode } = header;
  const modelled = modelledText(header);
  if (modelled === undefined) return modeText(header);
  // Uses that a model lays over a recorded host leave the host as it was.
  if (header.modelled?.every(({ part }) => part === "uses") === true) {
    return `${modeText(header)}; modelled: ${modelled}`;
  }
  const host = mode === "none" ? "whose kernel switches where --mode says" : `as of a ${modeText(header)}`;
  return `modelled: ${modelled}; ${host}`;
}

/** `guestWrite` as a head of two lines. */
const twoLines = (kind: string): string => kind.replace(/[A-Z]/, (letter) => `\n${letter.toLowerCase()}`);

const yesNo = (value: string | boolean): string => (value === true ? "yes" : value === false ? "no" : value);

function kindCounts(header: TraceHeader): Partial<Record<KindName, number>> {
  const counts: Partial<Record<KindName, number>> = {};
  for (const [kind, , , count] of header.tally) {
    const name = kindName(kind);
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

/** Most frequent first. */
export function exitCounts(header: TraceHeader): ExitCounts[] {
  const sums = new Map<string, ExitCounts>();
  for (const [, fast, reason, register, write, count] of header.exits) {
    const key = `${fast} ${reason} ${register} ${write}`;
    sums.set(key, {
      reason: reasonName(reason),
      path: fast === 1 ? "fast" : "full",
      register: register === 0 ? undefined : registerName(header.registers[register]),
      direction: register === 0 ? undefined : write === 1 ? "write" : "read",
      count: (sums.get(key)?.count ?? 0) + count,
    });
  }
  return [...sums.values()].toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

/** In table order. */
function accessCounts(header: TraceHeader): AccessCounts[] {
  const sums = new Map<number, Partial<Record<KindName, number>>>();
  for (const [kind, register, , count] of header.tally) {
    if (register === 0 || kindName(kind).endsWith("Exit")) continue;
    const counts = sums.get(register) ?? {};
    counts[kindName(kind)] = (counts[kindName(kind)] ?? 0) + count;
    sums.set(register, counts);
  }
  return [...sums]
    .toSorted(([a], [b]) => tableOrder(header.registers[a], header.registers[b]))
    .map(([register, counts]) => ({ register: registerName(header.registers[register]), counts }));
}
