import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import type { GroupLimits, GroupPlan } from "#src/model/group-plan.js";
import { Kind } from "#src/trace/kinds.js";
import type { WindowLimits } from "#src/trace/windows/stream.js";
import { assignment, recording, type Recording } from "./arbitraries.js";
import type { Event } from "./dsl.js";
import { referenceRows } from "./reference-rows.js";
import { windowedRows, windowsOf, type HowToCount } from "./windowed.js";

const assignments = fc.array(assignment, { minLength: 1, maxLength: 3 });
const scene = (maxLength: number) =>
  assignments.chain((of) => recording(of, maxLength).map((made) => ({ of, ...made })));

const howTo = fc.record({
  cuts: fc.array(fc.nat(), { maxLength: 12, size: "max" }),
  together: fc.integer({ min: 1, max: 3 }),
});
/** Blocks of windows so small that there are many. */
const windowWords = fc.constantFrom(1, 2, 5, 17, 1 << 16);

const trapsOf = (rows: readonly (readonly CountRow[])[]): number =>
  rows.flat().reduce((sum, { traps }) => sum + traps, 0);

/** By way of counting and segmentation: how often a group of it came. */
function createReached(): { note(plan: GroupPlan): void; ways(): string[] } {
  const reached = new Set<string>();
  return {
    note({ settled, carried, stepped }) {
      settled.forEach((groups, at) => groups.length > 0 && reached.add(`settled ${at}`));
      carried.forEach((groups, at) => {
        if (groups.length > 0) reached.add(`${stepped[at] ? "stepped" : "carried"} ${at}`);
      });
    },
    ways: () => [...reached].toSorted(),
  };
}

