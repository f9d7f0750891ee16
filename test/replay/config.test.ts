import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import type { Assignment } from "#src/model/assignment.js";
import { trackedGroup } from "#src/policies/policy.js";
import type { Policy, PolicyDefinition } from "#src/policies/policy.js";
import { builtinPolicy } from "#src/policies/registry.js";
import { registerByName } from "#src/registers/lookup.js";
import { assign, resolveConfig, resolveMode, type ConfigChoice } from "#src/replay/config.js";
import type { TraceHeader } from "#src/trace/header.js";
import { headerOf } from "../trace/headers.js";

const el1 = ["SCTLR_EL1", "TCR_EL1", "TCR2_EL1", "PIR_EL1", "PIRE0_EL1", "TPIDR_EL1"];
const lists = {
  guestSave: [...el1, "TPIDR_EL0", "MDSCR_EL1", "ELR_EL2", "DBGBCR0_EL1"],
  guestRestore: ["VMPIDR_EL2", ...el1, "TPIDR_EL0", "MDSCR_EL1", "ELR_EL2", "SPSR_EL2", "DBGBCR0_EL1"],
  hostSave: ["TPIDR_EL0", "MDSCR_EL1"],
  hostRestore: ["TPIDR_EL0", "MDSCR_EL1"],
};

/** A recording of a kernel that switched `recorded`, and saw everything. */
function recordingOf(
  mode: TraceHeader["mode"],
  given: Partial<TraceHeader> = {},
  recorded = lists,
): TraceHeader {
  const names = [...new Set(Object.values(recorded).flat())];
  const indices = (list: readonly string[]): number[] => list.map((name) => names.indexOf(name) + 1);
  return headerOf({
    mode,
    places: [0, 0],
    registers: [-1, ...names.map((name) => registerByName(name)!.encoding)],
    recorded: {
      guestSave: indices(recorded.guestSave),
      guestRestore: indices(recorded.guestRestore),
      hostSave: indices(recorded.hostSave),
      hostRestore: indices(recorded.hostRestore),
    },
    ...given,
  });
}

const vhe = recordingOf("vhe");
const blind = recordingOf("vhe", { capabilities: { ...vhe.capabilities, switches: false } });
const builtin = (...names: readonly string[]): PolicyDefinition[] =>
  names.map((name) => builtinPolicy(name)!);
const definitionOf = (policy: Policy): PolicyDefinition => ({
  name: policy.name,
  summary: "",
  source: "",
  fixed: policy,
  build: () => policy,
});

function assigned(header: TraceHeader, names: readonly string[], choice: ConfigChoice = {}): Assignment[] {
  return [...assign(header, builtin(...names), choice, "a.trl").assignments];
}

describe("resolveMode", () => {
  it("is what was recorded, unless the user says otherwise", () => {
    expect(resolveMode(vhe, {}, "a.trl")).toBe("vhe");
    expect(resolveMode(recordingOf("nvhe"), {}, "a.trl")).toBe("nvhe");
    expect(resolveMode(vhe, { mode: "nvhe" }, "a.trl")).toBe("nvhe");
  });

  it("is refused for a recording without a hypervisor", () => {
    expect(() => resolveMode(recordingOf("none"), {}, "a.trl")).toThrow(
      expect.objectContaining({ code: "unsupported", place: { file: "a.trl" } }),
    );
    expect(resolveMode(recordingOf("none"), { mode: "vhe" }, "a.trl")).toBe("vhe");
  });
});

describe("resolveConfig of what was recorded", () => {
  const config = resolveConfig(vhe, {}, "vhe", "a.trl");

  it("keeps the recorded order, by class; the virtual identification registers go with el1", () => {
    expect(config.kernel).toBe("recorded");
    expect(config.lists.guest.save.el1).toEqual(el1);
    expect(config.lists.guest.restore.el1).toEqual(["VMPIDR_EL2", ...el1]);
    expect(config.lists.guest.restore.return).toEqual(["ELR_EL2", "SPSR_EL2"]);
    expect(config.lists.host.save).toMatchObject({ el1: [], user: ["TPIDR_EL0"], common: ["MDSCR_EL1"] });
  });

  it("has the features that the registers tell of, or those that the user names", () => {
    expect(config.features).toEqual(["TCR2", "S1PIE"]);
    expect(resolveConfig(vhe, { features: ["ras"] }, "vhe", "a.trl").features).toEqual(["RAS"]);
    expect(() => resolveConfig(vhe, { features: ["nope"] }, "vhe", "a.trl")).toThrow(TraplineError);
  });

  it("gives the host of a VHE recording that is taken for nVHE what the guest has", () => {
    const { guest, host } = resolveConfig(vhe, {}, "nvhe", "a.trl").lists;
    expect(host.save.el1).toEqual(guest.save.el1);
    expect(host.restore.return).toEqual(["ELR_EL2", "SPSR_EL2"]);
    expect(host.save.user).toEqual(["TPIDR_EL0"]);
  });

  it("is refused where the trace does not show it", () => {
    const none = recordingOf("vhe", {}, { ...lists, guestSave: [] });
    for (const header of [blind, none]) {
      expect(() => resolveConfig(header, {}, "vhe", "a.trl")).toThrow(
        expect.objectContaining({ code: "unsupported", remedy: expect.stringContaining("--kernel") }),
      );
    }
  });
});

