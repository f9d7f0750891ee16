import { describe, expect, it } from "vitest";
import { kernels, kernelVersions } from "#src/configs/kernels.js";
import type { ListEntry } from "#src/configs/lists.js";
import { switchedClasses } from "#src/configs/points.js";
import { registerByName } from "#src/registers/lookup.js";

const count = (entries: readonly ListEntry[], ...when: readonly string[]): number =>
  entries.filter((entry) => (entry.when ?? []).join() === when.join()).length;

describe.each(kernelVersions)("the lists of %s", (version) => {
  const { guest, host } = kernels[version];
  const all = [guest.save, guest.restore, host.save, host.restore];

  it("name registers of the table, once per list", () => {
    for (const lists of all) {
      for (const switched of switchedClasses) {
        const names = lists[switched].map(({ register }) => register);
        expect(new Set(names).size).toBe(names.length);
        expect(names.filter((name) => registerByName(name)?.name !== name)).toEqual([]);
      }
    }
  });

  it("hold registers of their own class, the virtual IDs excepted", () => {
    for (const lists of all) {
      for (const switched of switchedClasses) {
        const strangers = lists[switched]
          .map(({ register }) => register)
          .filter((name) => registerByName(name)!.class !== switched);
        const ids = lists === guest.restore || lists === host.restore ? ["VPIDR_EL2", "VMPIDR_EL2"] : [];
        expect(strangers.filter((name) => !(switched === "el1" && ids.includes(name)))).toEqual([]);
      }
    }
  });

  it("gate every register that has a feature by it", () => {
    for (const lists of all) {
      for (const { register, when = [] } of switchedClasses.flatMap((switched) => lists[switched])) {
        const { feature } = registerByName(register)!;
        expect({ register, gated: when.some((needed) => needed === feature) }).toEqual({
          register,
          gated: feature !== undefined,
        });
      }
    }
  });

  it("save the el1 registers that they restore", () => {
    for (const { save, restore } of [guest, host]) {
      const restored = restore.el1
        .map(({ register }) => register)
        .filter((name) => !/^VM?PIDR_EL2$/.test(name));
      expect(save.el1.map(({ register }) => register).toSorted()).toEqual(restored.toSorted());
    }
  });

  it("save the guest's SPSR_EL2 nowhere and the host's with the rest", () => {
    expect(guest.save.return.map(({ register }) => register)).toEqual(["ELR_EL2", "VDISR_EL2"]);
    for (const lists of [guest.restore, host.save, host.restore]) {
      expect(lists.return.map(({ register }) => register)).toEqual(["ELR_EL2", "SPSR_EL2", "VDISR_EL2"]);
    }
  });

  it("give the host no FP list and ten keys", () => {
    expect(host.save.fp).toEqual([]);
    expect(guest.save.fp.map(({ register }) => register)).toEqual(["FPSIMD"]);
    expect(count(guest.save.keys, "PAUTH")).toBe(10);
    expect(count(host.restore.keys, "PAUTH")).toBe(10);
  });

  it("switch six breakpoints and four watchpoints with their values, and MDCCINT_EL1", () => {
    expect(guest.save.debug).toHaveLength(2 * (6 + 4) + 1);
    expect(guest.save.debug.at(0)?.register).toBe("DBGBCR5_EL1");
    expect(guest.save.debug.at(-1)?.register).toBe("MDCCINT_EL1");
  });
});

describe("el1", () => {
  it("has 19 saves and 20 restores without features in 6.8, and options for TCR2, S1PIE and MTE", () => {
    const { save, restore } = kernels["6.8"].guest;
    expect([save.el1, restore.el1].map((entries) => count(entries))).toEqual([19, 20]);
    for (const entries of [save.el1, restore.el1]) {
      expect(count(entries, "TCR2")).toBe(1);
      expect(count(entries, "S1PIE")).toBe(2);
      expect(count(entries, "MTE")).toBe(2);
      expect(entries.length - count(entries)).toBe(5);
    }
  });

  it("nests the permission registers under TCR2 from 6.12 on", () => {
    for (const version of ["6.12", "6.18"] as const) {
      const { save } = kernels[version].guest;
      expect(count(save.el1)).toBe(19);
      expect(count(save.el1, "S1PIE")).toBe(0);
      expect(count(save.el1, "TCR2", "S1PIE")).toBe(2);
      expect(count(save.el1, "TCR2", "S1POE")).toBe(1);
    }
    expect(count(kernels["6.12"].guest.restore.el1)).toBe(20);
    expect(count(kernels["6.18"].guest.restore.el1)).toBe(21);
    expect(count(kernels["6.18"].guest.restore.el1, "SCTLR2")).toBe(1);
  });

  it("moved the PIE pair from behind CNTKCTL_EL1 to behind TCR2_EL1", () => {
    const [older, newer] = [kernels["6.8"], kernels["6.12"]].map(({ guest }) => {
      const names = guest.save.el1.map(({ register }) => register);
      return names[names.indexOf("PIR_EL1") - 1];
    });
    expect(older).toBe("CNTKCTL_EL1");
    expect(newer).toBe("TCR2_EL1");
  });
});

describe("common", () => {
  it("gained POR_EL0 in 6.12", () => {
    expect(kernels["6.8"].guest.save.common).toEqual([{ register: "MDSCR_EL1" }]);
    expect(kernels["6.12"].guest.save.common).toEqual([
      { register: "MDSCR_EL1" },
      { register: "POR_EL0", when: ["S1POE"] },
    ]);
  });
});