/** Counts how often a transition was stepped that could not be remembered. */
function spyOnSteps({ carried, stepped, automatonOf, tracked }: GroupPlan): () => number {
  const spies = carried
    .flat()
    .filter((group) => !stepped[tracked.groups[group].segmentation])
    .map((group) => vi.spyOn(automatonOf(group).automaton, "step"));
  return () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

describe("the engine over windows counts what the reference counts", () => {
  it("on any recording, cut at any window, with carried groups in any company", () => {
    const reached = createReached();
    fc.assert(
      fc.property(scene(300), howTo, windowWords, ({ of, naming, events }, how, words) => {
        const windowed = windowsOf(naming, events, { windowWords: words });
        const { rows, plan } = windowedRows(of, naming, windowed, how);
        expect(rows).toEqual(referenceRows(of, naming, events));
        reached.note(plan);
      }),
      { numRuns: 150 },
    );
    expect(reached.ways()).toEqual(["carried 0", "carried 1", "settled 0", "settled 1"]);
  });

  it("cut at every window", () => {
    fc.assert(
      fc.property(scene(120), windowWords, ({ of, naming, events }, words) => {
        const windowed = windowsOf(naming, events, { windowWords: words });
        const cuts = Array.from({ length: events.length + 1 }, (_, at) => at);
        const { rows } = windowedRows(of, naming, windowed, { cuts, together: 1 });
        expect(rows).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: 50 },
    );
  });

  it("with a dictionary that is full, from step to step", () => {
    const reached = createReached();
    const limits = fc.record({ numberedWindows: fc.nat(3), windowWords });
    const together = fc.constantFrom(2, 20, Infinity);
    let traps = 0;
    let most = 0;
    fc.assert(
      fc.property(scene(300), together, limits, ({ of, naming, events }, some, given: WindowLimits) => {
        const windowed = windowsOf(naming, events, given);
        const { rows, plan } = windowedRows(of, naming, windowed, { together: some });
        expect(rows).toEqual(referenceRows(of, naming, events));
        reached.note(plan);
        if (plan.stepped.every((each) => each)) traps += trapsOf(rows);
        plan.carried.forEach((groups, at) => {
          if (plan.stepped[at]) most = Math.max(most, Math.min(groups.length, some));
        });
      }),
      // So many that all ways come, whatever the seed.
      { numRuns: 150 },
    );
    expect(reached.ways()).toEqual(
      expect.arrayContaining(["settled 0", "settled 1", "stepped 0", "stepped 1"]),
    );
    expect(traps).toBeGreaterThan(1000);
    // More groups at once than a word has bits.
    expect(most).toBeGreaterThan(32);
  });

  it("with automata past their bound, which go on without remembering", () => {
    let stepped = 0;
    const cells = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(scene(300), howTo, cells, windowWords, ({ of, naming, events }, how, most, words) => {
        let steps = (): number => 0;
        const onPlan = (plan: GroupPlan): void => void (steps = spyOnSteps(plan));
        const given: HowToCount = { ...how, limits: { cells: most }, onPlan };
        const windowed = windowsOf(naming, events, { windowWords: words });
        const { rows } = windowedRows(of, naming, windowed, given);
        expect(rows).toEqual(referenceRows(of, naming, events));
        if (steps() > 0) stepped++;
      }),
      { numRuns: 100 },
    );
    expect(stepped).toBeGreaterThan(20);
  });

  it("with too few counters for windows, and with visits emptied all the time", () => {
    const limits = fc.record({
      counters: fc.constantFrom(0, 5, 50),
      visits: fc.constantFrom(1, 2, 7, 50),
      cells: fc.constantFrom(1, 30, 1 << 20),
    });
    const reached = createReached();
    fc.assert(
      fc.property(scene(200), howTo, limits, windowWords, (made, how, given: GroupLimits, words) => {
        const { of, naming, events } = made;
        const windowed = windowsOf(naming, events, { windowWords: words });
        const { rows, plan } = windowedRows(of, naming, windowed, { ...how, limits: given });
        expect(rows).toEqual(referenceRows(of, naming, events));
        if (given.counters === 0 && plan.sizes.every((size) => size > 0)) reached.note(plan);
      }),
      { numRuns: 80 },
    );
    expect(reached.ways()).toEqual(["carried 0", "carried 1"]);
  });

  it("where most windows touch no group, and are jumped over", () => {
    const idle = fc.array(fc.nat(3), { minLength: 1, maxLength: 3 });
    const how = fc.record({
      together: fc.integer({ min: 1, max: 3 }),
      limits: fc.record({ counters: fc.constant(0) }),
    });
    const times = fc.constantFrom(17, 18, 33, 100);
    const reached = createReached();
    fc.assert(
      fc.property(
        scene(60),
        idle,
        times,
        how,
        windowWords,
        ({ of, naming, events }, rows, many, given, words) => {
          const filled = events.flatMap((event, at) => [
            event,
            ...idleWindows(event, rows[at % rows.length], many),
          ]);
          const windowed = windowsOf(naming, filled, { windowWords: words });
          const found = windowedRows(of, naming, windowed, given);
          expect(found.rows).toEqual(referenceRows(of, naming, filled));
          reached.note(found.plan);
        },
      ),
      { numRuns: 50 },
    );
    expect(reached.ways()).toEqual(expect.arrayContaining(["carried 0", "carried 1"]));
  });

  it("with more vCPUs than blocks or cuts have windows", () => {
    fc.assert(
      fc.property(scene(300), howTo, fc.integer({ min: 1, max: 9973 }), (made, how, step) => {
        const { of } = made;
        const { naming, events } = withVcpus(made, 150, step);
        const windowed = windowsOf(naming, events, { windowWords: 40 });
        expect(windowedRows(of, naming, windowed, how).rows).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: 30 },
    );
  });

  it("and looks at nothing that is of no vCPU", () => {
    fc.assert(
      fc.property(scene(200), ({ of, naming, events }) => {
        const strays = events.map((event) => ({ ...event, place: naming.places.length / 2 }));
        const wide = { ...naming, places: [...naming.places, 1, -1] };
        const mixed = events.flatMap((event, at) => [strays[at], event]);
        const { rows } = windowedRows(of, wide, windowsOf(wide, mixed));
        expect(rows).toEqual(windowedRows(of, naming, windowsOf(naming, events)).rows);
      }),
      { numRuns: 100 },
    );
  });
});

/** Windows in a row at an event's place, without an access: of one kind, or of two in turn. */
function idleWindows({ place }: Event, sort: number, times: number): Event[] {
  const sorts = [
    [Kind.runEnd],
    [Kind.load, Kind.put],
    [Kind.runStart, Kind.runEnd, Kind.put],
    [Kind.runStart],
  ];
  return Array.from({ length: times }, () => sorts[sort])
    .flat()
    .map((kind) => ({ kind, register: 0, place, hasValue: false, lo: 0 }));
}

/** The same events, each at one of many vCPUs, which take turns on four pCPUs. */
function withVcpus({ naming, events }: Recording, vcpus: number, step: number): Recording {
  const places = Array.from({ length: 4 * vcpus }, (_, at) => [at % 4, (at * 7) % vcpus]).flat();
  return {
    naming: { ...naming, places, vcpus, pcpus: 4 },
    events: events.map((event, at) => ({ ...event, place: (at * step + event.place) % (4 * vcpus) })),
  };
}
