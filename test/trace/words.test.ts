import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reason, exitReason, isTrappedWrite, noSyndrome, reasonName } from "#src/trace/exits.js";
import { Kind, kindCount, kindName } from "#src/trace/kinds.js";
import { countValues } from "#src/trace/word-check.js";
import { maxPlaces, maxRegisters, packWord } from "#src/trace/word.js";
import { kindMask, wordHasValue, wordKind, wordPlace, wordRegister } from "#src/trace/word.js";

const parts = fc.record({
  kind: fc.integer({ min: 0, max: kindMask }),
  register: fc.integer({ min: 0, max: maxRegisters - 1 }),
  place: fc.integer({ min: 0, max: maxPlaces - 1 }),
  hasValue: fc.boolean(),
});

describe("a word", () => {
  it("keeps its parts", () => {
    fc.assert(
      fc.property(parts, ({ kind, register, place, hasValue }) => {
        const word = packWord(kind, register, place, hasValue);
        expect(Uint32Array.of(word)[0]).toBe(word);
        expect({
          kind: wordKind(word),
          register: wordRegister(word),
          place: wordPlace(word),
          hasValue: wordHasValue(word),
        }).toEqual({ kind, register, place, hasValue });
      }),
    );
  });

  it("is held against the tables as one at a time would be", () => {
    const tables = fc.record({
      registers: fc.integer({ min: 1, max: maxRegisters }),
      places: fc.integer({ min: 0, max: maxPlaces }),
    });
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 5 }), tables, (given, { registers, places }) => {
        const words = given.map(({ kind, register, place, hasValue }) =>
          packWord(kind, register, place, hasValue),
        );
        const fit = given.every(
          ({ kind, register, place }) => kind < kindCount && register < registers && place < places,
        );
        const values = given.filter(({ hasValue }) => hasValue).length;
        expect(countValues(Uint32Array.from(words), registers, places)).toBe(fit ? values : -1);
      }),
    );
  });

  it("has room for every kind, each with its name", () => {
    expect(kindCount).toBeLessThanOrEqual(kindMask + 1);
    for (const [name, number] of Object.entries(Kind)) expect(kindName(number)).toBe(name);
    expect(() => kindName(kindCount)).toThrow(RangeError);
  });
});

describe("an exit's value", () => {
  it("is a syndrome, an interrupt, or unknown", () => {
    // An MSR of guest register 0 (EC 0x18), an abort (0x24), and an IRQ, in signed and unsigned halves.
    expect(exitReason(true, 0x6200_0000, 0)).toBe(0x18);
    expect(exitReason(true, 0x9200_0007 | 0, 0)).toBe(0x24);
    expect(exitReason(true, 0x9200_0007, 0)).toBe(0x24);
    expect(exitReason(true, Reason.irq, noSyndrome)).toBe(Reason.irq);
    expect(exitReason(true, Reason.irq, noSyndrome >>> 0)).toBe(Reason.irq);
    expect(exitReason(true, -1, noSyndrome)).toBe(0xffff_ffff);
    expect(exitReason(false, 0x6200_0000, 0)).toBe(Reason.unknown);
  });

  it("says of a trapped access whether it was a write", () => {
    expect(isTrappedWrite(true, 0x6200_0000, 0)).toBe(true);
    expect(isTrappedWrite(true, 0x6200_0001, 0)).toBe(false);
    expect(isTrappedWrite(true, 0x9200_0000, 0)).toBe(false);
    expect(isTrappedWrite(true, 0x18, noSyndrome)).toBe(false);
    expect(isTrappedWrite(false, 0x6200_0000, 0)).toBe(false);
  });

  it("has KVM's name where there is one", () => {
    expect([0x18, 0x24, 0x01, Reason.irq, Reason.unknown, 0x02].map(reasonName)).toEqual([
      "SYS64",
      "DABT_LOW",
      "WFx",
      "IRQ",
      "?",
      "EC_0x02",
    ]);
  });
});
