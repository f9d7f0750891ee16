import { kernelConfig, parseFeatures } from "../configs/resolve.js";
import type { Mode } from "../configs/points.js";
import { registerByName } from "../registers/lookup.js";
import { seesAll } from "../trace/capabilities.js";
import { exceptionClass, noSyndrome, Reason } from "../trace/exits.js";
import { Kind } from "../trace/kinds.js";
import { listsOfKernel } from "./kernel-lists.js";
import type { Access, Activity, Exit, Exits, GuestModel, Phase, Pool, ValueModel } from "./model.js";
import type { Profile, ProfileActivity, ProfileExit, ProfilePhase } from "./profile.js";
import { exponential } from "./times.js";

/** The kernel under which a profile's guest runs. */
export interface Host {
  readonly mode: Mode;
  /** A version that `configs/kernels.ts` has. */
  readonly kernel: string;
  readonly features: readonly string[];
}

/** A profile as a model. Throws TraplineError "usage" for a kernel or a feature that is not known. */
export function profileModel(profile: Profile, { mode, kernel, features }: Host): GuestModel {
  const config = kernelConfig(mode, kernel, parseFeatures(features));
  const phases = profile.phases.map(phaseModel);
  const recorded = listsOfKernel(config);
  return {
    name: profile.name,
    from: null,
    clock: { unit: "ns", perCpu: false },
    mode,
    capabilities: {
      ...seesAll,
      guestReads: "filtered",
      switches: false,
    },
    recorded,
    registers: recorded.guestSave,
    vcpus: [{ phases, repeatFrom: phases.length - 1 }],
    vcpuCount: profile.vcpus[0],
    pcpuCount: profile.pcpus[0],
    migration: profile.migration[0],
  };
}

function phaseModel(phase: ProfilePhase): Phase {
  const windows = phase.windows[0];
  const runs = windows * phase.runs[0];
  const entered = phase.runs[0] * (1 - phase.emptyRuns[0]);
  const weights = (of: (exit: ProfileExit) => number): Exits =>
    phase.exits.map((exit) => [exitOf(exit), windows * of(exit)]);
  return {
    windows,
    runs: geometric(phase.runs[0], windows),
    emptyRuns: runs * phase.emptyRuns[0],
    lastExits: weights(({ last }) => last),
    innerExits: weights(({ inner }) => inner),
    fastExits: [[exitOf({ reason: "FP_ASIMD" }), runs * phase.fastExits[0]]],
    guest: exponential(phase.guest[0]),
    between: exponential(phase.between[0]),
    edges: exponential(phase.edges[0]),
    out: exponential(phase.out[0]),
    activities: phase.activities.map((each) => activityModel(each, windows, entered)),
  };
}

/** Runs of `windows` windows, one or more each: a geometric distribution with that mean. */
export function geometric(mean: number, windows: number): Pool {
  if (mean <= 1) return [[1, windows]];
  const stop = 1 / mean;
  const last = Math.ceil(12 * mean);
  const pool = Array.from({ length: last }, (_, at): readonly [number, number] => [
    at + 1,
    windows * stop * (1 - stop) ** at,
  ]);
  return pool;
}

function activityModel(activity: ProfileActivity, windows: number, entered: number): Activity {
  const active = windows * activity.share[0];
  const runs = active * (1 + Math.max(0, entered - 1) * activity.spread[0]);
  const accessOf = (kind: number, [name, times]: readonly [string, number]): Access => ({
    kind,
    encoding: registerByName(name)?.encoding ?? 0,
    times: runs * times,
    values: kind === Kind.guestWrite ? valuesOf(activity, name) : undefined,
  });
  return {
    name: activity.name,
    windows: active,
    bursts: active / Math.max(1, activity.burst[0]),
    parts: [
      {
        runs,
        accesses: [
          ...Object.entries(activity.reads ?? {}).map((each) => accessOf(Kind.guestRead, each)),
          ...Object.entries(activity.writes).map((each) => accessOf(Kind.guestWrite, each)),
        ],
      },
    ],
    within: [],
  };
}

/** New values differ in 20 bits: tables and stacks of a guest of a gigabyte or so. */
const vary = [0xffff_f000, 0] as const;

const valuesOf = ({ repeat, known, opening }: ProfileActivity, name: string): ValueModel => ({
  opening: opening?.[name] ?? [],
  repeat: repeat[0],
  known: known[0],
  base: opening?.[name]?.at(-1) ?? [0, 0],
  vary: name === "SCTLR_EL1" ? [0, 0] : vary,
});

const classes = {
  WFx: 0x01,
  FP_ASIMD: exceptionClass.fp,
  HVC64: 0x16,
  SYS64: exceptionClass.sys64,
  DABT_LOW: exceptionClass.dabtLow,
} as const;

/** A syndrome with nothing but its class, IL and, for a trapped access, its register (ISS of EC 0x18). */
function exitOf({ reason, register }: Pick<ProfileExit, "reason" | "register">): Exit {
  if (reason === "IRQ") return { encoding: -1, value: [Reason.irq, noSyndrome >>> 0], emulated: -1 };
  const syndrome = ((classes[reason] << 26) | (1 << 25)) >>> 0;
  const encoding = register === undefined ? -1 : (registerByName(register)?.encoding ?? -1);
  if (encoding < 0) return { encoding: -1, value: [syndrome, 0], emulated: -1 };
  const [op0, op1, crn, crm, op2] = [
    encoding >>> 14,
    (encoding >>> 11) & 7,
    (encoding >>> 7) & 15,
    (encoding >>> 3) & 15,
    encoding & 7,
  ];
  const iss = (op0 << 20) | (op2 << 17) | (op1 << 14) | (crn << 10) | (crm << 1);
  return { encoding, value: [(syndrome | iss) >>> 0, 0], emulated: Kind.emulatedWrite };
}
