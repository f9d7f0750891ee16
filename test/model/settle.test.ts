import { describe, expect, it } from "vitest";
import type { Mode } from "#src/configs/points.js";
import { createAutomaton } from "#src/model/automaton.js";
import { isSettled } from "#src/model/settle.js";
import { symbolOf, unseen } from "#src/model/symbols.js";
import type { Group } from "#src/policies/policy.js";
import { Came } from "#src/trace/windows/dictionary.js";
import { group } from "./dsl.js";
import { stepsOf, trackedGroup } from "./tracked-group.js";

const { behind, before } = Came;
const middle = behind | before;

/** Whether a group counts the same in these windows whatever came before: steps of each, and how it came. */
function settles(
  mode: Mode,
  of: Group,
  windows: readonly (readonly [string, number])[],
  most = 1 << 20,
): boolean {
  const tracked = trackedGroup(mode, of);
  const sequences = windows.map(([text]) =>
    stepsOf(text)
      .map((step) => symbolOf(tracked, step))
      .filter((symbol) => symbol !== unseen),
  );
  const classOf = Uint16Array.from(windows.keys());
  const flags = Uint8Array.from(windows, ([, came]) => came);
  return isSettled(createAutomaton(tracked, sequences, most), { classOf, sequences, flags });
}

const pir = group("PIR_EL1");

describe("a group is settled", () => {
  it("when each of its windows begins with its traps armed and clean", () => {
    expect(
      settles("nvhe", pir, [
        ["start w end", middle],
        ["start end", middle],
        ["start r end", middle],
      ]),
    ).toBe(true);
    expect(
      settles("vhe", pir, [
        ["load w put", middle],
        ["load put", middle],
      ]),
    ).toBe(true);
  });

  it("when it is armed after it was saved, and every write is saved in its own window", () => {
    const afterSave = group("PIR_EL1", { arm: "after-save" });
    expect(
      settles("nvhe", afterSave, [
        ["start w end", middle],
        ["start end", middle],
      ]),
    ).toBe(true);
  });

  it("when states differ and no window counts anything different in them", () => {
    // Open and clean, or armed and clean: the next window begins with an arming point all the same.
    expect(
      settles("nvhe", pir, [
        ["start end w end", middle],
        ["start w end", middle],
      ]),
    ).toBe(true);
  });

  it("when a window that counts more in another state came only as the first", () => {
    expect(
      settles("vhe", pir, [
        ["w put", before],
        ["load w put", middle],
      ]),
    ).toBe(true);
  });

  it("when the state that another window would count more in came only at the end", () => {
    expect(
      settles("vhe", pir, [
        ["load w put", middle],
        ["load put w", behind],
        ["put", middle],
      ]),
    ).toBe(true);
  });
});

describe("a group is not settled", () => {
  it("when it learns from its traps", () => {
    const adaptive = group("PIR_EL1", { adaptive: { traps: 1, windows: 2, eager: 2 } });
    expect(settles("nvhe", adaptive, [["start w end", middle]])).toBe(false);
    expect(
      settles("vhe", adaptive, [
        ["load w put", middle],
        ["load put", middle],
      ]),
    ).toBe(false);
  });

  it("when it is armed after it was saved, and some window ends before that", () => {
    const afterSave = group("PIR_EL1", { arm: "after-save" });
    const cutShort = ["start w", middle] as const;
    expect(settles("nvhe", afterSave, [cutShort, ["start w end", middle]])).toBe(false);
    expect(settles("nvhe", afterSave, [cutShort, ["start end", middle]])).toBe(false);
  });

  it("when accesses are emulated between the runs", () => {
    // The write finds the group open behind a window with a write, and armed behind one without.
    const stray = [
      ["ew start end", middle],
      ["start w end", middle],
    ] as const;
    const full = group("PIR_EL1", { path: "full" });
    expect(settles("nvhe", full, stray)).toBe(false);
    // Behind its arming point it is as good as a write of the guest; and a trap on the fast path sees none of it.
    expect(
      settles("nvhe", full, [
        ["start ew end", middle],
        ["start w end", middle],
      ]),
    ).toBe(true);
    expect(settles("nvhe", pir, stray)).toBe(true);
  });

  it("when the window of a state in between came behind another one too", () => {
    expect(
      settles("vhe", pir, [
        ["w put", middle],
        ["load w put", middle],
      ]),
    ).toBe(false);
    expect(
      settles("vhe", pir, [
        ["load w put", middle],
        ["load put w", middle],
        ["put", middle],
      ]),
    ).toBe(false);
  });

  it("when what is restored depends on the window before", () => {
    const lazy = group("PIR_EL1", { trap: "first-access", save: "open", restore: "open", arm: "run" });
    expect(
      settles("vhe", lazy, [
        ["load r put", middle],
        ["load start put", middle],
      ]),
    ).toBe(false);
  });

  it("when its automaton has no room to tell", () => {
    const windows = [
      ["start end w end", middle],
      ["start w end", middle],
    ] as const;
    expect(settles("nvhe", pir, windows, 2)).toBe(false);
    expect(settles("nvhe", pir, windows)).toBe(true);
  });
});
