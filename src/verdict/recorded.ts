import { registerByEncoding, registerName } from "../registers/lookup.js";
import { traceEvents, type TraceEvent } from "../trace/events.js";
import { Reason, exceptionClass, exitReason, isTrappedWrite, reasonName } from "../trace/exits.js";
import { Kind, kindName, type KindName } from "../trace/kinds.js";
import type { TraceHeader } from "../trace/header.js";
import { checkRecorded } from "../trace/modelled.js";
import { openTrace, type Trace } from "../trace/reader.js";
import { createHistogram, type Histogram, type Spread } from "./histogram.js";

/** From a guest exit to the next entry of the same vCPU on the same pCPU, with no load, put or loss between. */
export interface RecordedTrap {
  readonly path: "fast" | "full";
  /** An exception class or an interrupt, as `inspect` names it; a trapped register access with its direction. */
  readonly reason: string;
  /**
   * Of a trapped access: whether the hypervisor did it (`emulated`) or let the guest try again (`retried`), as
   * after the trap of a policy. Null for what is no access.
   */
  readonly outcome: "emulated" | "retried" | null;
  /** Exits of this kind that are not in the spread: no such entry followed. */
  readonly unmatched: number;
  /** In the trace's clock unit; null where no entry followed any of them. */
  readonly spread: Spread | null;
}

/** From the access of the switch code before to this one, in one pass of one direction. */
export interface RecordedSwitch {
  readonly kind: KindName;
  readonly register: string;
  readonly spread: Spread;
}

/** What a recording's own clock says of the prices of its machine. */
export interface RecordedCosts {
  readonly trace: string;
  readonly mode: string;
  /** The trace's clock, in which all spreads are. */
  readonly unit: string;
  /** Whether loads and puts bound the round trips of full exits. */
  readonly loads: boolean;
  /** Whether the guest may have pointer authentication, whose keys each of its exits then switches. */
  readonly mayHavePauth: boolean;
  /** Whether the recorded kernel saved some registers of class el1 less often than others. */
  readonly skipsSaves: boolean;
  readonly traps: readonly RecordedTrap[];
  readonly switches: readonly RecordedSwitch[];
  /**
   * Of all registers of class el1, guest and host, that were switched right after their neighbour in the kernel's
   * own order: where the kernel left some out, deciding so is in the next one's gap.
   */
  readonly save: Spread | null;
  readonly restore: Spread | null;
  /** Full exits for a register access, and all but WFx, after which the host waits for work. */
  readonly fullAccesses: Spread | null;
  readonly fullExits: Spread | null;
}

const switchKinds: readonly number[] = [Kind.saveGuest, Kind.restoreGuest, Kind.saveHost, Kind.restoreHost];
const wfx = 0x01;

interface TrapCell {
  readonly path: "fast" | "full";
  readonly reason: number;
  readonly write: boolean;
  readonly outcome: RecordedTrap["outcome"];
  readonly spans: Histogram;
  unmatched: number;
}

/** An exit that waits for the entry after it. */
interface OpenExit {
  readonly event: TraceEvent;
  readonly vcpu: number;
  emulated: boolean;
}

interface PcpuState {
  exit: OpenExit | undefined;
  /** The last event, where it was an access of the switch code. */
  access: TraceEvent | undefined;
}

/**
 * Measures the spans between events of each pCPU, in one pass over the trace and in memory that does not grow with
 * it. `name` is what the trace is called in the result. Throws TraplineError `corrupt` where the trace is.
 */
