import { describe, expect, it } from "vitest";
import { trackGroups } from "#src/model/tracked.js";
import type { Group } from "#src/policies/policy.js";
import { configOf, group, policyOf } from "./dsl.js";

const config = configOf("vhe", "PIR_EL1", "PIRE0_EL1");
const names = ["", "PIR_EL1", "PIRE0_EL1"];
const numbersOf = (...groups: readonly Group[]): readonly (readonly number[])[] =>
  trackGroups(
    names,
    groups.map((each) => ({ policy: policyOf(each), config })),
  ).numbers;

describe("groups of several policies", () => {
  it("are tracked once where they are alike, whatever they are called and whatever the host does", () => {
    const other = group("PIR_EL1", { name: "other", host: "dirty-once" });
    expect(numbersOf(group("PIR_EL1"), other)).toEqual([[0], [0]]);
  });

  it.each<Partial<Group>>([
    { save: "open" },
    { save: "always" },
    { restore: "open" },
    { arm: "after-save" },
    { trap: "first-access" },
    { adaptive: { traps: 1, windows: 2, eager: 3 } },
  ])("are tracked apart where one has %o", (words) => {
    expect(numbersOf(group("PIR_EL1"), group("PIR_EL1", words))).toEqual([[0], [1]]);
  });

  it("are tracked apart where the rule of saving alone differs", () => {
    const [open, always] = (["open", "always"] as const).map((save) => group("PIR_EL1", { save }));
    expect(numbersOf(open, always)).toEqual([[0], [1]]);
  });
});
