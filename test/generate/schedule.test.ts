import * as fc from "fast-check";
import { expect, it } from "vitest";
import { changedModel } from "#src/generate/change.js";
import { createLane } from "#src/generate/lane.js";
import type { GuestModel, Size } from "#src/generate/model.js";
import { guestProfiles } from "#src/generate/registry.js";
import { mostVcpus, schedule } from "#src/generate/schedule.js";
import { uniformOf } from "#src/prices/random.js";
import type { TraceWriter } from "#src/trace/writer.js";
import { modelOf } from "./support.js";

/** What a writer's `append` was given. */
type Appended = readonly number[];

const timeAt = 3;

/** As much of a writer as generating needs; places are pCPU and vCPU in one number. */
function listWriter(): { readonly writer: TraceWriter; readonly appended: Appended[] } {
  const appended: Appended[] = [];
  const never = (): never => {
    throw new Error("not for the scheduler");
  };
  const writer: TraceWriter = {
    register: (encoding) => encoding,
    place: (pcpu, vcpu) => (pcpu << 16) | vcpu,
    append: (kind, register, place, time, hasValue, lo, hi) => {
      appended.push([kind, register, place, time, Number(hasValue), lo, hi]);
    },
    restart: never,
    finish: never,
    abort: never,
  };
  return { writer, appended };
}

function scheduled(model: GuestModel, seed: number, size: Size): Appended[] {
  const { writer, appended } = listWriter();
  for (const _ of schedule(writer, model, seed, size));
  return appended;
}

/** The same in the simplest way: looks at every vCPU for each window, and puts the events in order at the end. */
function inOrder(model: GuestModel, seed: number, { windows = Infinity, events = Infinity }: Size) {
  const { vcpus, vcpuCount, pcpuCount, migration, capabilities } = model;
  const { writer, appended } = listWriter();
  const lanes = Array.from({ length: vcpuCount }, (_, vcpu) =>
    createLane(vcpus[vcpu % vcpus.length], capabilities.loads, (each) => each, uniformOf(seed, vcpu)),
  );
  const draw = uniformOf(seed, mostVcpus);
  const ready = lanes.map(() => 0);
  const last = lanes.map((_, vcpu) => vcpu % pcpuCount);
  const free = Array.from({ length: pcpuCount }, () => 0);
  const isWhole = windows === Infinity && events === Infinity;
  for (let made = 0; made < windows && appended.length < events; made++) {
    const vcpu = ready.indexOf(Math.min(...ready));
    if (ready[vcpu] === Infinity) break;
    const home = vcpu % pcpuCount;
    const leaves = pcpuCount > 1 && last[vcpu] === home && draw() < migration / (2 - migration);
    const pcpu = leaves ? (home + 1 + Math.floor(draw() * (pcpuCount - 1))) % pcpuCount : home;
    last[vcpu] = pcpu;
    const window = lanes[vcpu].window(Math.max(ready[vcpu], free[pcpu]));
    free[pcpu] = window.end() + 1;
    ready[vcpu] = isWhole && lanes[vcpu].once() ? Infinity : window.end() + Math.max(1, lanes[vcpu].out());
    window.write(writer, writer.place(pcpu, vcpu), Infinity);
  }
  return appended.toSorted((a, b) => a[timeAt] - b[timeAt]);
}

it("windows of many vCPUs are written in the order of time, and of their beginnings at one time", () => {
  fc.assert(
    fc.property(
      fc.record({
        name: fc.constantFrom(...guestProfiles.map(({ name }) => name)),
        seed: fc.nat(1000),
        vcpus: fc.integer({ min: 1, max: 40 }),
        pcpus: fc.integer({ min: 1, max: 6 }),
        migration: fc.double({ min: 0, max: 1, noNaN: true }),
        size: fc.oneof(
          fc.record({ windows: fc.integer({ min: 1, max: 150 }) }),
          fc.record({ events: fc.integer({ min: 1, max: 4000 }) }),
        ),
        // Short ones meet at one time.
        guestTime: fc.constantFrom(undefined, 0, 5),
      }),
      ({ name, seed, size, guestTime, ...changes }) => {
        const model = changedModel(modelOf(name), {
          ...changes,
          ...(guestTime === undefined ? {} : { guestTime }),
        });
        expect(scheduled(model, seed, size)).toEqual(inOrder(model, seed, size));
      },
    ),
    { numRuns: 40 },
  );
});

it("whole lives end as they would in that way, too", () => {
  const model = changedModel(modelOf("idle"), { vcpus: 3, pcpus: 2, migration: 0.2 });
  const events = scheduled(model, 1, {});
  expect(events.length).toBeGreaterThan(10_000);
  expect(events.flat()).toEqual(inOrder(model, 1, {}).flat());
});
