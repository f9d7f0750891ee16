import { describe, expect, it } from "vitest";
import { kernelVersions } from "#src/configs/kernels.js";
import { switchedClasses } from "#src/configs/points.js";
import { kernelConfig } from "#src/configs/resolve.js";
import type { SwitchConfig } from "#src/configs/resolve.js";
import { checkPolicy } from "#src/policies/check.js";
import { groupClasses, guestPoints } from "#src/policies/group-points.js";
import { policyNeeds } from "#src/policies/needs.js";
import { builtinPolicies, builtinPolicy } from "#src/policies/registry.js";
import { registerByName, registers, trapKey } from "#src/registers/lookup.js";
import { features } from "#src/registers/register.js";
import type { Feature } from "#src/registers/register.js";

const featureSets: readonly (readonly Feature[])[] = [
  [],
  ["S1PIE"],
  ["TCR2", "S1PIE"],
  ["TCR2", "S1PIE", "S1POE", "MTE", "RAS", "SCTLR2", "PAUTH"],
  features,
];
const configs: readonly (readonly [string, SwitchConfig])[] = (["vhe", "nvhe"] as const).flatMap((mode) =>
  kernelVersions.flatMap((version) =>
    featureSets.map((set) => [`${mode} ${version} ${set.length}`, kernelConfig(mode, version, set)] as const),
  ),
);

const dirtyEach = builtinPolicy("dirty-each")!;

