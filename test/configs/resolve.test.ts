import { describe, expect, it } from "vitest";
import { kernelVersions } from "#src/configs/kernels.js";
import { switchedClasses } from "#src/configs/points.js";
import type { Mode, SwitchedClass } from "#src/configs/points.js";
import { featuresOf, kernelConfig, parseFeatures, recordedConfig } from "#src/configs/resolve.js";
import type { SwitchConfig } from "#src/configs/resolve.js";
import { TraplineError } from "#src/errors.js";
import { features } from "#src/registers/register.js";
import type { Feature } from "#src/registers/register.js";

/** MRS and MSR of one pass over these classes: saves and restores of the guest and of the host. */
function accesses({ lists }: SwitchConfig, classes: readonly SwitchedClass[]): number {
  const contexts = [lists.guest.save, lists.guest.restore, lists.host.save, lists.host.restore];
  return contexts.reduce(
    (sum, names) => sum + classes.reduce((part, switched) => part + names[switched].length, 0),
    0,
  );
}

const sysregSr: readonly SwitchedClass[] = ["el1", "user", "common", "return"];
const atLoad = ({ points }: SwitchConfig): SwitchedClass[] =>
  sysregSr.filter((switched) => points[switched].guest.restore === "load");
const atRun = ({ points }: SwitchConfig): SwitchedClass[] =>
  sysregSr.filter((switched) => points[switched].guest.restore === "run-start");

const config = (mode: Mode, ...present: Feature[]): SwitchConfig => kernelConfig(mode, "6.8", present);

describe("accesses that follow from lists and points", () => {
  it("are 97 for an nVHE run without features", () => {
    const nvhe = config("nvhe");
    expect(atRun(nvhe)).toEqual(sysregSr);
    expect(accesses(nvhe, sysregSr)).toBe(24 + 25 + 23 + 25);
  });

  it("are 47 for a VHE load and put, and 7 for a VHE run", () => {
    const vhe = config("vhe");
    expect(atLoad(vhe)).toEqual(["el1", "user"]);
    expect(accesses(vhe, atLoad(vhe))).toBe(47);
    expect(atRun(vhe)).toEqual(["common", "return"]);
    expect(accesses(vhe, atRun(vhe))).toBe(7);
  });

  it("grow by 8 with S1PIE on nVHE and by 4 on VHE, at load and put alone", () => {
    expect(accesses(config("nvhe", "S1PIE"), sysregSr) - accesses(config("nvhe"), sysregSr)).toBe(8);
    expect(accesses(config("vhe", "S1PIE"), ["el1", "user"])).toBe(47 + 4);
    expect(accesses(config("vhe", "S1PIE"), ["common", "return"])).toBe(7);
  });
});

