import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  Came,
  createDictionary,
  mostDictionarySteps,
  mostWindows,
  type DictionaryBuilder,
} from "#src/trace/windows/dictionary.js";
import { mostSteps } from "#src/trace/windows/segmentation.js";

const numberOf = (dictionary: DictionaryBuilder, ...steps: readonly number[]): number =>
  dictionary.number(Uint16Array.from([...steps, 9]), steps.length);

/** A window of so many steps that is like no other of the same length with another number. */
function window(number: number, length: number): Uint16Array {
  const steps = new Uint16Array(length).fill(7);
  steps[0] = number & 0xff;
  steps[1] = number >> 8;
  return steps;
}

describe("a dictionary", () => {
  it("gives a window the number that it had when it came first", () => {
    const windows = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(windows, fc.nat(20), (list, most) => {
        const dictionary = createDictionary(most);
        const numbers = new Map<string, number>();
        for (const steps of list) {
          const known = numbers.get(steps.join());
          const expected = known ?? (numbers.size < most ? numbers.size : -1);
          if (expected >= 0) numbers.set(steps.join(), expected);
          expect(numberOf(dictionary, ...steps)).toBe(expected);
        }
        const { size, offsets, steps } = dictionary.finish();
        expect(size).toBe(numbers.size);
        const texts = Array.from({ length: size }, (_, at) =>
          steps.slice(offsets[at], offsets[at + 1]).join(),
        );
        expect(texts).toEqual([...numbers.keys()]);
      }),
    );
  });

  it("has no number for the last of 2^16 windows, and knows the others still", () => {
    const dictionary = createDictionary();
    for (let at = 0; at < mostWindows; at++) expect(dictionary.number(window(at, 2), 2)).toBe(at);
    expect(dictionary.number(window(mostWindows, 2), 2)).toBe(-1);
    expect(dictionary.number(window(mostWindows, 2), 2)).toBe(-1);
    expect(dictionary.number(window(40_000, 2), 2)).toBe(40_000);
    expect(dictionary.finish().size).toBe(mostWindows);
  });

  it("has no room for more steps than it may hold", () => {
    const dictionary = createDictionary();
    const fits = mostDictionarySteps / mostSteps;
    for (let at = 0; at < fits - 1; at++) dictionary.number(window(at, mostSteps), mostSteps);
    expect(dictionary.number(window(0, 250), 250)).toBe(fits - 1);
    expect(dictionary.number(window(fits, mostSteps), mostSteps)).toBe(-1);
    expect(dictionary.number(window(fits, 6), 6)).toBe(fits);
    expect(numberOf(dictionary, 1)).toBe(-1);
    expect(dictionary.finish().steps).toHaveLength(mostDictionarySteps);
  });

  it("keeps how its windows came", () => {
    const dictionary = createDictionary();
    for (const each of [1, 2, 3, 4]) numberOf(dictionary, each);
    dictionary.note(1, Came.behind);
    dictionary.note(2, Came.before);
    dictionary.note(3, Came.before);
    dictionary.note(3, Came.behind);
    expect([...dictionary.finish().flags]).toEqual([0, 1, 2, 3]);
  });

  it("forgets all when it is cleared", () => {
    const dictionary = createDictionary(1);
    numberOf(dictionary, 1, 2, 3);
    dictionary.note(0, Came.behind);
    dictionary.clear();
    expect(dictionary.finish()).toMatchObject({ size: 0 });
    expect([numberOf(dictionary, 4), numberOf(dictionary, 1, 2, 3)]).toEqual([0, -1]);
    expect(dictionary.finish()).toEqual({
      size: 1,
      offsets: Uint32Array.of(0, 1),
      steps: Uint16Array.of(4),
      flags: Uint8Array.of(0),
    });
  });
});

it("a full dictionary does not take a window for a longer one that begins so, wherever it is looked for", () => {
  for (let first = 0; first < 8; first++) {
    const dictionary = createDictionary();
    for (let second = 0; second < mostWindows; second++) numberOf(dictionary, first, second);
    expect(numberOf(dictionary, first)).toBe(-1);
    expect(numberOf(dictionary, first, 5)).toBe(5);
  }
});
