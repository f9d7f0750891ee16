import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Kind } from "#src/trace/kinds.js";
import { recordedText } from "#src/report/recorded.js";
import { actions } from "#src/prices/profile.js";
import { measuredActions, recordedProfile } from "#src/verdict/recorded-profile.js";
import { measureFile, type RecordedCosts } from "#src/verdict/recorded.js";
import { fields, temporaryFolder, troubleOf, writeTrace, type Sample } from "../trace/support.js";

const folder = temporaryFolder();
const path = join(folder, "trace.trl");
const TCR_EL1 = 0xc102;
const PIR_EL1 = 0xc513;
const CNTV_CTL_EL0 = 0xdf19;

type Value = Sample["value"];
/** A write that trapped (EC 0x18, direction bit clear), and an interrupt. */
const trappedWrite: Value = [0x6000_0000 | 0, 0];
const irq: Value = [64, 0x8000_0000 | 0];

/** Events at times, of vCPU and pCPU 0 unless said otherwise. */
const at = (time: number, kind: number, more: Partial<Sample> = {}): Sample => ({
  kind,
  encoding: 0,
  pcpu: 0,
  vcpu: 0,
  time,
  value: undefined,
  ...more,
});

function measure(
  samples: readonly Sample[],
  unit = "instructions",
  pauthUse: "trapped" | "none" = "trapped",
) {
  const list = [TCR_EL1, PIR_EL1];
  writeTrace(
    path,
    samples,
    { level: 0 },
    {
      ...fields,
      clock: { unit, perCpu: true },
      mode: "vhe",
      capabilities: { ...fields.capabilities, pauthUse },
      recorded: { guestSave: list, guestRestore: list, hostSave: [], hostRestore: [] },
    },
  );
  return measureFile(path, "boot.trl");
}

describe("a recording's own prices", () => {
  it("takes a fast trap from exit to entry, and tells a retry from an emulated access", () => {
    const { traps } = measure([
      at(1000, Kind.fastExit, { encoding: PIR_EL1, value: trappedWrite }),
      at(1235, Kind.entry),
      at(2000, Kind.fastExit, { encoding: PIR_EL1, value: trappedWrite }),
      at(2000, Kind.emulatedWrite, { encoding: PIR_EL1 }),
      at(2300, Kind.entry),
    ]);
    expect(traps).toMatchObject([
      { path: "fast", reason: "SYS64 write", outcome: "retried", unmatched: 0, spread: { median: 235 } },
      { path: "fast", reason: "SYS64 write", outcome: "emulated", unmatched: 0, spread: { median: 300 } },
    ]);
  });

  it("takes a full exit to the next entry of its vCPU on its pCPU within the load", () => {
    const exit = { value: irq };
    const { traps, fullExits } = measure([
      at(1000, Kind.fullExit, exit),
      at(9000, Kind.entry, { pcpu: 1, vcpu: 1 }),
      at(5200, Kind.entry),
      // Put, and loaded again: not one round trip.
      at(6000, Kind.fullExit, exit),
      at(6100, Kind.put),
      at(7000, Kind.load),
      at(8000, Kind.entry),
      // Another vCPU comes first.
      at(9000, Kind.fullExit, exit),
      at(9500, Kind.entry, { vcpu: 1 }),
      // The recording ends, or lost something.
      at(9900, Kind.fullExit, exit),
      at(9950, Kind.lost),
      at(9990, Kind.entry),
      at(9999, Kind.fullExit, exit),
    ]);
    expect(traps).toMatchObject([{ path: "full", reason: "IRQ", outcome: null, unmatched: 4 }]);
    expect(traps[0].spread).toMatchObject({ count: 1, median: 4200 });
    expect(fullExits).toEqual(traps[0].spread);
  });

  it("tells a kernel that skips saves", () => {
    const pair = [TCR_EL1, PIR_EL1].map((encoding, nth) => at(100 + nth, Kind.saveGuest, { encoding }));
    const one = at(200, Kind.saveGuest, { encoding: TCR_EL1 });
    expect([measure(pair).skipsSaves, measure([...pair, one]).skipsSaves]).toEqual([false, true]);
    expect(recordedText(measure([...pair, one]))).toContain("only at times");
  });

  it("takes the gaps of one pass, by the register that comes after", () => {
    const { switches, save, restore } = measure([
      at(100, Kind.saveGuest, { encoding: TCR_EL1 }),
      at(5000, Kind.saveGuest, { encoding: TCR_EL1, pcpu: 1, vcpu: 1 }),
      at(105, Kind.saveGuest, { encoding: PIR_EL1 }),
      // The other pCPU's pass goes on on its own.
      at(5003, Kind.saveGuest, { encoding: PIR_EL1, pcpu: 1, vcpu: 1 }),
      // Another direction, and a timer in between: no gap.
      at(110, Kind.restoreGuest, { encoding: TCR_EL1 }),
      at(900, Kind.restoreGuest, { encoding: CNTV_CTL_EL0 }),
      at(910, Kind.restoreGuest, { encoding: PIR_EL1 }),
    ]);
    expect(switches).toEqual([
      {
        kind: "saveGuest",
        register: "PIR_EL1",
        spread: { count: 2, min: 3, p10: 3, median: 3, p90: 5, max: 5, exact: true },
      },
    ]);
    expect(save).toEqual(switches[0].spread);
    expect(restore).toBeNull();
  });
});

