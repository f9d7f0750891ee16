import * as fc from "fast-check";
import { Kind, kindCount } from "#src/trace/kinds.js";
import type { Sample } from "./support.js";

const half = fc.oneof(
  fc.constantFrom(0, -1, 0x8000_0000, -0x8000_0000, 0xffff_ffff, 64),
  fc.integer({ min: -0x8000_0000, max: 0xffff_ffff }),
);

/** Times that step a little, a lot, back, and to both ends of what a trace can hold. */
const time = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_000_000, max: 1_000_100 }) },
  fc.integer({ min: 0, max: 2 ** 33 }),
  fc.maxSafeNat(),
  fc.constantFrom(0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);

const sample: fc.Arbitrary<Sample> = fc.record({
  kind: fc.oneof(
    fc.constantFrom(Kind.entry, Kind.fullExit, Kind.fastExit),
    fc.integer({ min: 0, max: kindCount - 1 }),
  ),
  encoding: fc.constantFrom(0, 0xc080, 0xc100, 0xc513, 0x1_0000),
  pcpu: fc.integer({ min: 0, max: 3 }),
  vcpu: fc.integer({ min: -1, max: 3 }),
  time,
  value: fc.option(fc.tuple(half, half), { nil: undefined }),
});

export const samples = fc.array(sample, { maxLength: 60 });

/** Some hundred events of a guest that runs, without chance: for tests that need a trace and not any trace. */
export function steadySamples(count: number): Sample[] {
  return Array.from({ length: count }, (_, at): Sample => {
    const kind = [Kind.entry, Kind.guestWrite, Kind.guestWrite, Kind.guestRead, Kind.fullExit][at % 5];
    const encoding =
      kind === Kind.guestWrite || kind === Kind.guestRead ? [0xc080, 0xc100, 0xc513][at % 3] : 0;
    const pcpu = at % 2;
    return { kind, encoding, pcpu, vcpu: pcpu, time: 1000 + 10 * at, value: [at % 7, at % 2] };
  });
}

/** Loads, runs and puts of two guests that take turns on two pCPUs, without chance; caches come on on the way. */
export function steadyRuns(count: number): Sample[] {
  const round = [
    Kind.load,
    Kind.runStart,
    Kind.entry,
    Kind.guestWrite,
    Kind.guestRead,
    Kind.fastExit,
    Kind.entry,
    Kind.guestWrite,
    Kind.fullExit,
    Kind.runEnd,
    Kind.emulatedWrite,
    Kind.put,
  ];
  return Array.from({ length: count }, (_, at): Sample => {
    const turn = Math.floor(at / round.length);
    const kind = round[at % round.length];
    const isAccess = kind === Kind.guestWrite || kind === Kind.guestRead || kind === Kind.emulatedWrite;
    const encoding = isAccess ? [0xc080, 0xc100, 0xc513, 0xc101][(at + turn * turn) % 4] : 0;
    const [pcpu, vcpu] = [Math.floor(turn / 2) % 2, turn % 3 === 0 ? 0 : 1];
    const value = isAccess ? ([turn > 3 ? 5 : 4, turn] as const) : undefined;
    return { kind, encoding, pcpu, vcpu, time: 1000 + 10 * at, value };
  });
}
