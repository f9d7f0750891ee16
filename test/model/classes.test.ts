import { describe, expect, it } from "vitest";
import type { Mode } from "#src/configs/points.js";
import { createClassifier } from "#src/model/classes.js";
import { firstSlot } from "#src/model/symbols.js";
import type { Group } from "#src/policies/policy.js";
import { Kind } from "#src/trace/kinds.js";
import { Came, createDictionary } from "#src/trace/windows/dictionary.js";
import { group } from "./dsl.js";
import { stepsOf, trackedGroup } from "./tracked-group.js";

/** What each window is to a group: its symbols as words, and the flags of all windows that are the same to it. */
function seen(
  mode: Mode,
  of: Group,
  windows: readonly (readonly [string, number])[],
): readonly (readonly [string, number])[] {
  const dictionary = createDictionary();
  for (const [text, came] of windows) {
    const steps = Uint16Array.from(stepsOf(text));
    dictionary.note(dictionary.number(steps, steps.length), came);
  }
  const tracked = trackedGroup(mode, of, "TCR_EL1", "MDSCR_EL1");
  const { classOf, sequences, flags } = createClassifier(dictionary.finish()).classify(tracked);
  return windows.map((_, at) => [sequences[classOf[at]].map(nameOf).join(" "), flags[classOf[at]]]);
}

function nameOf(symbol: number): string {
  const points: Readonly<Record<number, string>> = {
    [Kind.load]: "load",
    [Kind.put]: "put",
    [Kind.runStart]: "start",
    [Kind.runEnd]: "end",
  };
  if (symbol < firstSlot) return points[symbol] ?? `kind ${symbol}`;
  const slot = symbol - firstSlot;
  return `${slot % 2 === 0 ? "r" : "w"}${1 + Math.floor(slot / 2)}`;
}

/** The same of a group by its windows alone. */
const texts = (mode: Mode, of: Group, ...windows: readonly string[]): readonly string[] =>
  seen(
    mode,
    of,
    windows.map((text) => [text, 0] as const),
  ).map(([text]) => text);

const pie = group("PIR_EL1 PIRE0_EL1");
const pieWith = (words: Partial<Group>): Group => ({ ...pie, ...words });
const learns = { traps: 1, windows: 2, eager: 2 };

describe("to a group a window is", () => {
  it("its own points and the first access that traps between two of them", () => {
    const windows = ["start w w2 w3 r1 end", "start r2 w2 w1 end", "load start entry exit w4 end", "put"];
    expect(texts("nvhe", pie, ...windows)).toEqual(["start w1 end", "start w2 end", "start end", ""]);
  });

  it("more where the group is of other points, or also traps reads and what is emulated", () => {
    const windows = ["start r1 w1 end", "start er2 ew1 end"];
    expect(texts("nvhe", pieWith({ trap: "first-access" }), ...windows)).toEqual([
      "start r1 end",
      "start end",
    ]);
    expect(texts("nvhe", pieWith({ trap: "first-access", path: "full" }), ...windows)).toEqual([
      "start r1 end",
      "start r2 end",
    ]);
    expect(texts("vhe", pie, "load start w1 end w1 put", "load w1 put")).toEqual([
      "load w1 put",
      "load w1 put",
    ]);
  });

  it("also the first write behind reads where the group may be left open, and must know that it is dirty", () => {
    const open = { trap: "first-access", path: "full" } as const;
    const windows = ["start r1 r2 w1 w2 r1 end", "start w2 r1 w1 end"];
    expect(texts("nvhe", pieWith({ ...open, adaptive: learns }), ...windows)).toEqual([
      "start r1 w1 end",
      "start w2 end",
    ]);
    expect(texts("nvhe", pieWith(open), ...windows)).toEqual(["start r1 end", "start w2 end"]);
  });

  it("the same as others, and came as any of them did", () => {
    const { behind, before } = Came;
    expect(
      seen("nvhe", pie, [
        ["start w1 end", behind],
        ["start w1 w2 end", 0],
        ["start w1 r3 end", before],
        ["start end", before],
        ["start w3 end", 0],
        ["start w2 end", behind],
      ]),
    ).toEqual([
      ["start w1 end", behind | before],
      ["start w1 end", behind | before],
      ["start w1 end", behind | before],
      ["start end", before],
      ["start end", before],
      ["start w2 end", behind],
    ]);
  });
});
