import { switchedClasses, type Point, type SwitchedClass } from "../configs/points.js";
import type { SwitchConfig } from "../configs/resolve.js";
import { countsEmulated, type Group, type OraclePrices } from "../policies/policy.js";
import { Kind } from "../trace/kinds.js";
import type { CountRow, Naming } from "./counts.js";
import { createForeign } from "./foreign.js";
import { oracleGroup, type OracleGroup } from "./oracle-group.js";
import { oracleGroupRows } from "./oracle-group-rows.js";
import { createPaths } from "./oracle-paths.js";
import { vectorPrices } from "./oracle-prices.js";
import { createRhythm, type Rhythm, type Track } from "./oracle-rhythm.js";
import { pointOfKind } from "./points.js";
import { setsCachesOn, type ModelEvent } from "./reference.js";

/**
 * The offline optimum: who knows the future chooses for each window of each group, in each guest context, whether
 * it is armed or left open and saved eagerly. A change of mind costs an update of the trap register; the first
 * choice is free. No policy that arms these groups in some windows and leaves them open in others costs less, nor
 * does eager: each of them is one of the ways among which this finds the cheapest (`oracle-paths.ts`).
 *
 * Traps on every write may be left out as others are, which says what they cost, not that a machine could do
 * without. A group whose accesses are UNDEFINED has no such choice, and no oracle.
 */
export interface Oracle {
  step(event: ModelEvent): void;
  /** Whether a step with this event would do anything. */
  sees(kind: number, register: number): boolean;
  /** Rows of the group's registers in guest contexts, at the prices of a question. */
  rows(tracked: ConfiguredGroup, question: number): CountRow[];
}

/** A group of a policy, with the configuration that holds for it. */
export interface ConfiguredGroup {
  readonly group: Group;
  readonly config: SwitchConfig;
}

export const hasOracle = ({ trap }: Group): boolean => trap !== "undefined";

/** A group under a configuration. */
interface Kept {
  readonly shape: OracleGroup;
  readonly prices: readonly Float64Array[];
  /** By vCPU; made when something happens there. */
  readonly tracks: (Track | undefined)[];
}

/** Groups that differ only in what no choice touches have one track. */
export function oracleKey({ group, config }: ConfiguredGroup): string {
  const { registers, trap, onTrap, save, restore, arm, path } = group;
  return JSON.stringify([config.mode, registers, trap, onTrap, save, restore, arm, path]);
}