/** 20 traps of 230 units and as many saves of a pair, 5 units apart. */
const steady = Array.from({ length: 20 }, (_, turn): Sample[] => [
  at(1000 * turn, Kind.saveGuest, { encoding: TCR_EL1 }),
  at(1000 * turn + 5, Kind.saveGuest, { encoding: PIR_EL1 }),
  at(1000 * turn + 100, Kind.fastExit, { encoding: PIR_EL1, value: trappedWrite }),
  at(1000 * turn + 330, Kind.entry),
]).flat();

describe("a profile of a recording", () => {
  it("has what the recording shows as measured, the rest as assumed", () => {
    const profile = recordedProfile(measure(steady));
    expect(measuredActions(profile)).toEqual(["fastTrap", "store"]);
    expect(profile.prices.fastTrap).toMatchObject({ low: 220, likely: 220, high: 220, basis: "measured" });
    expect(profile.prices.store).toMatchObject({ low: 4, likely: 4, high: 4, unit: "instructions" });
    const assumed = actions.filter((action) => profile.prices[action].basis === "assumed");
    expect(assumed).toEqual(
      actions.filter((action) => !["fastTrap", "store", "mrs", "msr"].includes(action)),
    );
    for (const action of assumed) {
      expect(profile.prices[action].source).toMatch(/^not in the recording: .*the profile instructions/);
    }
  });

  it("prices the access with its store where the clock counts cycles", () => {
    const { prices, unit } = recordedProfile(measure(steady, "cycles"));
    expect(unit).toBe("cycles");
    expect([prices.mrs.likely, prices.store.likely, prices.store.note]).toEqual([
      0,
      5,
      "with the access itself",
    ]);
    expect(prices.msr.source).toMatch(/the profile neoverse-n1/);
  });

  it("does not price keys twice", () => {
    expect(recordedProfile(measure(steady, "instructions", "none")).prices.keySwitch.high).toBe(0);
    expect(recordedProfile(measure(steady)).prices.keySwitch.low).toBeGreaterThan(0);
  });

  it("is refused for another clock, and where nothing is shown", () => {
    const other = troubleOf(() => recordedProfile(measure(steady, "ns")));
    expect([other.code, other.place.file]).toEqual(["unsupported", "boot.trl"]);
    expect(other.message).toMatch(/counts ns/);
    const nothing = troubleOf(() => recordedProfile(measure([at(1, Kind.entry)])));
    expect([nothing.code, nothing.message]).toEqual(["unsupported", expect.stringMatching(/shows no price/)]);
  });

  it("is said in words with count and spread", () => {
    const costs: RecordedCosts = measure(steady);
    const text = recordedText(costs).replace(/ +/g, " ");
    expect(text).toContain("fast SYS64 write retried 20 230 230 230 230 230 0");
    expect(text).toContain("saveGuest PIR_EL1 20 5 5 5 5 5");
    expect(text).toContain("exact");
  });
});
