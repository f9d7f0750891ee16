import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinRegions } from "#src/model/compose.js";
import { Word } from "#src/model/layout.js";
import type { Layout } from "#src/model/layout.js";
import { composes } from "#src/model/program.js";
import type { Assignment } from "#src/model/program.js";
import { assignment, recording } from "./arbitraries.js";
import { configOf, eventsOf, group, load, namingOf, policyOf, put, read, runStart, write } from "./dsl.js";
import type { Step } from "./dsl.js";
import { fastPath, referenceRows } from "./fast.js";

const conditional = {
  trapIfArmed: Word.trapIfArmed,
  saveIfDirty: Word.saveIfDirty,
  saveIfArmed: Word.saveIfArmed,
  saveIfEither: Word.saveIfEither,
} as const;

/** How often pieces left each kind of open question, in either half of the mask. */
const reached = new Map<string, number>();

function note(layout: Layout, region: Uint32Array): void {
  for (let context = 0; context < layout.words; context += layout.stride) {
    for (const { base } of layout.policies) {
      for (const [name, word] of Object.entries(conditional)) {
        for (const half of [0, 1]) {
          const key = `${name} ${half}`;
          if (region[context + base + word + half] !== 0) reached.set(key, (reached.get(key) ?? 0) + 1);
        }
      }
    }
  }
}

const assignments = fc.array(assignment, { minLength: 1, maxLength: 3 });
const scene = (maxLength: number) =>
  assignments.chain((of) => recording(of, maxLength).map((made) => ({ of, ...made })));
const every = (length: number): number[] =>
  Array.from({ length: Math.max(0, length - 1) }, (_, at) => at + 1);

/** Joins neighbours in an order that `choices` gives, down to one region: a random binary tree. */
function joinTree(layout: Layout, pieces: readonly Uint32Array[], choices: readonly number[]): Uint32Array[] {
  const left = [...pieces];
  for (let step = 0; left.length > 1; step++) {
    const at = choices[step % choices.length] % (left.length - 1);
    const [first, second] = left.slice(at, at + 2);
    joinRegions(layout, first, second);
    left.splice(at + 1, 1);
  }
  return left;
}

