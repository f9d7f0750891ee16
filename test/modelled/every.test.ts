import { describe, expect, it } from "vitest";
import { bareTrace, exitTimes, laid, told, write } from "./support.js";

describe("every=N", () => {
  it("leaves each N units after the vCPU's first event, before what comes then or later", async () => {
    const trace = bareTrace([write(0, 1000), write(0, 1099), write(0, 1100), write(0, 1350)]);
    const { events } = await laid(trace, "every=100,put=2");
    expect(told(events)).toEqual([
      "1000 load",
      "1000 runStart",
      "1000 entry",
      "1000 guestWrite",
      "1099 guestWrite",
      ...["fullExit", "runEnd", "runStart", "entry"].map((kind) => `1100 ${kind}`),
      "1100 guestWrite",
      ...["fullExit", "runEnd", "put", "load", "runStart", "entry"].map((kind) => `1200 ${kind}`),
      ...["fullExit", "runEnd", "runStart", "entry"].map((kind) => `1300 ${kind}`),
      "1350 guestWrite",
      "1350 fullExit",
      "1350 runEnd",
      "1350 put",
    ]);
  });

  it("counts for each vCPU by its own clock", async () => {
    const cpus = [write(0, 10), write(1, 5000), write(0, 45), write(1, 5021)];
    const { events } = await laid(bareTrace(cpus), "every=10");
    expect([0, 1].map((vcpu) => exitTimes(events, vcpu))).toEqual([
      [20, 30, 40, 45],
      [5010, 5020, 5021],
    ]);
  });

  it("stays where it is when a clock goes back, and ends at the latest time", async () => {
    const trace = bareTrace([write(0, 100), write(0, 125), write(0, 104), write(0, 111)]);
    const { events } = await laid(trace, "every=10");
    expect(exitTimes(events, 0)).toEqual([110, 120, 125]);
    expect(told(events).slice(-5)).toEqual([
      "104 guestWrite",
      "111 guestWrite",
      "125 fullExit",
      "125 runEnd",
      "125 put",
    ]);
  });

  it("puts a vCPU at each third exit if nothing is said", async () => {
    const { header, events } = await laid(bareTrace([write(0, 0), write(0, 99)]), "every=10");
    expect(header.modelled?.[0].model).toBe("every=10,put=3");
    expect(told(events).filter((line) => line.endsWith("put"))).toEqual([
      "30 put",
      "60 put",
      "90 put",
      "99 put",
    ]);
  });
});
