import { TraplineError } from "../errors.js";
import { encodingsOf } from "../modelled/copy.js";
import { registerName } from "../registers/lookup.js";
import { traceIdentity } from "../replay/identity.js";
import { kindName } from "../trace/kinds.js";
import { openTrace } from "../trace/reader.js";
import {
  checkMeasurable,
  keyOf,
  measureGuest,
  pairOf,
  type AccessCounts,
  type ExitCounts,
  type PhaseCounts,
} from "./measure.js";
import type { Activity, ActivityPart, Exits, GuestModel, Phase, VcpuModel } from "./model.js";
import { valueModel } from "./value-meter.js";

/**
 * Stretches of a vCPU's windows that are fitted each by itself. A boot writes other registers than what comes after
 * it; with 16 of them its writes stay where they were, and each still has some hundred windows of a short recording.
 */
const fittedPhases = 16;

/**
 * The guest of a recording as a model: per vCPU and stretch the windows, their runs, exits and times, and for each
 * register the windows with an access, their rounds, runs, number and values. `name`: what the user calls it.
 * Throws TraplineError "unsupported" for a recording without loads and runs, and as `openTrace`.
 */
export function fitGuest(path: string, name: string): GuestModel {
  const trace = openTrace(path);
  try {
    checkMeasurable(trace);
    const { header } = trace;
    const counted = measureGuest(trace, fittedPhases);
    const vcpus = counted.vcpus.map(vcpuModel).filter(({ phases }) => phases.length > 0);
    if (vcpus.length === 0) {
      throw new TraplineError("unsupported", "no vCPU of it was loaded and put", { file: path });
    }
    return {
      name: `like ${name}`,
      from: { name, identity: traceIdentity(path) },
      clock: header.clock,
      mode: header.mode,
      capabilities: { ...header.capabilities, switches: false },
      recorded: encodingsOf(header),
      // A replay takes registers that a recording never names for such as its machine does not have.
      registers: header.registers.slice(1),
      vcpus,
      vcpuCount: vcpus.length,
      pcpuCount: Math.max(1, header.pcpus.length),
      migration: counted.loads === 0 ? 0 : counted.migrations / counted.loads,
    };
  } finally {
    trace.close();
  }
}

function vcpuModel(counted: readonly PhaseCounts[]): VcpuModel {
  const phases = counted.filter(({ windows }) => windows > 0).map(phaseModel);
  // Whoever asks for more than was recorded gets its second half again: the first is the boot.
  return { phases, repeatFrom: Math.max(0, phases.length - fittedPhases / 2) };
}

function phaseModel(counts: PhaseCounts): Phase {
  return {
    windows: counts.windows,
    entered: { windows: counts.entered, bursts: counts.enteredBursts },
    runs: [...counts.runs],
    emptyRuns: counts.emptyRuns,
    lastExits: exitsOf(counts.lastExits),
    innerExits: exitsOf(counts.innerExits),
    fastExits: exitsOf(counts.fastExits),
    guest: counts.guest.times(),
    between: counts.between.times(),
    edges: counts.edges.times(),
    out: counts.out.times(),
    activities: activitiesOf(counts),
  };
}

const exitsOf = (counts: ExitCounts): Exits => [...counts.values()].map(({ exit, count }) => [exit, count]);

/**
 * Accesses that came in the same windows are one activity; of these, those of the same runs are one part. An
 * activity whose windows are all windows of another one is within the smallest such.
 */
function activitiesOf({ accesses, pairs }: PhaseCounts): Activity[] {
  const groups = grouped([...accesses.values()], ({ windowHash, windows }) => `${windows} ${windowHash}`);
  const inOrder = groups.toSorted(([a], [b]) => a.windows - b.windows);
  const key = ([{ kind, encoding }]: readonly AccessCounts[]): number => keyOf(kind, encoding);
  const parentOf = inOrder.map((own, at) =>
    inOrder.findIndex(
      (other, number) =>
        number > at &&
        other[0].windows > own[0].windows &&
        pairs.get(pairOf(key(own), key(other))) === own[0].windows,
    ),
  );
  const build = (at: number): Activity => {
    const own = inOrder[at];
    const [{ windows, bursts }] = own;
    const parent = parentOf[at];
    return {
      name: own.map(({ kind, encoding }) => `${kindName(kind)} ${registerName(encoding)}`).join("+"),
      windows,
      bursts: parent < 0 ? bursts : expectedBursts(windows, inOrder[parent][0].windows),
      parts: grouped(own, ({ runHash, runs }) => `${runs} ${runHash}`).map(partOf),
      within: parentOf.flatMap((each, child) => (each === at ? [build(child)] : [])),
    };
  };
  return parentOf.flatMap((parent, at) => (parent < 0 ? [build(at)] : []));
}

/** Rounds of so many windows that are chosen at random of more. */
const expectedBursts = (windows: number, of: number): number =>
  Math.max(1, (windows * (of - windows + 1)) / of);

const partOf = (own: readonly AccessCounts[]): ActivityPart => ({
  runs: own[0].runs,
  accesses: own.map(({ kind, encoding, times, values }) => ({
    kind,
    encoding,
    times,
    values: valueModel(values),
  })),
});

function grouped<T>(list: readonly T[], nameOf: (each: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const each of list) {
    const key = nameOf(each);
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [each]);
    else found.push(each);
  }
  return [...groups.values()];
}
