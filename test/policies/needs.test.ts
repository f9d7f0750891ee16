import { describe, expect, it } from "vitest";
import { kernelConfig } from "#src/configs/resolve.js";
import { TraplineError } from "#src/errors.js";
import { checkNeeds, policyNeeds } from "#src/policies/needs.js";
import { trackedGroup } from "#src/policies/policy.js";
import type { Group, Policy } from "#src/policies/policy.js";
import { builtinPolicy } from "#src/policies/registry.js";
import { capabilityText } from "#src/trace/capabilities.js";
import type { Capabilities, Capability } from "#src/trace/capabilities.js";
import { everything } from "../trace/headers.js";

const vhe = kernelConfig("vhe", "6.12", ["TCR2", "S1PIE", "PAUTH"]);
const nvhe = kernelConfig("nvhe", "6.12", ["TCR2", "S1PIE", "PAUTH"]);
/** As a run has it: classes beside sysreg-sr are left out where no policy names them. */
const scoped = { ...nvhe, lists: { guest: sysregSr(nvhe.lists.guest), host: sysregSr(nvhe.lists.host) } };

function sysregSr({ save, restore }: typeof nvhe.lists.guest): typeof nvhe.lists.guest {
  const without = { keys: [], fp: [], debug: [] };
  return { save: { ...save, ...without }, restore: { ...restore, ...without } };
}

const policyOf = (words: Partial<Group>, registers = ["PIR_EL1", "PIRE0_EL1"]): Policy => ({
  name: "mine",
  groups: [{ ...trackedGroup(registers, "G"), ...words }],
  assumeNotHardwareWritten: [],
});

/** The one error that a trace gives which lacks this. */
function refusal(
  policy: Policy,
  config: typeof vhe,
  lacking: Partial<Capabilities>,
): TraplineError | undefined {
  try {
    checkNeeds(policy, config, { ...everything, ...lacking }, "a.trl");
    return undefined;
  } catch (error) {
    if (error instanceof TraplineError) return error;
    throw error;
  }
}

describe("checkNeeds names the policy and what the trace lacks", () => {
  const first = { trap: "first-access" } as const;
  const cases: readonly (readonly [Capability, Partial<Capabilities>, Policy, typeof vhe, string])[] = [
    ["guestWrites", { guestWrites: "trapped-only" }, policyOf({}), vhe, "recorded: trapped-only"],
    ["guestWrites", { guestWrites: "none" }, policyOf({}), vhe, "recorded: none"],
    ["guestReads", { guestReads: "trapped-only" }, policyOf(first), vhe, "recorded: trapped-only"],
    ["guestReads", { guestReads: "none" }, builtinPolicy("hidden")!.build(vhe), vhe, "recorded: none"],
    ["values", { values: false }, builtinPolicy("tvm")!.build(vhe), vhe, "not recorded"],
    ["loads", { loads: false }, policyOf({}), vhe, "not recorded"],
    ["loads", { loads: false }, policyOf({ save: "open", arm: "load" }), scoped, "not recorded"],
    ["runs", { runs: false }, policyOf({}), scoped, "not recorded"],
    ["runs", { runs: false }, policyOf({ arm: "run" }), vhe, "not recorded"],
    [
      "entries",
      { entries: "full-only" },
      builtinPolicy("lazy-pauth")!.build(vhe),
      vhe,
      "recorded: full-only",
    ],
    ["fpUse", { fpUse: "none" }, builtinPolicy("lazy-fp")!.build(vhe), vhe, "recorded: none"],
    ["pauthUse", { pauthUse: "none" }, builtinPolicy("lazy-pauth")!.build(vhe), vhe, "recorded: none"],
  ];

  it.each(cases)("%s %j", (capability, lacking, policy, config, seen) => {
    expect(refusal(policy, config, {})).toBeUndefined();
    const error = refusal(policy, config, lacking);
    expect(error?.code).toBe("unsupported");
    expect(error?.message).toContain(`policy "${policy.name}" needs ${capabilityText[capability]} (`);
    expect(error?.message).toContain(seen);
    expect(error?.place).toEqual({ file: "a.trl" });
  });

  it("takes filtered reads, of which the result has a note", () => {
    expect(refusal(policyOf(first), vhe, { guestReads: "filtered" })).toBeUndefined();
  });

  it("takes uses that a model laid over the trace, which says so", () => {
    expect(refusal(builtinPolicy("lazy-pauth")!.build(vhe), vhe, { pauthUse: "modelled" })).toBeUndefined();
  });

  it("asks for nothing that the policy can do without", () => {
    const eager = builtinPolicy("eager")!.build(scoped);
    const bare = { guestWrites: "none", guestReads: "none", values: false, entries: "none" } as const;
    expect(
      refusal(eager, scoped, { ...bare, loads: false, fpUse: "none", pauthUse: "none" }),
    ).toBeUndefined();
    expect(refusal(policyOf({ trap: "nothing", save: "always" }), scoped, bare)).toBeUndefined();
  });
});

describe("policyNeeds", () => {
  it("says why, once per capability", () => {
    const needs = policyNeeds(policyOf({}), scoped);
    expect(needs).toEqual([
      { capability: "runs", enough: [true], why: "registers of class el1 are saved at run-end" },
      { capability: "guestWrites", enough: ["all"], why: "group G traps writes" },
    ]);
  });

  it("includes the points of classes that a policy alone brings in, and those of their host", () => {
    const keys = policyOf({ trap: "first-access", save: "open", restore: "open", path: "full" }, [
      "APIAKEYLO_EL1",
      "APIAKEYHI_EL1",
    ]);
    const whys = policyNeeds(keys, scoped).map(({ capability, why }) => `${capability}: ${why}`);
    expect(whys).toContain("entries: registers of class keys are saved at exit");
    expect(whys).toContain("loads: the host's registers of class keys are saved at load");
  });
});
