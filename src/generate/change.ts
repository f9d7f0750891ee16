import { TraplineError } from "../errors.js";
import { registerByName } from "../registers/lookup.js";
import { Kind } from "../trace/kinds.js";
import type { Activity, Exits, GuestModel, Phase, ValueModel } from "./model.js";
import { geometric } from "./of-profile.js";
import { mostVcpus } from "./schedule.js";
import { meanTime, scaled } from "./times.js";

/** What the user asks for other than the profile or the recording says. */
export interface Changes {
  readonly vcpus?: number;
  readonly pcpus?: number;
  /** Share of loads on another pCPU. */
  readonly migration?: number;
  /** By activity or register (`A+B` for several that are written together): share of windows. */
  readonly rates?: readonly Setting[];
  /** By the same: windows in a row. */
  readonly bursts?: readonly Setting[];
  /** Runs of a window, and its time in the guest, both on average. */
  readonly runs?: number;
  readonly guestTime?: number;
  /** Share of writes with a new value. */
  readonly fresh?: number;
}

export interface Setting {
  readonly name: string;
  readonly value: number;
}

const usage = (message: string): TraplineError => new TraplineError("usage", message);

/** A model with what was asked for in place of what it has; its name says so. Throws TraplineError "usage". */
export function changedModel(model: GuestModel, changes: Changes): GuestModel {
  const { vcpus = model.vcpuCount, pcpus = model.pcpuCount, migration = model.migration } = changes;
  if (!(vcpus >= 1 && vcpus <= mostVcpus && pcpus >= 1 && pcpus <= mostVcpus)) {
    throw usage(`--vcpus and --pcpus take 1 to ${mostVcpus}`);
  }
  if (vcpus * pcpus > mostPlaces) throw usage(`--vcpus times --pcpus is more than ${mostPlaces}`);
  if (!(migration >= 0 && migration <= 1)) throw usage("--migration takes a share from 0 to 1");
  const steps: ((phase: Phase) => Phase)[] = [];
  if (changes.runs !== undefined) {
    const { runs } = changes;
    if (!(runs >= 1)) throw usage("--runs takes 1 or more");
    if (!model.capabilities.loads) throw usage("--runs: the recording does not show which runs make a load");
    steps.push((phase) => withRuns(phase, runs));
  }
  for (const { name, value } of changes.rates ?? []) {
    if (!(value >= 0 && value <= 1)) throw usage(`--rate ${name}: a share is from 0 to 1`);
    steps.push((phase) => withRate(phase, name, value));
  }
  for (const { name, value } of changes.bursts ?? []) {
    if (!(value >= 1)) throw usage(`--burst ${name}: windows in a row are 1 or more`);
    steps.push((phase) => withBurst(phase, name, value, model));
  }
  if (changes.guestTime !== undefined) {
    const time = changes.guestTime;
    if (!(time >= 0)) throw usage("--guest-time takes clock units, or a time where the clock counts time");
    steps.push((phase) => withGuestTime(phase, time));
  }
  if (changes.fresh !== undefined) {
    const { fresh } = changes;
    if (!(fresh >= 0 && fresh <= 1)) throw usage("--fresh takes a share from 0 to 1");
    steps.push((phase) => withFresh(phase, fresh));
  }
  return {
    ...model,
    name: [model.name, ...changeText(changes)].join(","),
    vcpus: model.vcpus.map((vcpu) => ({
      ...vcpu,
      phases: vcpu.phases.map((phase) => steps.reduce((changed, step) => step(changed), phase)),
    })),
    vcpuCount: vcpus,
    pcpuCount: pcpus,
    migration,
  };
}

/** Pairs of pCPU and vCPU that a trace can hold (`trace/word.ts`), with room to spare. */
const mostPlaces = 60_000;

function changeText({
  vcpus,
  pcpus,
  migration,
  rates = [],
  bursts = [],
  runs,
  guestTime,
  fresh,
}: Changes): string[] {
  const one = (name: string, value: number | undefined): string[] =>
    value === undefined ? [] : [`${name}=${value}`];
  return [
    ...one("vcpus", vcpus),
    ...one("pcpus", pcpus),
    ...one("migration", migration),
    ...one("runs", runs),
    ...rates.map(({ name, value }) => `rate ${name}=${value}`),
    ...bursts.map(({ name, value }) => `burst ${name}=${value}`),
    ...one("guest-time", guestTime),
    ...one("fresh", fresh),
  ];
}

function withRuns(phase: Phase, mean: number): Phase {
  const before = phase.runs.reduce((sum, [runs, count]) => sum + runs * count, 0);
  const after = mean * phase.windows;
  const factor = before === 0 ? 1 : after / before;
  const times = (exits: Exits): Exits => exits.map(([exit, count]) => [exit, count * factor]);
  return {
    ...phase,
    runs: geometric(mean, phase.windows),
    emptyRuns: phase.emptyRuns * factor,
    fastExits: times(phase.fastExits),
  };
}

