import { describe, expect, it } from "vitest";
import { createInvariantChecker } from "#src/trace/invariants/checker.js";
import { isTolerated, ruleText, ruleTexts } from "#src/trace/invariants/rules.js";
import { Kind, kindCount, type KindName } from "#src/trace/kinds.js";

type Event = readonly [kind: KindName, vcpu: number, pcpu?: number, time?: number];

/** Rules that events break, with the number of the first event. Times go up by one where none is given. */
function broken(...events: readonly Event[]): string[] {
  const checker = createInvariantChecker();
  events.forEach(([kind, vcpu, pcpu = 0, time], at) =>
    checker.add(Kind[kind], pcpu, vcpu, time ?? 100 + at, 0),
  );
  return checker.breaches().map(({ rule, count, event }) => `${rule} ${count} ${event}`);
}

const round: readonly Event[] = [
  ["load", 0],
  ["runStart", 0],
  ["entry", 0],
  ["guestWrite", 0],
  ["fastExit", 0],
  ["entry", 0],
  ["guestRead", 0],
  ["fullExit", 0],
  ["emulatedWrite", 0],
  ["runEnd", 0],
  ["put", 0],
];

describe("invariants", () => {
  it("hold of what a hypervisor does", () => {
    expect(broken(...round, ...round)).toEqual([]);
    expect(broken(...round, ["load", 0, 1], ["put", 0, 1], ["load", 0], ["put", 0])).toEqual([]);
    expect(broken(["load", 0, 0], ["load", 1, 1], ["put", 0, 0], ["put", 1, 1])).toEqual([]);
  });

  it("hold of a recording that begins anywhere, and of a guest without a hypervisor", () => {
    for (let from = 0; from < round.length; from++) expect(broken(...round.slice(from))).toEqual([]);
    expect(broken(["guestWrite", 0], ["guestRead", 0], ["guestWrite", 1, 1])).toEqual([]);
    // A run in which an interrupt was pending before the ERET has no entry.
    expect(broken(["load", 0], ["runStart", 0], ["runEnd", 0], ["put", 0])).toEqual([]);
  });

  it.each<readonly [string, readonly Event[]]>([
    ["time-of-points 1 2", [...round.slice(0, 2), ["entry", 0, 0, 7]]],
    ["time-of-accesses 1 3", [...round.slice(0, 3), ["guestWrite", 0, 0, 7]]],
    ["late 1 3", [...round.slice(0, 3), ["restoreGuest", 0, 0, 7]]],
    [
      "loaded-twice 1 1",
      [
        ["load", 0],
        ["load", 0],
      ],
    ],
    [
      "put-unloaded 1 2",
      [
        ["load", 0],
        ["put", 0],
        ["put", 0],
      ],
    ],
    [
      "two-on-pcpu 1 1",
      [
        ["load", 0],
        ["load", 1],
      ],
    ],
    [
      "two-places 1 1",
      [
        ["load", 0],
        ["load", 0, 1],
      ],
    ],
    [
      "two-places 1 1",
      [
        ["load", 0],
        ["entry", 0, 1],
      ],
    ],
    [
      "two-places 1 2",
      [
        ["load", 0],
        ["entry", 0],
        ["guestWrite", 0, 1],
      ],
    ],
    [
      "entry-unloaded 1 2",
      [
        ["load", 0],
        ["put", 0],
        ["entry", 0],
      ],
    ],
    [
      "entry-unloaded 1 1",
      [
        ["put", 0],
        ["runStart", 0],
      ],
    ],
    [
      "entered-twice 1 1",
      [
        ["entry", 0],
        ["entry", 0],
      ],
    ],
    [
      "exit-outside 1 1",
      [
        ["fullExit", 0],
        ["fastExit", 0],
      ],
    ],
    [
      "access-outside 2 2",
      [
        ["entry", 0],
        ["fullExit", 0],
        ["guestWrite", 0],
        ["guestRead", 0],
      ],
    ],
    [
      "runs-unpaired 1 1",
      [
        ["runStart", 0],
        ["runStart", 0],
      ],
    ],
    [
      "runs-unpaired 1 1",
      [
        ["runEnd", 0],
        ["runEnd", 0],
      ],
    ],
  ])("are broken: %s", (said, events) => {
    expect(broken(...events)).toEqual([said]);
    // A loss forgets all that was known, but no pCPU's clock goes back over it.
    const at = events.length - (said.startsWith("access") ? 2 : 1);
    const lost = events.toSpliced(at, 0, ["lost", -1]);
    const isOfTime = said.startsWith("time") || said.startsWith("late");
    expect(isOfTime ? [] : broken(...lost)).toEqual([]);
  });

  it("go on from what was seen last", () => {
    // The vCPU is where it was loaded last, and the pCPU that it left may take another.
    expect(broken(["load", 0], ["load", 0, 1], ["load", 1, 0], ["put", 0, 1], ["put", 1, 0])).toEqual([
      "two-places 1 1",
    ]);
    expect(broken(["load", 0], ["load", 1], ["put", 1], ["load", 0], ["put", 0])).toEqual([
      "two-on-pcpu 1 1",
    ]);
  });

  it("know where: the first event that breaks a rule, counted over gaps", () => {
    const checker = createInvariantChecker();
    checker.add(Kind.load, 0, 0, 5, 0);
    checker.gap(10);
    checker.add(Kind.load, 0, 0, 6, 2);
    checker.add(Kind.load, 0, 0, 7, 2);
    checker.add(Kind.load, 0, 0, 8, 3);
    expect(checker.breaches()).toEqual([
      { rule: "loaded-twice", count: 2, event: 12, block: 2, time: 7, pcpu: 0, vcpu: 0 },
    ]);
    checker.clear();
    checker.add(Kind.load, 0, 0, 1, 0);
    expect(checker.breaches()).toEqual([]);
  });

  it("have a text each, and only late accesses are allowed", () => {
    expect(new Set(ruleTexts.map(({ name }) => name)).size).toBe(ruleTexts.length);
    expect(ruleTexts.filter(({ name }) => isTolerated(name)).map(({ name }) => name)).toEqual(["late"]);
    expect(ruleText("of-a-later-version")).toBe("of-a-later-version");
    for (let kind = 0; kind < kindCount; kind++) {
      expect(() => createInvariantChecker().add(kind, 3, 2, 0, 0)).not.toThrow();
      expect(() => createInvariantChecker().add(kind, 3, -1, 0, 0)).not.toThrow();
    }
  });
});
