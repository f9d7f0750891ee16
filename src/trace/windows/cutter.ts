import { accessKinds, Kind, kindCount } from "../kinds.js";
import { maxRegisters } from "../word.js";
import { stepKindOf, stepOf } from "./step.js";
import { mostSteps, segmentations } from "./segmentation.js";

/** Told of each window as it ends. The steps are valid during the call. */
export type OnWindow = (segmentation: number, vcpu: number, steps: Uint16Array, length: number) => void;

/** Cuts the events of all vCPUs into the windows of every segmentation. */
export interface Cutter {
  add(kind: number, register: number, vcpu: number): void;
  /** Ends the windows that are open. */
  finish(): void;
  clear(): void;
}

/** One vCPU's window at hand. */
interface Lane {
  readonly steps: Uint16Array;
  length: number;
  /** By kind of access and register: the stretch between two points in which it was last seen. */
  readonly seen: Uint32Array;
  stretch: number;
}

/** What a kind of event is to a segmentation. */
const Role = { unseen: 0, access: 1, point: 2, end: 3 } as const;

export function createCutter(onWindow: OnWindow): Cutter {
  const stepKinds = Int32Array.from({ length: kindCount }, (_, kind) => stepKindOf(kind));
  const accessNumber = Int32Array.from({ length: kindCount }, (_, kind) => [...accessKinds].indexOf(kind));
  const roles = segmentations.map(({ points, ends }) =>
    Uint8Array.from(stepKinds, (kind) => {
      if (ends.includes(kind)) return Role.end;
      if (points.includes(kind)) return Role.point;
      return accessKinds.has(kind) ? Role.access : Role.unseen;
    }),
  );
  const lanes: Lane[][] = segmentations.map(() => []);

  function laneOf(segmentation: number, vcpu: number): Lane {
    const known = lanes[segmentation][vcpu];
    if (known !== undefined) return known;
    const seen = new Uint32Array(accessKinds.size * maxRegisters);
    const lane: Lane = { steps: new Uint16Array(mostSteps), length: 0, seen, stretch: 1 };
    lanes[segmentation][vcpu] = lane;
    return lane;
  }

  function end(segmentation: number, vcpu: number, lane: Lane): void {
    onWindow(segmentation, vcpu, lane.steps, lane.length);
    lane.length = 0;
  }

  return {
    add(kind, register, vcpu) {
      const stepKind = stepKinds[kind];
      if (stepKind < 0) return;
      for (let segmentation = 0; segmentation < roles.length; segmentation++) {
        const role = roles[segmentation][kind];
        if (role === Role.unseen) continue;
        const lane = laneOf(segmentation, vcpu);
        if (role === Role.access) {
          const cell = accessNumber[kind] * maxRegisters + register;
          if (lane.seen[cell] === lane.stretch) continue;
          lane.seen[cell] = lane.stretch;
          lane.steps[lane.length++] = stepOf(stepKind, register);
        } else {
          lane.steps[lane.length++] = stepKind;
          lane.stretch = (lane.stretch + 1) >>> 0;
          // Once in four thousand million points: what was seen in a stretch of that number is forgotten.
          if (lane.stretch === 0) {
            lane.seen.fill(0);
            lane.stretch = 1;
          }
        }
        if (role === Role.end || lane.length === mostSteps) end(segmentation, vcpu, lane);
      }
    },
    finish() {
      lanes.forEach((list, segmentation) =>
        list.forEach((lane, vcpu) => {
          if (lane.length > 0) end(segmentation, vcpu, lane);
        }),
      );
    },
    clear() {
      for (const list of lanes) list.length = 0;
    },
  };
}

/** Whether a kind of event is seen by no segmentation: most of a recording, which callers pass over quickly. */
export const isUnseen = (kind: number): boolean => kind > Kind.guestRead && !accessKinds.has(kind);