describe("kernelConfig", () => {
  it("gives VHE no host list for a class without host points", () => {
    const { lists, points } = kernelConfig("vhe", "6.12", features);
    for (const switched of switchedClasses) {
      const empty = points[switched].host === undefined;
      expect([switched, lists.host.save[switched].length === 0]).toEqual([switched, empty]);
      expect([switched, lists.host.restore[switched].length === 0]).toEqual([switched, empty]);
    }
    expect(lists.host.save.user).toEqual(["TPIDR_EL0", "TPIDRRO_EL0"]);
    expect(lists.host.save.el1).toEqual([]);
  });

  it("needs both features for the PIE pair from 6.12 on, and S1PIE alone before", () => {
    expect(kernelConfig("nvhe", "6.8", ["S1PIE"]).lists.guest.save.el1).toContain("PIR_EL1");
    expect(kernelConfig("nvhe", "6.12", ["S1PIE"]).lists.guest.save.el1).not.toContain("PIR_EL1");
    expect(kernelConfig("nvhe", "6.12", ["S1PIE", "TCR2"]).lists.guest.save.el1).toContain("PIR_EL1");
  });

  // The order was read off recorded switches of a kernel later than 6.18, whose VM had these features.
  const recorded =
    "TCR2_EL1 PIR_EL1 PIRE0_EL1 ESR_EL1 AFSR0_EL1 AFSR1_EL1 FAR_EL1 MAIR_EL1 VBAR_EL1 CONTEXTIDR_EL1 AMAIR_EL1 " +
    "CNTKCTL_EL1 PAR_EL1 TPIDR_EL1 SP_EL1 ELR_EL1 SPSR_EL1 SCTLR2_EL1";

  it("has the order that was recorded", () => {
    const { lists } = kernelConfig("nvhe", "6.18", ["SCTLR2", "RAS", "S1PIE", "TCR2"]);
    const save = `SCTLR_EL1 CPACR_EL1 TTBR0_EL1 TTBR1_EL1 TCR_EL1 ${recorded}`;
    const restore = `VPIDR_EL2 VMPIDR_EL2 SCTLR_EL1 TCR_EL1 CPACR_EL1 TTBR0_EL1 TTBR1_EL1 ${recorded}`;
    expect(lists.guest.save.el1.join(" ")).toBe(save);
    expect(lists.guest.restore.el1.join(" ")).toBe(restore);
    expect(lists.host.restore.el1.join(" ")).toBe(restore);
    expect(lists.guest.save.return).toEqual(["ELR_EL2", "VDISR_EL2"]);
  });

  it("says what it was made from, with the features in the order of the table", () => {
    const resolved = kernelConfig("vhe", "6.12", ["RAS", "TCR2", "RAS"]);
    expect(resolved).toMatchObject({ mode: "vhe", kernel: "6.12", features: ["TCR2", "RAS"] });
  });

  it.each(["6.9", "", "recorded", "toString"])(
    "refuses the version %j and names the known ones",
    (version) => {
      const make = (): SwitchConfig => kernelConfig("vhe", version, []);
      expect(make).toThrow(TraplineError);
      expect(make).toThrow(
        expect.objectContaining({
          code: "usage",
          remedy: expect.stringContaining(kernelVersions.join(", ")),
        }),
      );
    },
  );
});

describe("recordedConfig", () => {
  const { lists } = kernelConfig("nvhe", "6.12", ["TCR2"]);

  it("keeps the lists as they are on nVHE", () => {
    const recorded = recordedConfig("nvhe", lists, ["TCR2"]);
    expect(recorded.kernel).toBe("recorded");
    expect(recorded.lists).toEqual(lists);
  });

  it("drops host lists that VHE has no points for", () => {
    const { host, guest } = recordedConfig("vhe", lists, []).lists;
    expect(guest).toEqual(lists.guest);
    expect(host.save.el1).toEqual([]);
    expect(host.restore.return).toEqual([]);
    expect(host.restore.common).toEqual(["MDSCR_EL1"]);
  });
});

describe("featuresOf", () => {
  it("collects what the registers need, in the order of the table", () => {
    expect(featuresOf(["VDISR_EL2", "SCTLR_EL1", "PIRE0_EL12", "TCR2_EL1", "PIR_EL1"])).toEqual([
      "TCR2",
      "S1PIE",
      "RAS",
    ]);
  });

  it("finds none in plain or unknown registers", () => {
    expect(featuresOf(["SCTLR_EL1", "S3_0_C15_C15_7", "NOT_A_REGISTER"])).toEqual([]);
  });

  it("gives back the features of a resolved configuration", () => {
    const present: Feature[] = ["TCR2", "S1PIE", "S1POE", "MTE", "RAS", "SCTLR2", "PAUTH"];
    const { guest } = kernelConfig("nvhe", "6.18", present).lists;
    expect(featuresOf(switchedClasses.flatMap((switched) => guest.restore[switched]))).toEqual(present);
  });
});

describe("parseFeatures", () => {
  it("accepts any case, FEAT_, spaces and repetition", () => {
    expect(parseFeatures(["ras", "FEAT_S1PIE", " Tcr2 ", "feat_ras"])).toEqual(["TCR2", "S1PIE", "RAS"]);
    expect(parseFeatures([])).toEqual([]);
  });

  it.each(["S1PI", "", "FEAT_"])("refuses %j and names the known features", (word) => {
    expect(() => parseFeatures(["TCR2", word])).toThrow(
      expect.objectContaining({
        code: "usage",
        message: `unknown feature ${JSON.stringify(word)}`,
        remedy: expect.stringContaining("S1PIE"),
      }),
    );
  });
});