function measureTrace(trace: Trace, name: string): RecordedCosts {
  const { header } = trace;
  checkRecorded(header, name);
  const { places, registers, recorded } = header;
  // Only what sysreg-sr.c switches: timers and the vGIC are saved elsewhere, after more work than one access.
  const lists = new Map(
    switchKinds.map((kind) => [kind, new Map(listOf(recorded, kind).map((register, at) => [register, at]))]),
  );
  const traps = new Map<string, TrapCell>();
  const switches = new Map<number, Histogram>();
  const [save, restore] = [createHistogram(), createHistogram()];
  const [fullAccesses, fullExits] = [createHistogram(), createHistogram()];
  const pcpus = new Map<number, PcpuState>();

  function close({ event, emulated }: OpenExit, entry: number | undefined): void {
    const cell = trapCell(traps, event, emulated);
    const span = entry === undefined ? -1 : entry - event.time;
    // A clock that went back measures nothing.
    if (span < 0) cell.unmatched++;
    else {
      cell.spans.add(span);
      if (cell.path === "full" && cell.reason !== wfx) fullExits.add(span);
      if (cell.path === "full" && cell.outcome !== null) fullAccesses.add(span);
    }
  }

  function switched(event: TraceEvent, before: TraceEvent | undefined): void {
    if (before === undefined || before.kind !== event.kind || before.place !== event.place) return;
    const span = event.time - before.time;
    if (span < 0) return;
    const cell = switchCell(event.kind, event.register);
    let spans = switches.get(cell);
    if (spans === undefined) switches.set(cell, (spans = createHistogram()));
    spans.add(span);
    if (registerByEncoding(registers[event.register])?.class !== "el1") return;
    const [from, to] = [before, event].map(
      ({ register }) => lists.get(event.kind)?.get(register) ?? Number.NaN,
    );
    if (to - from !== 1) return;
    const isSave = event.kind === Kind.saveGuest || event.kind === Kind.saveHost;
    (isSave ? save : restore).add(span);
  }

  for (const event of traceEvents(trace)) {
    const { kind, place } = event;
    const [pcpu, vcpu] = [places[2 * place], places[2 * place + 1]];
    let state = pcpus.get(pcpu);
    if (state === undefined) pcpus.set(pcpu, (state = { exit: undefined, access: undefined }));
    const before = state.access;
    state.access = undefined;
    if (lists.get(kind)?.has(event.register) === true) {
      switched(event, before);
      state.access = event;
    } else if (kind === Kind.emulatedWrite || kind === Kind.emulatedRead) {
      if (state.exit !== undefined) state.exit.emulated = true;
    } else if (endsExit(kind) && state.exit !== undefined) {
      close(state.exit, kind === Kind.entry && state.exit.vcpu === vcpu ? event.time : undefined);
      state.exit = undefined;
    }
    if (kind === Kind.fastExit || kind === Kind.fullExit) state.exit = { event, vcpu, emulated: false };
  }
  for (const { exit } of pcpus.values()) if (exit !== undefined) close(exit, undefined);

  return {
    trace: name,
    mode: header.mode,
    unit: header.clock.unit,
    loads: header.capabilities.loads,
    mayHavePauth: header.capabilities.pauthUse === "none",
    skipsSaves: skipsSaves(header),
    traps: trapRows([...traps.values()]),
    switches: switchKinds.flatMap((kind) =>
      listOf(recorded, kind).flatMap((register): RecordedSwitch[] => {
        const spread = switches.get(switchCell(kind, register))?.spread();
        if (spread === undefined) return [];
        return [{ kind: kindName(kind), register: registerName(registers[register]), spread }];
      }),
    ),
    save: save.spread() ?? null,
    restore: restore.spread() ?? null,
    fullAccesses: fullAccesses.spread() ?? null,
    fullExits: fullExits.spread() ?? null,
  };
}

/** As `measureTrace`, for a file; throws TraplineError `input` and `unsupported` where it cannot be opened, too. */
export function measureFile(path: string, name: string): RecordedCosts {
  const trace = openTrace(path);
  try {
    return measureTrace(trace, name);
  } finally {
    trace.close();
  }
}

/** A recording that begins or ends within a pass has some saves once more. */
function skipsSaves({ recorded, registers, tally }: TraceHeader): boolean {
  const saves = recorded.guestSave
    .filter((register) => registerByEncoding(registers[register])?.class === "el1")
    .map((register) =>
      tally.reduce((sum, [kind, of, , n]) => (kind === Kind.saveGuest && of === register ? sum + n : sum), 0),
    );
  return saves.length > 0 && Math.min(...saves) < 0.9 * Math.max(...saves);
}

/** An exit is over with the next entry; without one it ends with what takes the vCPU from its pCPU. */
const endsExit = (kind: number): boolean =>
  kind === Kind.entry ||
  kind === Kind.fastExit ||
  kind === Kind.fullExit ||
  kind === Kind.load ||
  kind === Kind.put ||
  kind === Kind.lost;

const switchCell = (kind: number, register: number): number => kind * 2 ** 16 + register;

function listOf(recorded: TraceHeader["recorded"], kind: number): readonly number[] {
  if (kind === Kind.saveGuest) return recorded.guestSave;
  if (kind === Kind.restoreGuest) return recorded.guestRestore;
  return kind === Kind.saveHost ? recorded.hostSave : recorded.hostRestore;
}

function trapCell(traps: Map<string, TrapCell>, event: TraceEvent, emulated: boolean): TrapCell {
  const { kind, hasValue, lo, hi } = event;
  const path = kind === Kind.fastExit ? "fast" : "full";
  // There is no end of values that stand for no reason.
  const reason = Math.min(exitReason(hasValue, lo, hi), Reason.unknown);
  const write = isTrappedWrite(hasValue, lo, hi);
  const isAccess = reason === exceptionClass.sys64;
  const outcome = isAccess ? (emulated ? "emulated" : "retried") : null;
  const key = `${path} ${reason} ${write} ${outcome}`;
  let cell = traps.get(key);
  if (cell === undefined) {
    cell = { path, reason, write, outcome, spans: createHistogram(), unmatched: 0 };
    traps.set(key, cell);
  }
  return cell;
}

/** Fast before full, by reason, writes before reads, retried before emulated. */
function trapRows(cells: readonly TrapCell[]): RecordedTrap[] {
  return cells
    .toSorted(
      (a, b) =>
        Number(a.path === "full") - Number(b.path === "full") ||
        a.reason - b.reason ||
        Number(b.write) - Number(a.write) ||
        Number(a.outcome === "emulated") - Number(b.outcome === "emulated"),
    )
    .map(({ path, reason, write, outcome, spans, unmatched }) => {
      const name = reasonName(reason);
      return {
        path,
        reason: outcome === null ? name : `${name} ${write ? "write" : "read"}`,
        outcome,
        unmatched,
        spread: spans.spread() ?? null,
      };
    });
}
