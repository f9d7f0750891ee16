/** Random policies, configurations and event lists for which fast path and reference must agree. */

import * as fc from "fast-check";
import { kernelVersions } from "#src/configs/kernels.js";
import { switchedClasses } from "#src/configs/points.js";
import type { Mode, SwitchedClass } from "#src/configs/points.js";
import { kernelConfig, recordedConfig } from "#src/configs/resolve.js";
import type { ClassNames, SwitchConfig } from "#src/configs/resolve.js";
import type { Naming } from "#src/model/counts.js";
import type { Assignment } from "#src/model/assignment.js";
import { switchedClass } from "#src/policies/group-points.js";
import type { Group, Policy } from "#src/policies/policy.js";
import { registerByName } from "#src/registers/lookup.js";
import { features } from "#src/registers/register.js";
import { Kind, kindCount } from "#src/trace/kinds.js";
import type { Event } from "./dsl.js";

/** Everything that the newest kernel switches, and registers that no kernel does. */
const pool: readonly string[] = [
  ...new Set(
    switchedClasses.flatMap((each) => kernelConfig("nvhe", "6.18", features).lists.guest.restore[each]),
  ),
  "PMCR_EL0",
  "HCR_EL2",
];
const unknown = ["S3_0_C15_C2_0", "S3_0_C15_C2_1"];

const classOf = (name: string): SwitchedClass | undefined => {
  const register = registerByName(name);
  return register && switchedClass(register);
};

const mode = fc.constantFrom<Mode>("vhe", "nvhe");
const kernel = fc
  .tuple(mode, fc.constantFrom(...kernelVersions), fc.subarray([...features]))
  .map(([each, version, present]) => kernelConfig(each, version, present));

/** Lists as no kernel has them: some registers twice, in any order, each in its class or, without one, in el1. */
const classNames = fc
  .array(fc.constantFrom(...pool, ...unknown), { maxLength: 40, size: "max" })
  .map((names): ClassNames => {
    const own = (each: SwitchedClass): string[] => names.filter((name) => (classOf(name) ?? "el1") === each);
    return {
      el1: own("el1"),
      user: own("user"),
      common: own("common"),
      return: own("return"),
      keys: own("keys"),
      fp: own("fp"),
      debug: own("debug"),
    };
  });
const context = fc.record({ save: classNames, restore: classNames });
const recorded = fc
  .tuple(mode, fc.record({ guest: context, host: context }))
  .map(([each, lists]) => recordedConfig(each, lists, []));

const config = fc.oneof({ weight: 3, arbitrary: kernel }, { weight: 1, arbitrary: recorded });

type Words = Omit<Group, "name" | "registers">;

const host = fc.constantFrom("eager", "dirty-once", "never");
const path = fc.constantFrom("fast", "full");

/** Words in every combination that a policy's check lets pass, whatever the registers are, and some that lose writes. */
const opening = fc.record({
  trap: fc.constantFrom("first-write", "first-access"),
  onTrap: fc.constant("open"),
  save: fc.constantFrom("dirty", "dirty", "dirty", "open", "always"),
  restore: fc.constantFrom("always", "always", "foreign", "open"),
  arm: fc.constantFrom("arming-point", "arming-point", "arming-point", "load", "run", "after-save"),
  host,
  path,
}) as fc.Arbitrary<Words>;
const adaptive = fc
  .tuple(
    opening,
    fc.constantFrom("always", "foreign"),
    fc.constantFrom("arming-point", "arming-point", "load", "run"),
    fc.integer({ min: 1, max: 3 }),
    fc.nat(3),
    // Long enough, too, that eager windows are passed over as one.
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 8, max: 60 })),
  )
  .map(([words, restore, arm, traps, more, eager]): Words => {
    const learns = { traps, windows: traps + more, eager };
    return { ...words, save: "dirty", restore, arm, adaptive: learns };
  });
const constant = fc.record({
  trap: fc.constantFrom("nothing", "every-write", "undefined"),
  onTrap: fc.constant("emulate"),
  save: fc.constantFrom("always", "never"),
  restore: fc.constantFrom("always", "foreign", "never"),
  arm: fc.constantFrom("arming-point", "load", "run"),
  host,
  path,
}) as fc.Arbitrary<Words>;
const untilCachesOn = constant.map((words): Words => ({
  ...words,
  trap: "every-write",
  arm: "until-caches-on",
}));
const groupWords = fc.oneof(
  { weight: 5, arbitrary: opening },
  { weight: 2, arbitrary: adaptive },
  { weight: 2, arbitrary: constant },
  { weight: 1, arbitrary: untilCachesOn },
);