describe("the fast path counts what the reference counts", () => {
  it("without a cut", () => {
    fc.assert(
      fc.property(scene(300), ({ of, naming, events }) => {
        const fast = fastPath(of, naming, events);
        expect(fast.rows(fast.pieces([]))).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: 300 },
    );
  });

  it("with cuts anywhere, joined in order", () => {
    const cut = fc.array(fc.nat(), { maxLength: 12, size: "max" });
    fc.assert(
      fc.property(scene(200), cut, ({ of, naming, events }, at) => {
        const fast = fastPath(of, naming, events);
        const cuts = at.map((each) => each % (events.length + 1)).toSorted((a, b) => a - b);
        const pieces = fast.pieces(cuts);
        for (const piece of pieces) note(fast.program.layout, piece);
        expect(fast.rows(pieces)).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: 500 },
    );
  });

  it("with a cut at every event, joined in order", () => {
    fc.assert(
      fc.property(scene(80), ({ of, naming, events }) => {
        const fast = fastPath(of, naming, events);
        expect(fast.rows(fast.pieces(every(events.length)))).toEqual(referenceRows(of, naming, events));
      }),
      { numRuns: 200 },
    );
  });

  it("with a cut at every few events, joined in any grouping", () => {
    const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 60, size: "max" });
    fc.assert(
      fc.property(
        scene(120),
        fc.integer({ min: 1, max: 9 }),
        choices,
        ({ of, naming, events }, step, tree) => {
          const fast = fastPath(of, naming, events);
          const pieces = fast.pieces(every(events.length).filter((at) => at % step === 0));
          expect(fast.rows(joinTree(fast.program.layout, pieces, tree))).toEqual(
            referenceRows(of, naming, events),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("and comes past every kind of open question on the way", () => {
    for (const name of Object.keys(conditional)) {
      for (const half of [0, 1])
        expect([name, half, (reached.get(`${name} ${half}`) ?? 0) > 0]).toEqual([name, half, true]);
    }
  });
});

describe("what a piece leaves open, and how it is answered", () => {
  const config = configOf("vhe", "PIR_EL1", "PIRE0_EL1", "TCR_EL1");
  const fillers = Array.from({ length: 33 }, (_, n) =>
    group(`PMEVCNTR${n}_EL0`, { trap: "nothing", save: "always" }),
  );
  const pie = group("PIR_EL1 PIRE0_EL1");
  const w = write(0, "PIR_EL1");

  /** Both halves of the mask: the group is the first, or the thirty-fourth. */
  const halves: readonly (readonly [string, Assignment])[] = [
    ["low", { policy: policyOf(pie), config }],
    ["high", { policy: policyOf(...fillers, pie), config }],
  ];

  const cases: readonly (readonly [keyof typeof conditional, string, Step[], Step[]])[] = [
    ["trapIfArmed", "a write, after a load", [load(0)], [w]],
    ["trapIfArmed", "a write, after a write", [load(0), w], [w]],
    ["saveIfDirty", "a put, after a write", [load(0), w], [put(0)]],
    ["saveIfDirty", "a put, after none", [load(0)], [put(0)]],
    ["saveIfArmed", "a put, a write and a put, after a load", [load(0)], [put(0), w, put(0)]],
    ["saveIfArmed", "a put, a write and a put, after a write", [load(0), w], [put(0), w, put(0)]],
    ["saveIfEither", "a write and a put, after a load", [load(0)], [w, put(0)]],
    ["saveIfEither", "a write and a put, after a write", [load(0), w], [w, put(0)]],
    ["saveIfEither", "a write and a put, after what was open and clean", [load(0), w, put(0)], [w, put(0)]],
  ];

  for (const [half, each] of halves) {
    it.each(cases)(`%s (${half}): %s`, (name, _, before, after) => {
      const steps = [...before, ...after];
      const naming = namingOf([...steps, write(0, "PIRE0_EL1")]);
      const events = eventsOf(steps, naming);
      const fast = fastPath([each], naming, events);
      const [first, second] = fast.pieces([before.length]);
      const { base } = fast.program.layout.policies[0];
      expect(second[base + conditional[name] + (half === "low" ? 0 : 1)]).not.toBe(0);
      expect(fast.rows([first, second])).toEqual(referenceRows([each], naming, events));
    });
  }

  it("keeps two saves apart that depend on how a joined pair of pieces began", () => {
    const [[, each]] = halves;
    const steps = [load(0), w, put(0), load(0), put(0), w, put(0)];
    const naming = namingOf([...steps, write(0, "PIRE0_EL1")]);
    const events = eventsOf(steps, naming);
    const fast = fastPath([each], naming, events);
    // Neither the empty piece nor what follows knows that the group was armed and clean.
    const [before, empty, after] = fast.pieces([4, 4]);
    joinRegions(fast.program.layout, empty, after);
    expect(fast.rows([before, empty])).toEqual(referenceRows([each], naming, events));
    const { base } = fast.program.layout.policies[0];
    expect([...empty.subarray(base + Word.saveIfDirty, base + Word.saves)]).toEqual([1, 0, 1, 0, 0, 0]);
  });

  it("names the register whose write trapped, not another of its group", () => {
    const [, [, each]] = halves;
    const steps = [load(0), write(0, "PIRE0_EL1"), w, put(0)];
    const naming = namingOf(steps);
    const fast = fastPath([each], naming, eventsOf(steps, naming));
    const pieces = fast.pieces([1]);
    const row = fast.rows(pieces)[0].find(({ register }) => register === "PIRE0_EL1");
    expect(row).toMatchObject({ traps: 1, saves: 1 });
  });
});

describe("composes", () => {
  const pir = (words: Parameters<typeof group>[1]): boolean => composes(policyOf(group("PIR_EL1", words)));

  it("holds for what depends on the last arming and the last save alone", () => {
    expect(pir({})).toBe(true);
    expect(pir({ arm: "load", host: "dirty-once", trap: "first-access" })).toBe(true);
    expect(pir({ trap: "every-write", onTrap: "emulate", save: "never" })).toBe(true);
  });

  it("does not hold for values, other contexts, or how long a group has been open", () => {
    expect(pir({ save: "open" })).toBe(false);
    expect(pir({ restore: "open" })).toBe(false);
    expect(pir({ restore: "foreign" })).toBe(false);
    expect(pir({ arm: "after-save" })).toBe(false);
    expect(pir({ arm: "until-caches-on" })).toBe(false);
  });

  it("holds for as many groups as the masks have bits", () => {
    const groups = (count: number) =>
      policyOf(...Array.from({ length: count }, (_, n) => group(`DBGBVR${n}_EL1`)));
    expect(composes(groups(64))).toBe(true);
    expect(composes(groups(65))).toBe(false);
  });
});

describe("counts beyond 32 bits", () => {
  it("stay exact, since a whole trace is counted in doubles", () => {
    const config = configOf("nvhe", "PIR_EL1");
    const each = { policy: policyOf(group("PIR_EL1")), config };
    const steps = [runStart(0), write(0, "PIR_EL1"), read(0, "PIR_EL1"), runStart(0)];
    const naming = namingOf(steps);
    const fast = fastPath([each], naming, eventsOf(steps, naming));
    const [region] = fast.pieces([]);
    const { base, traps } = fast.program.layout.policies[0];
    region[base + traps] = 0xffff_ffff;
    const rows = fast.rows([region, region, region])[0];
    expect(rows[0]).toMatchObject({ register: "PIR_EL1", traps: 3 * 0xffff_ffff, restores: 6 });
  });
});
