import { describe, expect, it } from "vitest";
import type { CountRow } from "#src/model/counts.js";
import { createInterpreter } from "#src/model/reference.js";
import { configOf, eventsOf, group, load, namingOf, policyOf, put, write, type Step } from "./dsl.js";
import { windowSteps } from "./window-steps.js";

const windowOf = (written: boolean): Step[] => windowSteps([Number(written)], "PIR_EL1");

/** `w` for a window that is written, `.` for another. */
function count(
  windows: string,
  adaptive: { traps: number; windows: number; eager: number },
  mode: "vhe" | "nvhe" = "vhe",
): CountRow {
  const steps = windows.split("").flatMap((each) => windowOf(each === "w"));
  const naming = namingOf([...steps, write(0, "PIR_EL1")]);
  const config = configOf(mode, "PIR_EL1");
  const interpreter = createInterpreter(naming, policyOf(group("PIR_EL1", { adaptive })), config);
  for (const event of eventsOf(steps, naming)) interpreter.step(event);
  return interpreter.rows()[0];
}

describe.each(["vhe", "nvhe"] as const)("an adaptive group on %s", (mode) => {
  const after = (windows: string, traps: number, trial: number, eager: number) =>
    count(windows, { traps, windows: trial, eager }, mode);

  it("is a tracked group until its traps have come", () => {
    expect(after("w.w.", 3, 9, 5)).toMatchObject({ traps: 2, saves: 2, elided: 2 });
    expect(after("w.w.", 3, 9, 5)).not.toHaveProperty("changes");
  });

  it("is saved in each of its eager windows, written or not, and traps in none of them", () => {
    expect(after("w.w....", 2, 3, 4)).toMatchObject({ traps: 2, saves: 6, elided: 1, changes: 1 });
    expect(after("w.wwwww", 2, 3, 4)).toMatchObject({ traps: 2, saves: 6, elided: 1, changes: 1 });
  });

  it("is tried again after them", () => {
    expect(after("ww....w.", 2, 3, 4)).toMatchObject({ traps: 3, saves: 7, elided: 1, changes: 2 });
    expect(after("ww....ww.", 2, 3, 4)).toMatchObject({ traps: 4, saves: 9, elided: 0, changes: 3 });
  });

  it("forgets the traps of a trial in which there were too few", () => {
    expect(after("w..w..w..", 2, 3, 4)).toMatchObject({ traps: 3, saves: 3, elided: 6 });
    expect(after("..ww..", 2, 3, 4)).toMatchObject({ traps: 2, saves: 2, elided: 4 });
    expect(after(".w.ww.", 2, 3, 4)).toMatchObject({ traps: 3, saves: 4, elided: 2, changes: 1 });
  });
});

it("no trial counts a trap that comes before the first arming point", () => {
  const steps = [write(0, "PIR_EL1"), put(0), ...windowOf(true), ...windowOf(true), ...windowOf(true)];
  const naming = namingOf(steps);
  const policy = policyOf(group("PIR_EL1", { adaptive: { traps: 2, windows: 2, eager: 9 } }));
  const interpreter = createInterpreter(naming, policy, configOf("vhe", "PIR_EL1"));
  for (const event of eventsOf(steps, naming)) interpreter.step(event);
  expect(interpreter.rows()[0]).toMatchObject({ traps: 3, saves: 4, changes: 1 });
});

it("a write after the save of an eager window is saved in the trial that follows", () => {
  const eager = [load(0), put(0), write(0, "PIR_EL1")];
  const steps = [...windowOf(true), ...eager, load(0), put(0)];
  const naming = namingOf(steps);
  const policy = policyOf(group("PIR_EL1", { adaptive: { traps: 1, windows: 1, eager: 1 } }));
  const interpreter = createInterpreter(naming, policy, configOf("vhe", "PIR_EL1"));
  for (const event of eventsOf(steps, naming)) interpreter.step(event);
  expect(interpreter.rows()[0]).toMatchObject({ traps: 1, saves: 3, changes: 2 });
});
