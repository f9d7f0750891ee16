import { describe, expect, it } from "vitest";
import { hasCountedReads } from "#src/import/tarmac/counted.js";
import { scan } from "./scanned.js";

const suffix = ", counted by the recorder and not logged";
const passedOver = (lines: readonly string[]): Readonly<Record<string, number>> =>
  scan(lines.map((line) => `${line}\n`).join("")).text.passedOver;

describe("lines of what a recorder counted", () => {
  it("add up by instruction and register, from zero", () => {
    expect(
      passedOver([
        "Tarmac Text Rev 3t",
        "0 clk cpu0 SIGNAL COUNTED MRS SP_EL0 0",
        "0 clk cpu0 SIGNAL COUNTED MSR DAIF 0",
        "9 clk cpu0 SIGNAL COUNTED MRS SP_EL0 40",
        "9 clk cpu1 SIGNAL COUNTED MRS SP_EL0 2",
        "9 clk cpu1 SIGNAL COUNTED TLBI 7",
      ]),
    ).toEqual({
      header: 1,
      [`MRS SP_EL0${suffix}`]: 42,
      [`MSR DAIF${suffix}`]: 0,
      [`TLBI${suffix}`]: 7,
    });
  });

  it("are signals like any other where they do not say a count", () => {
    expect(
      passedOver([
        "1 clk cpu0 SIGNAL COUNTED MRS SP_EL0 many",
        "1 clk cpu0 SIGNAL COUNTED MRS SP_EL0 1234567890123456",
        "1 clk cpu0 SIGNAL COUNTED IRQ 5",
        `1 clk cpu0 SIGNAL COUNTED MRS ${"A".repeat(90)} 5`,
        "1 clk cpu0 SIGNAL IRQ 5",
      ]),
    ).toEqual({ SIGNAL: 5 });
  });

  it("tell that reads are missing, not writes", () => {
    expect(hasCountedReads({ [`MRS SP_EL0${suffix}`]: 0 })).toBe(true);
    expect(hasCountedReads({ [`MSR DAIF${suffix}`]: 3, MRS: 1 })).toBe(false);
  });
});
