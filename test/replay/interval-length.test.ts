import { describe, expect, it } from "vitest";
import { TraplineError } from "#src/errors.js";
import { intervalGrid, parseInterval, type IntervalGrid } from "#src/replay/interval-length.js";
import type { TraceHeader } from "#src/trace/header.js";
import { Kind } from "#src/trace/kinds.js";

/** Two pCPUs with events from 100 to 1099, a third without any; 7 puts and 20 ends of runs. */
function header(unit = "ns"): TraceHeader {
  return {
    tool: "test",
    source: { format: "test", dialect: "", name: "x", bytes: 0, lines: 0 },
    clock: { unit, perCpu: false },
    mode: "vhe",
    events: 30,
    pcpus: [
      { pcpu: 4, first: 100, last: 900 },
      { pcpu: 5, first: 0, last: 0 },
      { pcpu: 6, first: 300, last: 1099 },
    ],
    vcpus: [{ vm: 1, mpidr: 0 }],
    guestTime: [0],
    places: [0, 0, 2, 0],
    registers: [-1],
    capabilities: {
      guestWrites: "all",
      guestReads: "all",
      values: true,
      entries: "all",
      runs: true,
      loads: true,
      switches: true,
      fpUse: "none",
      pauthUse: "none",
    },
    recorded: { guestSave: [], guestRestore: [], hostSave: [], hostRestore: [] },
    tally: [
      [Kind.put, 0, 0, 3],
      [Kind.put, 0, 1, 4],
      [Kind.runEnd, 0, 1, 20],
    ],
    exits: [],
    passedOver: {},
    anomalies: {},
  };
}

const grid = (text: string, of = header(), mode: "vhe" | "nvhe" = "vhe"): IntervalGrid =>
  intervalGrid(of, mode, parseInterval(text), "x.trl");

describe("the length of an interval", () => {
  it("is a number of clock units", () => {
    expect(grid("1e2")).toEqual({ unit: "ns", length: 100, first: 100, end: 1100, count: 10 });
    expect(grid("300", header("instructions"))).toMatchObject({ length: 300, count: 4, end: 1100 });
    expect(grid("2.5e2").length).toBe(250);
    expect(grid("1000").count).toBe(1);
    expect(grid("999").count).toBe(2);
  });

  it("is a time where the clock counts time, exactly", () => {
    expect(grid("0.1us")).toMatchObject({ length: 100, count: 10 });
    expect(grid("1.1us").length).toBe(1100);
    expect(grid("500ns").length).toBe(500);
    expect(grid("1e1ps", header("ps")).length).toBe(10);
    expect(grid("1s").length).toBe(1e9);
    expect(() => grid("1us", header("instructions"))).toThrow(/clock of this recording counts instructions/);
    expect(() => grid("100ps")).toThrow(/no whole number of ns/);
    expect(() => grid("1500ps")).toThrow(/no whole number of ns/);
  });

  it("is a share of the time from the first event to the last, of the pCPUs that have any", () => {
    expect(grid("10%")).toEqual(grid("1/10"));
    expect(grid("1/10")).toMatchObject({ length: 100, count: 10 });
    expect(grid("100%")).toMatchObject({ length: 1000, count: 1 });
    expect(grid("2.5%").count).toBe(40);
    // Not more than was asked for, where it does not come out even.
    expect(grid("1/3")).toMatchObject({ length: 334, count: 3 });
    expect(grid("1/600")).toMatchObject({ length: 2, count: 500 });
  });

  it("is a number of windows, which end as the mode has it", () => {
    expect(grid("windows=3")).toEqual({ unit: "windows", length: 3, first: 0, end: 7, count: 3 });
    expect(grid("windows=3", header(), "nvhe")).toMatchObject({ count: 7, end: 20 });
    expect(grid("windows=7").count).toBe(1);
    expect(grid("windows=1", { ...header(), tally: [] })).toMatchObject({ count: 1 });
  });

  it("makes 100000 intervals and not one more", () => {
    const long = { ...header(), pcpus: [{ pcpu: 4, first: 0, last: 99_999 }] };
    expect(grid("1", long).count).toBe(100_000);
    const longer = { ...header(), pcpus: [{ pcpu: 4, first: 0, last: 100_000 }] };
    const refused = expect.objectContaining({
      code: "usage",
      message: "--interval makes 100001 intervals of this trace, and 100000 are the most",
    });
    expect(() => grid("1", longer)).toThrow(refused);
  });

  it.each([
    "",
    "0",
    "0.0",
    "-1",
    "1.5",
    "ten",
    "1 ms",
    "1m",
    "0%",
    "101%",
    "1e2%",
    "2/3",
    "1/0",
    "0ms",
    "windows=0",
    "windows=1.5",
    "windows=",
    "0x10",
    "1e99",
    "Infinity",
    "1%%",
  ])("is not %j", (text) => {
    expect(() => parseInterval(text)).toThrow(TraplineError);
    expect(() => parseInterval(text)).toThrow(/--interval does not take/);
  });
});