/** What is not switched has nothing to elide: all that a policy can do is to trap its writes. */
const unswitched = {
  trap: "every-write",
  onTrap: "emulate",
  save: "always",
  restore: "always",
  arm: "arming-point",
  host: "eager",
} as const;

const groupCount = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 33, max: 40 }));

/** What the classes of a group must have in common: the points, by which a group is saved and armed as a whole. */
function pointsOf(name: string, { points }: SwitchConfig): string | undefined {
  const own = classOf(name);
  return own && JSON.stringify(points[own].guest);
}

function policy(of: SwitchConfig): fc.Arbitrary<Policy> {
  return fc
    .tuple(
      fc.shuffledSubarray([...pool], { minLength: pool.length }),
      groupCount.chain((count) =>
        fc.array(fc.tuple(groupWords, fc.nat(2)), { minLength: count, maxLength: count }),
      ),
    )
    .map(([shuffled, made]) => {
      const left = [...shuffled];
      const groups = made.map(([each, more], number): Group => {
        const first = left.shift() ?? "";
        const mates = left.filter((name) => pointsOf(name, of) === pointsOf(first, of)).slice(0, more);
        // Leave enough for the groups to come.
        const taken = left.length - mates.length >= made.length - number ? mates : [];
        for (const name of taken) left.splice(left.indexOf(name), 1);
        const words = classOf(first) === undefined ? unswitched : {};
        return { name: `g${number}`, registers: [first, ...taken], ...each, ...words };
      });
      return { name: "random", groups, assumeNotHardwareWritten: [] };
    });
}

export const assignment: fc.Arbitrary<Assignment> = config.chain((each) =>
  policy(each).map((made) => ({ policy: made, config: each })),
);

const pointKinds = [
  Kind.load,
  Kind.put,
  Kind.runStart,
  Kind.runEnd,
  Kind.entry,
  Kind.fullExit,
  Kind.fastExit,
];
const kind = fc.oneof(
  { weight: 5, arbitrary: fc.constant(Kind.guestWrite) },
  { weight: 1, arbitrary: fc.constantFrom(Kind.guestRead, Kind.emulatedWrite, Kind.emulatedRead) },
  { weight: 4, arbitrary: fc.constantFrom(...pointKinds) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: kindCount - 1 }) },
);

export interface Recording {
  readonly naming: Naming;
  readonly events: readonly Event[];
}

const units = 3;
const placeList = fc
  .array(fc.tuple(fc.nat(units - 1), fc.integer({ min: -1, max: units - 1 })), { minLength: 1, maxLength: 6 })
  .map((pairs) => pairs.flat());

/** A recording that means nothing: points in any order, in any place. Most accesses are to a few registers of groups. */
export function recording(of: readonly Assignment[], maxLength: number): fc.Arbitrary<Recording> {
  const grouped = of.flatMap(({ policy: { groups } }) => groups.flatMap(({ registers }) => registers));
  // The ends of the list of groups are the ends of the masks.
  const hot = [...grouped.slice(0, 3), ...grouped.slice(-3)];
  const dictionary = fc
    .shuffledSubarray([...new Set([...hot, ...grouped])], { minLength: 1 })
    .map((some) => ["", ...new Set([...hot, ...some, ...unknown])]);
  return fc.tuple(dictionary, placeList).chain(([registers, places]) => {
    const place = places.length / 2 - 1;
    const register = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: Math.min(6, registers.length - 1) }) },
      { weight: 1, arbitrary: fc.nat(registers.length - 1) },
    );
    const event = fc.record({
      kind,
      register,
      place: fc.oneof(fc.constant(0), fc.nat(place)),
      hasValue: fc.boolean(),
      lo: fc.constantFrom(0, 0b101),
    });
    return fc
      .array(event, { maxLength, size: "max" })
      .map((events) => ({ naming: { registers, places, vcpus: units, pcpus: units }, events }));
  });
}
