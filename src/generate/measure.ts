import { TraplineError } from "../errors.js";
import { traceEvents } from "../trace/events.js";
import { Kind } from "../trace/kinds.js";
import type { Trace } from "../trace/reader.js";
import type { Exit } from "./model.js";
import { timeHistogram, type TimeHistogram } from "./times.js";
import { createValueMeter, type ValueCounts, type ValueMeter } from "./value-meter.js";

/** What one kind of access to one register came to, in a phase of a vCPU. */
export interface AccessCounts {
  readonly kind: number;
  readonly encoding: number;
  /** Windows with it, rounds of these with no other entered window in between, runs with it, and accesses. */
  windows: number;
  bursts: number;
  runs: number;
  times: number;
  /** The last one that had it, in the count of entered windows. */
  last: number;
  /** The same for accesses that came in the same windows; in the same runs. */
  windowHash: number;
  runHash: number;
  readonly values: ValueCounts;
}

export interface ExitCount {
  readonly exit: Exit;
  count: number;
}
export type ExitCounts = Map<string, ExitCount>;

/** A phase of a vCPU as it was recorded. */
export interface PhaseCounts {
  windows: number;
  /** Windows in which the guest was entered, and rounds of them without a gap. */
  entered: number;
  enteredBursts: number;
  readonly runs: Map<number, number>;
  emptyRuns: number;
  readonly lastExits: ExitCounts;
  readonly innerExits: ExitCounts;
  readonly fastExits: ExitCounts;
  readonly guest: TimeHistogram;
  readonly between: TimeHistogram;
  readonly edges: TimeHistogram;
  readonly out: TimeHistogram;
  readonly accesses: Map<number, AccessCounts>;
  /** Windows with two accesses, by the number of both (see `pairOf`). */
  readonly pairs: Map<number, number>;
}

/** A number for two keys of `PhaseCounts.accesses`, in their order. */
export const pairOf = (a: number, b: number): number => a * 2 ** 22 + b;

export interface GuestCounts {
  /** By vCPU. */
  readonly vcpus: readonly (readonly PhaseCounts[])[];
  /** Windows that began, and those on another pCPU than the vCPU's last one. */
  readonly loads: number;
  readonly migrations: number;
}

const emptyPhase = (): PhaseCounts => ({
  windows: 0,
  entered: 0,
  enteredBursts: 0,
  runs: new Map(),
  emptyRuns: 0,
  lastExits: new Map(),
  innerExits: new Map(),
  fastExits: new Map(),
  guest: timeHistogram(),
  between: timeHistogram(),
  edges: timeHistogram(),
  out: timeHistogram(),
  accesses: new Map(),
  pairs: new Map(),
});

/** Ways to leave that are told apart; others of the same reason are taken for the first one. */
const mostExits = 256;

/** An access's part in the window at hand. */
interface InWindow {
  times: number;
  runs: number;
  lastRun: number;
  hash: number;
}

/** A vCPU while the trace is read. */
interface Reading {
  readonly phases: PhaseCounts[];
  /** The window with which each phase but the first begins. */
  readonly bounds: readonly number[];
  phase: number;
  readonly values: Map<number, ValueMeter>;
  readonly seen: Map<number, InWindow>;
  window: number;
  /** Windows in which the guest was entered, and whether the last one was. */
  entered: number;
  wasEntered: boolean;
  entries: number;
  isLoaded: boolean;
  runs: number;
  empty: number;
  isEntered: boolean;
  pcpu: number;
  loadedAt: number;
  /** Time of the last put, entry, full exit and end of a run; -1 for none in this window. */
  putAt: number;
  entryAt: number;
  exitAt: number;
  firstRunAt: number;
  runEndAt: number;
  /** The last full exit, of which it is not known yet whether it is the window's last. */
  pending: Exit | undefined;
  pendingFast: Exit | undefined;
  /** Of the window at hand: what is counted once it has ended. */
  readonly inner: Exit[];
  readonly fast: Exit[];
  readonly guest: number[];
  readonly between: number[];
}

/** Refuses a trace whose loads and runs were not recorded. */
export function checkMeasurable({ header, path }: Trace): void {
  const { runs, entries } = header.capabilities;
  if (runs && entries !== "none") return;
  throw new TraplineError(
    "unsupported",
    "does not show when its guests ran, to which a generated one could be fitted",
    { file: path },
    "Fit to a recording of a guest under a hypervisor",
  );
}

/**
 * Counts of a trace what `generate` draws from, each vCPU's windows in `phases` stretches of as many windows; of
 * several the first one in shorter ones (see `boundsOf`). Reads all events once. A window that the trace does not end is left out. Throws as `traceEvents`.
 */
