import type { Assignment } from "../src/model/assignment.js";
import { trackGroups, type TrackedGroup, type TrackedGroups } from "../src/model/tracked.js";
import { findPolicy } from "../src/policies/find.js";
import { assign } from "../src/replay/config.js";
import { namingOf } from "../src/replay/prepare.js";
import { traceEvents } from "../src/trace/events.js";
import { openTrace } from "../src/trace/reader.js";
import { showsCachesOn } from "./caches.js";
import { pointKinds, stepKindOf } from "../src/trace/windows/step.js";

/**
 * A recording as the baselines read it: every event that a policy can see as one byte, a stream for each vCPU, and the
 * groups that traps open.
 */
export interface Tables {
  readonly assignments: readonly Assignment[];
  readonly tracked: TrackedGroups;
  /** By byte from 8 on: its access. */
  readonly accesses: readonly Access[];
  readonly lanes: readonly Uint8Array[];
}

export interface Access {
  readonly kind: number;
  /** Index in the trace's dictionary, and name. */
  readonly register: number;
  readonly name: string;
}

/** Bytes below are kinds of points; this one says that the vCPU has its caches on. */
const cachesOnByte = 7;
export const firstAccess = 8;

/** @param policies - Names; all their groups that open must be saved when dirty, at one point, and armed at one. */
export function replayTables(path: string, policies: readonly string[]): Tables {
  const trace = openTrace(path);
  try {
    const naming = namingOf(trace.header);
    const { assignments } = assign(trace.header, policies.map(findPolicy), {}, path);
    const codes = new Map<number, number>();
    const accesses: Access[] = [];
    const lanes = trace.header.vcpus.map(() => ({ bytes: new Uint8Array(1 << 16), length: 0, on: false }));
    const isOn = showsCachesOn(trace.header.registers);
    for (const event of traceEvents(trace)) {
      const lane = lanes[naming.places[2 * event.place + 1]];
      if (lane === undefined) continue;
      const kind = stepKindOf(event.kind);
      if (kind >= 0) push(lane, pointKinds.includes(kind) ? kind : codeOf(kind, event.register));
      if (!lane.on && isOn(event)) {
        push(lane, cachesOnByte);
        lane.on = true;
      }
    }
    return {
      assignments,
      tracked: trackGroups(naming.registers, assignments),
      accesses,
      lanes: lanes.map(({ bytes, length }) => bytes.subarray(0, length)),
    };

    function codeOf(kind: number, register: number): number {
      const key = (register << 5) | kind;
      let code = codes.get(key);
      if (code === undefined) {
        code = firstAccess - 1 + accesses.push({ kind, register, name: naming.registers[register] });
        if (code > 255) throw new Error("more than 248 kinds of accesses do not fit in a byte");
        codes.set(key, code);
      }
      return code;
    }
  } finally {
    trace.close();
  }
}

function push(lane: { bytes: Uint8Array; length: number }, byte: number): void {
  if (lane.length === lane.bytes.length) {
    const larger = new Uint8Array(2 * lane.length);
    larger.set(lane.bytes);
    lane.bytes = larger;
  }
  lane.bytes[lane.length++] = byte;
}

/** Whether a byte is an access that traps in a tracked group while it is armed. */
export function touches(group: TrackedGroup, access: Access): boolean {
  return group.accesses.includes(access.kind) && group.registers.includes(access.register);
}

/** So many 64-bit words hold a bit for each group, and one that is no group's. */
export const wordsFor = ({ tracked }: Tables): number => Math.floor(tracked.groups.length / 64) + 1;

/** The tables as `baselines/replay.c` reads them, with the points that its groups must have one of. */
export function* encodeTables(tables: Tables): Generator<Uint8Array> {
  const { tracked, accesses, lanes } = tables;
  const words = (...list: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(list).buffer);
  yield words(tracked.groups.length, lanes.length, wordsFor(tables));
  for (const { group, save, arm } of tracked.groups) {
    if (group.save !== "dirty" || group.arm === "after-save" || save.length !== 1 || arm.length !== 1) {
      throw new Error(`the baselines do not know groups such as ${group.name}`);
    }
    const { traps, windows, eager } = group.adaptive ?? { traps: 0, windows: 0, eager: 0 };
    yield words(traps, windows, eager, save[0], arm[0]);
  }
  for (let byte = firstAccess; byte < 256; byte++) {
    const access = accesses[byte - firstAccess];
    const bits = new BigUint64Array(wordsFor(tables));
    tracked.groups.forEach((group, at) => {
      if (access !== undefined && touches(group, access)) bits[at >> 6] |= 1n << BigInt(at & 63);
    });
    yield new Uint8Array(bits.buffer);
  }
  for (const lane of lanes) {
    yield words(lane.length);
    yield lane;
  }
}