/** All activities, those within others too. */
const mapped = (activities: readonly Activity[], change: (each: Activity) => Activity): Activity[] =>
  activities.map((each) => change({ ...each, within: mapped(each.within, change) }));

const isNamed = (activity: Activity, name: string): boolean =>
  activity.name === name || activity.within.some((each) => isNamed(each, name));

/** A named activity so often; or these registers written once a window so often, and nowhere else. */
function withRate(phase: Phase, name: string, share: number): Phase {
  const windows = share * phase.windows;
  if (phase.activities.some((each) => each.name === name)) {
    return {
      ...phase,
      activities: phase.activities.map((each) => (each.name === name ? resized(each, windows) : each)),
    };
  }
  const encodings = registersOf(name);
  const rest = (each: Activity): Activity => ({
    ...each,
    parts: each.parts.flatMap((part) => {
      const accesses = part.accesses.filter(
        ({ kind, encoding }) => kind !== Kind.guestWrite || !encodings.includes(encoding),
      );
      return accesses.length === 0 ? [] : [{ ...part, accesses }];
    }),
  });
  const values = ({ encoding }: { readonly encoding: number }): ValueModel | undefined =>
    phase.activities
      .flatMap(({ parts }) => parts.flatMap(({ accesses }) => accesses))
      .find((each) => each.encoding === encoding && each.kind === Kind.guestWrite)?.values;
  const own: Activity = {
    name,
    windows,
    bursts: Math.max(Math.min(1, windows), windows * (1 - share)),
    parts: [
      {
        runs: windows,
        accesses: encodings.map((encoding) => ({
          kind: Kind.guestWrite,
          encoding,
          times: windows,
          values: values({ encoding }) ?? newValues,
        })),
      },
    ],
    within: [],
  };
  return { ...phase, activities: [...mapped(phase.activities, rest), own] };
}

const newValues: ValueModel = { opening: [], repeat: 0, known: 0, base: [0, 0], vary: [0xffff_f000, 0] };

function registersOf(name: string): number[] {
  return name.split("+").map((each) => {
    const register = registerByName(each);
    if (register === undefined) {
      throw new TraplineError(
        "usage",
        `--rate ${name}: "${each}" is no register, and "${name}" no activity of the profile`,
        {},
        "`trapline generate --list PROFILE` names its activities, `trapline registers` registers",
      );
    }
    return register.encoding;
  });
}

/** In so many windows, with everything in it in proportion. */
function resized(activity: Activity, windows: number): Activity {
  const factor = activity.windows === 0 ? 0 : windows / activity.windows;
  return {
    ...activity,
    windows,
    bursts: activity.bursts * factor,
    parts: activity.parts.map(({ runs, accesses }) => ({
      runs: runs * factor,
      accesses: accesses.map((access) => ({ ...access, times: access.times * factor })),
    })),
    within: activity.within.map((each) => resized(each, each.windows * factor)),
  };
}

function withBurst(phase: Phase, name: string, length: number, model: GuestModel): Phase {
  const known = model.vcpus.some(({ phases }) =>
    phases.some(({ activities }) => activities.some((each) => isNamed(each, name))),
  );
  if (!known && !phase.activities.some((each) => isNamed(each, name))) {
    throw new TraplineError(
      "usage",
      `--burst ${name}: there is no such activity`,
      {},
      "Give registers a rate of their own with --rate, and name them as it does",
    );
  }
  return {
    ...phase,
    activities: mapped(phase.activities, (each) =>
      each.name === name ? { ...each, bursts: each.windows / length } : each,
    ),
  };
}

function withGuestTime(phase: Phase, time: number): Phase {
  const stretches =
    phase.runs.reduce((sum, [runs, count]) => sum + runs * count, 0) -
    phase.emptyRuns +
    phase.fastExits.reduce((sum, [, count]) => sum + count, 0);
  const before = (meanTime(phase.guest) * stretches) / phase.windows;
  return before === 0 ? phase : { ...phase, guest: scaled(phase.guest, time / before) };
}

function withFresh(phase: Phase, fresh: number): Phase {
  const change = (values: ValueModel): ValueModel => {
    const old = values.repeat + values.known;
    const repeat = old === 0 ? 1 - fresh : ((1 - fresh) * values.repeat) / old;
    const isFixed = values.vary[0] === 0 && values.vary[1] === 0;
    return {
      ...values,
      repeat,
      known: Math.max(0, 1 - fresh - repeat),
      // A value that is new differs from the others.
      vary: isFixed && values.opening.length === 0 ? newValues.vary : values.vary,
    };
  };
  return {
    ...phase,
    activities: mapped(phase.activities, (each) => ({
      ...each,
      parts: each.parts.map((part) => ({
        ...part,
        accesses: part.accesses.map((access) =>
          access.values === undefined ? access : { ...access, values: change(access.values) },
        ),
      })),
    })),
  };
}