describe("resolveConfig of a named kernel", () => {
  it("takes the recorded features where the user names none", () => {
    const config = resolveConfig(vhe, { kernel: "6.12" }, "vhe", "a.trl");
    expect(config).toMatchObject({ kernel: "6.12", features: ["TCR2", "S1PIE"] });
    expect(config.lists.guest.save.el1).toContain("PIRE0_EL1");
    expect(config.lists.guest.save.el1).not.toContain("POR_EL1");
  });

  it("needs nothing of the trace", () => {
    const choice = { kernel: "6.18", features: ["TCR2", "S1PIE"] };
    expect(resolveConfig(blind, choice, "nvhe", "a.trl").lists.host.save.el1).toContain("PIR_EL1");
    expect(() => resolveConfig(vhe, { kernel: "5.4" }, "vhe", "a.trl")).toThrow(TraplineError);
  });
});

describe("assign", () => {
  it("leaves classes beside sysreg-sr out unless a policy names their registers", () => {
    for (const { config } of assigned(vhe, ["eager", "dirty-pie", "dirty-each"])) {
      expect(config.lists.guest.save).toMatchObject({ keys: [], fp: [], debug: [] });
    }
  });

  it("brings a class in for all policies alike, so that their counts can be compared", () => {
    const [eager, lazy] = assigned(vhe, ["eager", "lazy-pauth"]);
    expect(eager.config.lists).toEqual(lazy.config.lists);
    expect(eager.config.lists.guest.save.keys).toHaveLength(10);
    expect(eager.config.lists.guest.save.keys[0]).toBe("APIAKEYLO_EL1");
    expect(eager.config.lists.host.restore.keys).toHaveLength(10);
    expect(eager.config.lists.guest.save.debug).toEqual([]);
    const [fp] = assigned(vhe, ["lazy-fp"]);
    expect(fp.config.lists.guest.save.fp).toEqual(["FPSIMD"]);
    expect(fp.config.lists.host.save.fp).toEqual([]);
  });

  it("gives a policy the points of the mode that it names", () => {
    const [eager, deferred] = assigned(vhe, ["eager", "deferred"]);
    expect(eager.config.points.el1.guest.save).toBe("put");
    expect(deferred.config.points.el1.guest.save).toBe("run-end");
    expect(deferred.config.lists.host.save.el1).toEqual(el1);
    expect(assign(vhe, builtin("deferred"), {}, "a.trl").config.mode).toBe("vhe");
  });

  it("builds policies for the configuration at hand", () => {
    const [each] = assigned(vhe, ["dirty-each"]);
    expect(each.policy.groups.map(({ registers }) => registers)).toContainEqual(["TCR_EL1", "TCR2_EL1"]);
    const [older] = assigned(vhe, ["dirty-each"], { kernel: "6.8", features: [] });
    expect(older.policy.groups.map(({ registers }) => registers)).toContainEqual(["TCR_EL1"]);
  });

  it("refuses policies that are unsound in the mode at hand", () => {
    const mixed: Policy = {
      name: "mixed",
      groups: [trackedGroup(["TPIDR_EL1", "MDSCR_EL1"])],
      assumeNotHardwareWritten: [],
    };
    const run = (choice: ConfigChoice) => () => assign(vhe, [definitionOf(mixed)], choice, "a.trl");
    expect(run({})).toThrow("not switched at the same points in mode vhe");
    expect(run({ mode: "nvhe" })).not.toThrow();
    const key: Policy = { ...mixed, groups: [{ ...trackedGroup(["APIAKEYLO_EL1"]), arm: "after-save" }] };
    expect(() => assign(vhe, [definitionOf(key)], {}, "a.trl")).toThrow("together with APIAKEYLO_EL1");
  });

  it("refuses what the trace cannot answer, and names both", () => {
    const header = recordingOf("nvhe", { capabilities: { ...vhe.capabilities, loads: false } }, { ...lists });
    expect(() => assigned(header, ["eager", "dirty-pie", "dirty-each"])).not.toThrow();
    expect(() => assigned(header, ["eager", "deferred"])).toThrow(
      expect.objectContaining({
        code: "unsupported",
        message: expect.stringMatching(/^policy "deferred" needs vcpu_load and vcpu_put/),
        place: { file: "a.trl" },
      }),
    );
  });

  it("says of eager, which nobody may have asked for, that all are compared with it", () => {
    const header = recordingOf("nvhe", { capabilities: { ...vhe.capabilities, loads: false } }, { ...lists });
    expect(() => assigned(header, ["eager", "lazy-fp"], { kernel: "6.12" })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^policy "eager", which all are compared with, needs vcpu_load and/),
        remedy: expect.stringContaining("leave out the policies that bring such registers in"),
      }),
    );
  });

  it("gives the same whatever else was assigned before", () => {
    const once = JSON.stringify(assigned(vhe, ["eager", "dirty-each"]));
    assigned(vhe, ["lazy-debug"]);
    expect(JSON.stringify(assigned(vhe, ["eager", "dirty-each"]))).toBe(once);
  });
});