describe.each(builtinPolicies.map((policy) => [policy.name, policy] as const))("%s", (name, definition) => {
  it.each(configs)("is accepted on %s", (_, config) => {
    const policy = definition.build(config);
    expect(policy.name).toBe(name);
    expect(() => checkPolicy(policy, config)).not.toThrow();
  });

  it("has a summary of one sentence and a source, and names registers as the table does", () => {
    expect(definition.summary).toMatch(/\.$/);
    expect(definition.source).not.toBe("");
    const [, config] = configs[0];
    for (const register of definition.build(config).groups.flatMap((group) => group.registers)) {
      expect(registerByName(register)?.name).toBe(register);
    }
  });

  it("has distinct names for its groups", () => {
    const names = definition.build(configs[0][1]).groups.map((group) => group.name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("builtinPolicies", () => {
  it("are the policies of the discussion and those of the kernel, each once", () => {
    expect(builtinPolicies.map(({ name }) => name)).toEqual([
      "eager",
      "dirty-pie",
      "dirty-each",
      "adaptive",
      "deferred",
      "hidden",
      "lazy-pauth",
      "lazy-fp",
      "lazy-debug",
      "tvm",
      "always-trap",
      "always-trap-tx2",
    ]);
  });

  it("need of a trace what their sentence says", () => {
    const config = kernelConfig("nvhe", "6.18", features);
    const needs = (name: string): string[] =>
      policyNeeds(builtinPolicy(name)!.build(config), config).map(({ capability }) => capability);
    expect(needs("eager")).toEqual(expect.arrayContaining(["runs"]));
    expect(needs("eager")).not.toContain("guestWrites");
    expect(needs("dirty-pie")).toContain("guestWrites");
    expect(needs("dirty-pie")).not.toContain("guestReads");
    expect(needs("hidden")).toEqual(expect.arrayContaining(["guestWrites", "guestReads"]));
    expect(needs("lazy-pauth")).toEqual(
      expect.arrayContaining(["loads", "entries", "guestReads", "pauthUse"]),
    );
    expect(needs("lazy-fp")).toEqual(expect.arrayContaining(["loads", "fpUse"]));
    expect(needs("lazy-fp")).not.toContain("guestReads");
    expect(needs("tvm")).toContain("values");
  });
});

describe("dirty-pie", () => {
  it("is one group of two registers, and the host's context starts dirty", () => {
    const { groups } = builtinPolicy("dirty-pie")!.build(configs[0][1]);
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      registers: ["PIR_EL1", "PIRE0_EL1"],
      trap: "first-write",
      save: "dirty",
      restore: "always",
      arm: "arming-point",
      host: "dirty-once",
    });
  });
});

describe("dirty-each", () => {
  it.each(configs)("on %s tracks every register that it can track soundly, and no other", (_, config) => {
    const { groups } = dirtyEach.build(config);
    const tracked = groups.flatMap((group) => group.registers);
    expect(new Set(tracked).size).toBe(tracked.length);
    const sound = (["el1", "user", "common"] as const)
      .flatMap((each) => config.lists.guest.save[each])
      .filter((name) => {
        const register = registerByName(name)!;
        return register.hardwareWritten === "no" && register.trap !== undefined;
      });
    expect(tracked.toSorted()).toEqual(sound.toSorted());
    expect(tracked).toContain("SCTLR_EL1");
    for (const bad of [
      "ESR_EL1",
      "FAR_EL1",
      "ELR_EL1",
      "SP_EL1",
      "PAR_EL1",
      "AFSR0_EL1",
      "CNTKCTL_EL1",
      "TFSR_EL1",
    ]) {
      expect(tracked).not.toContain(bad);
    }
  });

  it("keeps registers that share a trap bit together, and no others", () => {
    const config = kernelConfig("vhe", "6.18", features);
    const { groups } = dirtyEach.build(config);
    const shared = groups.filter((group) => group.registers.length > 1).map((group) => group.registers);
    expect(shared).toEqual([
      ["SCTLR_EL1", "SCTLR2_EL1"],
      ["TCR_EL1", "TCR2_EL1"],
    ]);
    for (const group of groups) {
      const bits = group.registers.map((name) => trapKey(registerByName(name)!));
      expect(new Set(bits).size).toBe(1);
    }
  });

  it("leaves the host eager", () => {
    expect(dirtyEach.build(configs[0][1]).groups.every(({ host }) => host === "eager")).toBe(true);
  });
});

describe("deferred", () => {
  it("takes the points of the other mode", () => {
    const deferred = builtinPolicy("deferred")!;
    expect(deferred.build(kernelConfig("vhe", "6.12", []))).toMatchObject({ mode: "nvhe", groups: [] });
    expect(deferred.build(kernelConfig("nvhe", "6.12", []))).toMatchObject({ mode: "vhe", groups: [] });
  });
});

describe("lists that follow the register table", () => {
  it("tvm is every register that HCR_EL2.TVM traps", () => {
    const [group] = builtinPolicy("tvm")!.build(configs[0][1]).groups;
    expect(group.registers).toEqual(registers.filter(({ tvm }) => tvm === true).map(({ name }) => name));
    expect(group.registers).toContain("SCTLR_EL1");
  });

  it("lazy-debug and lazy-pauth are each of one class", () => {
    const [debug] = builtinPolicy("lazy-debug")!.build(configs[0][1]).groups;
    expect(groupClasses(debug)).toEqual(["debug"]);
    expect(debug.registers).toHaveLength(4 * 16 + 1);
    const [keys] = builtinPolicy("lazy-pauth")!.build(configs[0][1]).groups;
    expect(groupClasses(keys)).toEqual(["keys"]);
    expect(keys.registers).toHaveLength(10);
  });
});

describe("groupClasses and guestPoints", () => {
  it("are in the order of the classes, whatever that of the registers", () => {
    const group = {
      ...builtinPolicy("dirty-pie")!.build(configs[0][1]).groups[0],
      registers: ["TPIDR_EL0", "PIR_EL1"],
    };
    expect(groupClasses(group)).toEqual(["el1", "user"]);
    expect(guestPoints(group, kernelConfig("vhe", "6.12", []))?.save).toBe("put");
    expect(guestPoints({ ...group, registers: ["PMCR_EL0"] }, configs[0][1])).toBeUndefined();
    expect(switchedClasses).toContain("el1");
  });
});