export function measureGuest(trace: Trace, phases: number): GuestCounts {
  const { places, registers, vcpus, tally, capabilities } = trace.header;
  const isByLoad = capabilities.loads;
  const endKind = isByLoad ? Kind.put : Kind.runEnd;
  const windowsOf = vcpus.map((_, vcpu) =>
    tally.reduce(
      (sum, [kind, , place, count]) =>
        kind === endKind && places[2 * place + 1] === vcpu ? sum + count : sum,
      0,
    ),
  );
  const all = windowsOf.map((windows): Reading => ({
    phases: Array.from({ length: boundsOf(windows, phases).length + 1 }, emptyPhase),
    bounds: boundsOf(windows, phases),
    phase: 0,
    values: new Map(),
    seen: new Map(),
    window: 0,
    entered: 0,
    wasEntered: false,
    entries: 0,
    isLoaded: false,
    runs: 0,
    empty: 0,
    isEntered: false,
    pcpu: -1,
    loadedAt: -1,
    putAt: -1,
    entryAt: -1,
    exitAt: -1,
    firstRunAt: -1,
    runEndAt: -1,
    pending: undefined,
    pendingFast: undefined,
    inner: [],
    fast: [],
    guest: [],
    between: [],
  }));
  let loads = 0;
  let migrations = 0;
  const start = (own: Reading, phase: PhaseCounts, pcpu: number, time: number): void => {
    loads++;
    if (own.pcpu >= 0 && own.pcpu !== pcpu) migrations++;
    if (own.putAt >= 0 && own.pcpu === pcpu) phase.out.add(Math.max(0, time - own.putAt));
    begin(own, pcpu, time);
  };
  for (const { kind, register, place, time, hasValue, lo, hi } of traceEvents(trace)) {
    const vcpu = places[2 * place + 1];
    if (vcpu < 0) continue;
    const own = all[vcpu];
    const phase = phaseOf(own);
    const pcpu = places[2 * place];
    switch (kind) {
      case Kind.load:
        start(own, phase, pcpu, time);
        break;
      case Kind.put:
        if (!own.isLoaded) begin(own, pcpu, -1);
        end(own, phase, time);
        break;
      case Kind.runStart:
        if (!isByLoad) start(own, phase, pcpu, time);
        if (own.firstRunAt < 0) own.firstRunAt = time;
        settle(own);
        own.runs++;
        own.isEntered = false;
        break;
      case Kind.runEnd:
        if (!own.isEntered) own.empty++;
        own.isEntered = false;
        own.runEndAt = time;
        if (!isByLoad) end(own, phase, time);
        break;
      case Kind.entry:
        if (own.exitAt >= 0) own.between.push(Math.max(0, time - own.exitAt));
        settleFast(own);
        own.exitAt = -1;
        own.entryAt = time;
        own.isEntered = true;
        own.entries++;
        break;
      case Kind.fullExit:
      case Kind.fastExit: {
        if (own.entryAt >= 0) own.guest.push(Math.max(0, time - own.entryAt));
        own.entryAt = -1;
        const exit: Exit = {
          encoding: register === 0 ? -1 : registers[register],
          value: hasValue ? [lo, hi] : undefined,
          emulated: -1,
        };
        if (kind === Kind.fastExit) {
          settleFast(own);
          own.pendingFast = exit;
        } else {
          own.exitAt = time;
          own.pending = exit;
        }
        break;
      }
      case Kind.emulatedWrite:
      case Kind.emulatedRead:
        if (own.pendingFast !== undefined) own.pendingFast = { ...own.pendingFast, emulated: kind };
        else if (own.pending !== undefined) own.pending = { ...own.pending, emulated: kind };
        break;
      case Kind.guestWrite:
      case Kind.guestRead:
        access(own, phase, kind, registers[register], hasValue, lo, hi);
        break;
      default:
    }
  }
  return { vcpus: all.map((own) => own.phases), loads, migrations };
}

/**
 * Where phases begin: after 1, 2, 4, 8 ... windows, for the order in which a guest starts, and from then on after
 * equal shares of all windows.
 */
function boundsOf(windows: number, phases: number): number[] {
  const bounds: number[] = [];
  if (phases > 1) for (let at = 1; at < windows / phases; at *= 2) bounds.push(at);
  for (let phase = 1; phase < phases; phase++) bounds.push(Math.floor((windows * phase) / phases));
  return [...new Set(bounds)].filter((at) => at > 0);
}

function phaseOf(own: Reading): PhaseCounts {
  while (own.phase < own.bounds.length && own.window >= own.bounds[own.phase]) own.phase++;
  return own.phases[own.phase];
}

