import { describe, expect, it } from "vitest";
import { setsCachesOn } from "#src/model/reference.js";
import { registerByName } from "#src/registers/lookup.js";
import { Kind, kindCount } from "#src/trace/kinds.js";
import { createOnceCounter, sctlrEl1, showsValue, type StayRow } from "#src/trace/windows/once.js";

/** Stays of loads that vCPUs make, by [vCPU, pCPU]. */
function staysOf(...loads: readonly (readonly [number, number])[]): readonly StayRow[] {
  const counter = createOnceCounter();
  for (const [vcpu, pcpu] of loads) counter.add(Kind.load, 0, pcpu, vcpu);
  return counter.rows().stays;
}

describe("a vCPU finds its own values", () => {
  it("where it was last, and nobody else since", () => {
    expect(staysOf([0, 0], [0, 0], [0, 0])).toEqual([[Kind.load, 0, 2]]);
    expect(staysOf([0, 0], [1, 0], [0, 0])).toEqual([]);
    // On another pCPU in between, whose values are newer.
    expect(staysOf([0, 0], [0, 1], [0, 0], [0, 0])).toEqual([[Kind.load, 0, 1]]);
    expect(staysOf([0, 0], [1, 1], [0, 0], [1, 1])).toEqual([
      [Kind.load, 0, 1],
      [Kind.load, 1, 1],
    ]);
  });

  it("at each kind of point by itself, and at no other", () => {
    const counter = createOnceCounter();
    for (const kind of [Kind.load, Kind.runStart, Kind.entry, Kind.put, Kind.fullExit]) {
      for (const vcpu of [3, 3]) counter.add(kind, 0, 0, vcpu);
    }
    expect(counter.rows().stays).toEqual([
      [Kind.load, 3, 1],
      [Kind.runStart, 3, 1],
      [Kind.entry, 3, 1],
    ]);
  });
});

describe("accesses before the caches are on", () => {
  it("are counted by vCPU, register and kind until SCTLR_EL1.M and C are set", () => {
    const counter = createOnceCounter();
    const access = (kind: number, register: number, vcpu: number): void =>
      counter.add(kind, register, 0, vcpu);
    access(Kind.guestRead, 5, 1);
    access(Kind.guestWrite, 5, 1);
    access(Kind.emulatedWrite, 2, 1);
    access(Kind.saveGuest, 2, 1);
    for (const lo of [0, 1, 4, 0xffff_fffa]) {
      access(Kind.guestWrite, 7, 0);
      counter.sctlr(0, lo);
    }
    // The write that sets them is still before.
    access(Kind.guestWrite, 7, 0);
    counter.sctlr(0, 0x3495_d99d);
    access(Kind.guestWrite, 7, 0);
    counter.sctlr(0, 0);
    access(Kind.guestWrite, 7, 0);
    expect(counter.rows().beforeCaches).toEqual([
      [Kind.guestWrite, 7, 0, 5],
      [Kind.emulatedWrite, 2, 1, 1],
      [Kind.guestWrite, 5, 1, 1],
      [Kind.guestRead, 5, 1, 1],
    ]);
    counter.clear();
    access(Kind.guestWrite, 7, 0);
    expect(counter.rows()).toEqual({ stays: [], beforeCaches: [[Kind.guestWrite, 7, 0, 1]] });
  });
});

it("the caches come on at the same events for the windows of a trace and for the reference interpreter", () => {
  expect(sctlrEl1).toBe(registerByName("SCTLR_EL1")?.encoding);
  const naming = { registers: ["", "SCTLR_EL1"], places: [0, 0], vcpus: 1, pcpus: 1 };
  const outcomes = new Set<boolean>();
  for (let kind = 0; kind < kindCount; kind++) {
    for (const lo of [0, 1, 4, 5, 0x3495_d998, 0x3495_d99d, -1, -2, 0xffff_ffff]) {
      const event = { kind, register: 1, place: 0, hasValue: true, lo };
      const counter = createOnceCounter();
      if (showsValue.has(kind)) counter.sctlr(0, lo);
      counter.add(Kind.guestWrite, 1, 0, 0);
      const isOn = counter.rows().beforeCaches.length === 0;
      expect({ kind, lo, isOn }).toEqual({ kind, lo, isOn: setsCachesOn(event, naming) });
      outcomes.add(isOn);
    }
  }
  expect(outcomes.size).toBe(2);
});
