import { describe, expect, it } from "vitest";
import { createAutomaton } from "#src/model/automaton.js";
import { initialState, noGroupCounts } from "#src/model/group-rules.js";
import { symbolOf } from "#src/model/symbols.js";
import { group } from "./dsl.js";
import { stepsOf, trackedGroup } from "./tracked-group.js";

const words = { adaptive: { traps: 2, windows: 5, eager: 100 } };
const tracked = trackedGroup("nvhe", group("PIR_EL1 PIRE0_EL1", words));
const symbols = (text: string): number[] => stepsOf(text).map((step) => symbolOf(tracked, step));
const sequences = [symbols("start w end"), symbols("start end"), symbols("start w2 end")];

describe("an automaton", () => {
  it("does what the rules do, by states that it finds on the way", () => {
    const automaton = createAutomaton(tracked, sequences);
    const values = initialState(tracked.group);
    let state = automaton.initial;
    for (let at = 0; at < 500; at++) {
      const each = (at * at) % 3;
      const counts = noGroupCounts(tracked.group);
      automaton.step(values, sequences[each], counts);
      expect(automaton.effect(state + each)).toEqual(counts);
      state = automaton.resolve(state + each);
      expect(automaton.next[state + each] === -1 || automaton.next[state + each] % 3 === 0).toBe(true);
      expect(automaton.valuesOf(state)).toEqual(values);
      expect(automaton.numberOf(values)).toBe(state);
    }
    // A hundred eager windows are a hundred states, and the trials some more.
    expect(automaton.cells()).toBeGreaterThan(300);
  });

  it("remembers no state beyond its bound, and works out its effects all the same", () => {
    const bounded = createAutomaton(tracked, sequences, 10);
    const free = createAutomaton(tracked, sequences);
    const values = initialState(tracked.group);
    const remembered: unknown[] = [];
    const stepped: unknown[] = [];
    let lost = 0;
    for (let at = 0; at < 50; at++) {
      const counts = noGroupCounts(tracked.group);
      const before = bounded.numberOf(values);
      bounded.step(values, sequences[0], counts);
      const to = bounded.numberOf(values);
      if (before >= 0) {
        remembered.push([bounded.resolve(before), bounded.next[before], bounded.effect(before)]);
        stepped.push([to, to, counts]);
      }
      if (to < 0) lost++;
      expect(free.numberOf(values)).toBeGreaterThanOrEqual(0);
    }
    expect(remembered).toEqual(stepped);
    expect(remembered.length).toBeGreaterThan(2);
    expect(bounded.cells()).toBe(9);
    expect(lost).toBeGreaterThan(40);
  });

  it("has its first state whatever its bound is", () => {
    expect(createAutomaton(tracked, sequences, 0).cells()).toBe(3);
    expect(createAutomaton(tracked, [], 0).cells()).toBe(0);
  });
});