function begin(own: Reading, pcpu: number, time: number): void {
  own.isLoaded = true;
  own.pcpu = pcpu;
  own.runs = 0;
  own.empty = 0;
  own.entries = 0;
  own.isEntered = false;
  own.loadedAt = time;
  own.entryAt = -1;
  own.exitAt = -1;
  own.firstRunAt = -1;
  own.runEndAt = -1;
  own.pending = undefined;
  own.pendingFast = undefined;
  for (const list of [own.inner, own.fast, own.guest, own.between]) list.length = 0;
  own.seen.clear();
}

function end(own: Reading, phase: PhaseCounts, time: number): void {
  settleFast(own);
  if (own.pending !== undefined) countExit(phase.lastExits, own.pending);
  for (const exit of own.inner) countExit(phase.innerExits, exit);
  for (const exit of own.fast) countExit(phase.fastExits, exit);
  for (const each of own.guest) phase.guest.add(each);
  for (const each of own.between) phase.between.add(each);
  phase.windows++;
  phase.runs.set(own.runs, (phase.runs.get(own.runs) ?? 0) + 1);
  phase.emptyRuns += Math.min(own.empty, own.runs);
  if (own.loadedAt >= 0) {
    const inside = own.firstRunAt < 0 || own.runEndAt < 0 ? 0 : own.runEndAt - own.firstRunAt;
    phase.edges.add(Math.max(0, time - own.loadedAt - inside));
  }
  const isEntered = own.entries > 0 || own.seen.size > 0;
  if (isEntered) {
    if (phase.entered === 0 || !own.wasEntered) phase.enteredBursts++;
    phase.entered++;
    own.entered++;
  }
  own.wasEntered = isEntered;
  for (const [key, { times, runs, hash }] of own.seen) {
    const counts = phase.accesses.get(key) ?? emptyAccess(own, key);
    phase.accesses.set(key, counts);
    if (counts.windows === 0 || counts.last !== own.entered - 1) counts.bursts++;
    counts.windows++;
    counts.runs += runs;
    counts.times += times;
    counts.last = own.entered;
    counts.windowHash = mixed(counts.windowHash, own.window);
    counts.runHash = mixed(mixed(counts.runHash, own.window), hash);
  }
  const keys = [...own.seen.keys()];
  for (const a of keys) {
    for (const b of keys) {
      if (a !== b) phase.pairs.set(pairOf(a, b), (phase.pairs.get(pairOf(a, b)) ?? 0) + 1);
    }
  }
  own.window++;
  own.isLoaded = false;
  own.putAt = time;
}

export const keyOf = (kind: number, encoding: number): number => 32 * encoding + kind;

function emptyAccess({ values }: Reading, key: number): AccessCounts {
  const meter = values.get(key);
  if (meter === undefined) throw new RangeError("an access without a meter");
  return {
    kind: key % 32,
    encoding: Math.floor(key / 32),
    windows: 0,
    bursts: 0,
    runs: 0,
    times: 0,
    last: -1,
    windowHash: 0,
    runHash: 0,
    values: meter.take(),
  };
}

function access(
  own: Reading,
  phase: PhaseCounts,
  kind: number,
  encoding: number,
  hasValue: boolean,
  lo: number,
  hi: number,
): void {
  const key = keyOf(kind, encoding);
  let meter = own.values.get(key);
  if (meter === undefined) own.values.set(key, (meter = createValueMeter()));
  if (hasValue && kind === Kind.guestWrite) meter.add(phase.accesses.get(key)?.values, lo, hi);
  let found = own.seen.get(key);
  if (found === undefined) own.seen.set(key, (found = { times: 0, runs: 0, lastRun: -1, hash: 0 }));
  found.times++;
  if (found.lastRun !== own.runs) {
    found.lastRun = own.runs;
    found.runs++;
    found.hash = Math.imul(found.hash ^ own.runs, 0x9e37_79b1) >>> 0;
  }
}

/** A hash that goes on with another number. */
function mixed(hash: number, number: number): number {
  const next = Math.imul(hash ^ (number + 1), 0x9e37_79b1);
  return (next ^ (next >>> 15)) >>> 0;
}

/** A full exit that another run follows in the window. */
function settle(own: Reading): void {
  if (own.pending !== undefined) own.inner.push(own.pending);
  own.pending = undefined;
}

function settleFast(own: Reading): void {
  if (own.pendingFast !== undefined) own.fast.push(own.pendingFast);
  own.pendingFast = undefined;
}

function countExit(counts: ExitCounts, exit: Exit): void {
  const { encoding, value, emulated } = exit;
  const reason =
    value === undefined ? "" : `${value[1] >>> 31} ${value[1] >>> 31 === 1 ? value[0] : value[0] >>> 26}`;
  const short = `${encoding} ${emulated} ${reason}`;
  const key = counts.size < mostExits ? `${short} ${value?.join(" ")}` : short;
  const found = counts.get(key);
  if (found === undefined) counts.set(key, { exit, count: 1 });
  else found.count++;
}
