import { describe, expect, it } from "vitest";
import { inGuestWorld, isVhe, newCpu, noteHostBelow, type Cpu } from "#src/import/machine/cpu.js";
import { Hcr } from "./script.js";

function cpuWith([hi, lo]: readonly [number, number], vmid: number): Cpu {
  return Object.assign(newCpu(0), { hcrHi: hi, hcrLo: lo, vttbrHi: vmid << 16 });
}

describe("a guest's world", () => {
  it.each([
    ["vheGuest", 1, true],
    ["nvheGuest", 1, true],
    ["hvheGuest", 1, true],
    ["vheHost", 1, false],
    ["nvheHost", 1, false],
    ["vheMaintenance", 1, false],
    ["protectedHost", 0, false],
    // Maintenance for a guest, and the moments before and after its traps are set up.
    ["protectedHost", 1, false],
    ["vheGuest", 0, false],
  ] as const)("under %s and VMID %i: %s", (hcr, vmid, expected) => {
    expect(inGuestWorld(cpuWith(Hcr[hcr], vmid))).toBe(expected);
  });
});

describe("a host below EL2", () => {
  it.each([
    ["hvheHost", false],
    ["vheHost", true],
    // A guest whose VTTBR_EL2 is not known says nothing of its host.
    ["vheGuest", true],
  ] as const)("under %s: VHE is %s", (hcr, expected) => {
    const cpu = cpuWith(Hcr[hcr], 0);
    noteHostBelow(cpu);
    expect(isVhe(cpu)).toBe(expected);
  });
});