export function createOracle(
  naming: Naming,
  groups: readonly ConfiguredGroup[],
  questions: readonly OraclePrices[],
  hasPauth: boolean,
): Oracle {
  /** By mode: whether each class was restored over foreign values, this time. */
  const foreigners = new Map<string, ReturnType<typeof createForeigner>>();
  const kept = new Map<string, Kept>();
  const families = new Map<string, Kept[]>();
  for (const each of groups) {
    const key = oracleKey(each);
    if (kept.has(key)) continue;
    const { config } = each;
    if (!foreigners.has(config.mode)) foreigners.set(config.mode, createForeigner(config));
    const shape = oracleGroup(each.group, config);
    const prices = questions.map((question) => vectorPrices(shape, question, hasPauth));
    const own: Kept = { shape, prices, tracks: [] };
    kept.set(key, own);
    pushTo(families, rhythmKey(shape), own);
  }
  const all = [...kept.values()];
  const asksForeign = all.some(({ shape }) => shape.group.restore === "foreign");
  const waits = all.filter(({ shape }) => shape.group.arm === "until-caches-on");
  const atPoint = new Map<Point, { readonly family: number; readonly mode: string }[]>();
  [...families.values()].forEach(([{ shape }], family) => {
    for (const point of pointsOf(shape)) pushTo(atPoint, point, { family, mode: shape.config.mode });
  });
  const accesses = naming.registers.map((name) =>
    all.flatMap((each) => {
      const number = each.shape.group.registers.indexOf(name);
      return number < 0 ? [] : [{ each, number }];
    }),
  );

  /** By vCPU and family. */
  const rhythms: (Rhythm[] | undefined)[] = [];
  const rhythmOf = new Map<Track, Rhythm>();
  function rhythmsOf(vcpu: number): readonly Rhythm[] {
    return (rhythms[vcpu] ??= [...families.values()].map((family) => {
      const tracks = family.map((each) => {
        const track: Track = { shape: each.shape, paths: createPaths(each.shape, each.prices), done: 0 };
        each.tracks[vcpu] = track;
        return track;
      });
      const rhythm = createRhythm(tracks);
      for (const track of tracks) rhythmOf.set(track, rhythm);
      return rhythm;
    }));
  }

  /** A group that something is about to happen to. */
  function awake(each: Kept, vcpu: number): Track {
    rhythmsOf(vcpu);
    const track = each.tracks[vcpu]!;
    rhythmOf.get(track)!.wake(track);
    return track;
  }

  function pass(point: Point, vcpu: number, pcpu: number): void {
    if (asksForeign) for (const foreigner of foreigners.values()) foreigner.restore(point, vcpu, pcpu);
    const own = rhythmsOf(vcpu);
    for (const { family, mode } of atPoint.get(point) ?? []) {
      const is = foreigners.get(mode)?.is;
      own[family].pass(point, (each) => is?.get(each) ?? true);
    }
  }

  return {
    step(event) {
      const { kind, register, place } = event;
      const pcpu = naming.places[2 * place];
      const vcpu = naming.places[2 * place + 1];
      if (vcpu < 0) return;
      const point = pointOfKind.get(kind);
      if (point !== undefined) {
        pass(point, vcpu, pcpu);
        return;
      }
      const write = kind === Kind.guestWrite || kind === Kind.emulatedWrite;
      const emulated = kind === Kind.emulatedWrite || kind === Kind.emulatedRead;
      if (write || emulated || kind === Kind.guestRead) {
        for (const { each, number } of accesses[register]) {
          if (emulated && !countsEmulated(each.shape.group)) continue;
          awake(each, vcpu).paths.access(number, write);
        }
      }
      if (setsCachesOn(event, naming)) for (const each of waits) awake(each, vcpu).paths.disarm();
    },

    sees(kind, register) {
      const point = pointOfKind.get(kind);
      if (point !== undefined) return asksForeign || atPoint.has(point);
      return (
        accesses[register].length > 0 || (waits.length > 0 && naming.registers[register] === "SCTLR_EL1")
      );
    },

    rows(tracked, question) {
      const each = kept.get(oracleKey(tracked));
      if (each === undefined) throw new Error(`group ${tracked.group.name} has no oracle`);
      return each.tracks.flatMap((track, vcpu) => {
        if (track === undefined) return [];
        const { paths } = awake(each, vcpu);
        return oracleGroupRows(each.shape, paths.passes, paths.cheapest(question), vcpu);
      });
    },
  };
}

/** What groups have in common that come past the same points in the same order. */
const rhythmKey = ({ saved, restored, cleanAt, decideAt, group, config }: OracleGroup): string =>
  JSON.stringify([
    config.mode,
    pointsOf({ saved, restored, cleanAt, decideAt }),
    decideAt,
    group.arm === "after-save",
    group.restore === "foreign",
  ]);

function createForeigner(config: SwitchConfig) {
  const ask = createForeign(config);
  const is = new Map<SwitchedClass, boolean>();
  return {
    is,
    restore(point: Point, vcpu: number, pcpu: number): void {
      for (const each of switchedClasses) {
        if (config.points[each].guest.restore === point) is.set(each, ask(each, vcpu, pcpu));
      }
    },
  };
}

function pointsOf({
  saved,
  restored,
  cleanAt,
  decideAt,
}: Pick<OracleGroup, "saved" | "restored" | "cleanAt" | "decideAt">): Point[] {
  const named = [...saved, ...restored].map(({ point }) => point);
  return [...new Set([...named, cleanAt, decideAt])].filter((point) => point !== undefined).toSorted();
}

function pushTo<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
