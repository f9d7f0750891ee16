import { describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { checkPolicy } from "#src/policies/check.js";
import { parsePolicy } from "#src/policies/file.js";
import { findPolicy } from "#src/policies/find.js";
import { plainGroup, trackedGroup, type Group } from "#src/policies/policy.js";
import { policyText } from "#src/search/policy-text.js";

const config = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE"]);
const parse = (adaptive: string) =>
  parsePolicy(
    `name: mine\ngroups: [{ registers: [PIR_EL1, PIRE0_EL1], adaptive: ${adaptive} }]\n`,
    "p.yaml",
  ).build(config);
const words = { traps: 2, windows: 8, eager: 64 };

describe("an adaptive group in a file", () => {
  it("has its three parameters, comes through its own text, and is checked", () => {
    const policy = parse("{ traps: 2, windows: 8, eager: 64 }");
    expect(policy.groups[0]).toEqual({ ...trackedGroup(["PIR_EL1", "PIRE0_EL1"]), adaptive: words });
    const again = parsePolicy(policyText(policy, { summary: "", source: "" }), "p.yaml").build(config);
    expect(again).toEqual(policy);
    expect(() => checkPolicy(policy, config)).not.toThrow();
  });

  it.each([
    ["{ traps: 2, windows: 8 }", "the key groups.0.adaptive.eager is missing"],
    ["{ traps: 0, windows: 8, eager: 64 }", "groups.0.adaptive.traps: a whole number from 1"],
    ["{ traps: 2, windows: 8.5, eager: 64 }", "groups.0.adaptive.windows: a whole number from 1"],
    ["{ traps: 2, windows: 8, eager: many }", "groups.0.adaptive.eager: a whole number from 1"],
    ["{ traps: 2, windows: 8, eager: 64, lazy: 1 }", "there is no key groups.0.adaptive.lazy"],
  ])("is refused as %s", (adaptive, why) => {
    expect(() => parse(adaptive)).toThrow(why);
  });
});

describe("what cannot learn", () => {
  const refusal = (given: Partial<Group>, registers = ["PIR_EL1", "PIRE0_EL1"]) => {
    const group: Group = { ...trackedGroup(registers), adaptive: words, ...given };
    return () => checkPolicy({ name: "mine", groups: [group], assumeNotHardwareWritten: [] }, config);
  };
  it.each([
    [{ trap: "every-write", onTrap: "emulate", save: "always" }, "that a trap opens"],
    [{ save: "always" }, "saved when dirty"],
    [{ restore: "open" }, "is not restored by one"],
    [{ arm: "after-save" }, "after-save is none"],
    [{ adaptive: { traps: 9, windows: 8, eager: 1 } }, "9 traps never come in 8 windows"],
  ] as const)("%j is refused", (given, why) => {
    expect(refusal(given)).toThrow(why);
  });
});

describe("adaptive by name", () => {
  it("has parameters in its name, once for each", () => {
    const policy = findPolicy("adaptive:2-8-64");
    expect(findPolicy("adaptive:2-8-64")).toBe(policy);
    const built = policy.build(config);
    expect(built.name).toBe("adaptive:2-8-64");
    expect(built.groups.map(plainGroup)).toEqual(findPolicy("dirty-each").build(config).groups);
    for (const { adaptive } of built.groups) expect(adaptive).toEqual(words);
  });

  it.each(["adaptive:", "adaptive:2-8", "adaptive:2-8-0", "adaptive:2-8-x", "adaptive:2,8,64"])(
    "%s is refused",
    (name) => {
      expect(() => findPolicy(name)).toThrow("K-N-M");
    },
  );
});
