import { kernelConfig } from "../src/configs/resolve.js";
import { listsOfKernel } from "../src/generate/kernel-lists.js";
import { stateOfSeed, xoshiro128 } from "../src/prices/random.js";
import { seesAll } from "../src/trace/capabilities.js";
import { Kind } from "../src/trace/kinds.js";
import { cachesOn } from "../src/trace/windows/once.js";
import { syntheticFields } from "../src/trace/synthetic.js";
import { createTraceWriter, type TraceWriter } from "../src/trace/writer.js";

export interface SyntheticOptions {
  readonly seed: number;
  /** At least so many events, over all vCPUs. */
  readonly events: number;
  readonly vcpus: number;
  /** Events of a window from the start to the end of a run, six or more. */
  readonly length: number;
  /** Of these, writes of registers; the rest are reads. */
  readonly writes: number;
  /** Different windows; 0 for as many as there are windows, so that none repeats but by chance. */
  readonly distinct: number;
}

const sctlrEl1 = 0xc080;
/** Points of a window: the start of its run, entry, exit, end. */
const windowPoints = 4;
/** Runs between a load and a put. */
const loadedRuns = 64;

/**
 * Writes a trace that no machine did, for benchmarks: an nVHE host switches guests that write registers at random.
 * Its source says `synthetic`. Returns the number of events.
 */
export function writeSynthetic(path: string, options: SyntheticOptions): number {
  const { seed, events, vcpus, length, writes, distinct } = options;
  const accesses = length - windowPoints;
  if (accesses < writes || writes < 0)
    throw new RangeError(`${writes} writes do not fit a window of ${length} events`);
  const random = xoshiro128(stateOfSeed(seed));
  const below = (bound: number): number => Math.floor((random() / 2 ** 32) * bound);
  const recorded = listsOfKernel(kernelConfig("nvhe", "6.18", ["TCR2", "S1PIE", "RAS", "SCTLR2"]));
  const writer = createTraceWriter(path);
  try {
    const registers = recorded.guestSave.map((encoding) => writer.register(encoding));
    const newWindow = (): number[] => {
      const isWrite = Array.from({ length: accesses }, (_, at) => at < writes);
      for (let at = accesses - 1; at > 0; at--) {
        const other = below(at + 1);
        [isWrite[at], isWrite[other]] = [isWrite[other], isWrite[at]];
      }
      return isWrite.map((each) => registers[below(registers.length)] * 2 + Number(each));
    };
    const known = Array.from({ length: distinct }, newWindow);
    const lanes = Array.from({ length: vcpus }, (_, vcpu) => createLane(writer, writer.place(vcpu, vcpu)));
    for (const lane of lanes) lane.cachesOn(writer.register(sctlrEl1));
    let written = vcpus;
    for (let round = 0; written < events; round++) {
      for (const lane of lanes) {
        if (round % loadedRuns === 0) {
          if (round > 0) lane.point(Kind.put);
          lane.point(Kind.load);
          written += round > 0 ? 2 : 1;
        }
        lane.window(distinct > 0 ? known[below(distinct)] : newWindow());
        written += length;
      }
    }
    for (const lane of lanes) lane.point(Kind.put);
    return writer.finish({
      ...syntheticFields("synthetic", { model: `bench ${JSON.stringify(options)}`, seed }),
      tool: "bench",
      clock: { unit: "ticks", perCpu: true },
      mode: "nvhe",
      capabilities: { ...seesAll, fpUse: "none" },
      vcpus: lanes.map((_, vcpu) => ({ vm: 1, mpidr: vcpu })),
      pcpus: lanes.map((_, pcpu) => pcpu),
      recorded,
    }).events;
  } finally {
    writer.abort();
  }
}

interface Lane {
  cachesOn(sctlr: number): void;
  point(kind: number): void;
  /** A run with accesses: twice the register, one more for a write. */
  window(accesses: readonly number[]): void;
}

function createLane(writer: TraceWriter, place: number): Lane {
  let time = 0;
  const append = (kind: number, register: number, value = -1): void =>
    writer.append(kind, register, place, (time += 10), value >= 0, Math.max(0, value), 0);
  const point = (kind: number): void => append(kind, 0);
  return {
    point,
    cachesOn: (sctlr) => append(Kind.guestWrite, sctlr, cachesOn),
    window(accesses) {
      point(Kind.runStart);
      point(Kind.entry);
      for (const each of accesses) append((each & 1) === 1 ? Kind.guestWrite : Kind.guestRead, each >> 1);
      point(Kind.fullExit);
      point(Kind.runEnd);
    },
  };
}
